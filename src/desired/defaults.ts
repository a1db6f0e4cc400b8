/**
 * Applies the defaults of the merged fields, once and after the merge: earlier they would override objects of
 * lower priority.
 */

import { mergedDefaults as defaults } from '../api/defaults.ts';
import type { JsonMap } from '../api/json.ts';
import type { FieldPath } from '../api/problem.ts';
import type { ExtraFile, FlagValue, LauncherFields, MergedSpec } from '../api/types.ts';

/**
 * The spec of one node, with all defaults but the launcher's. An optional field may be absent.
 */
export interface EffectiveSpec {
  readonly kubelet: {
    readonly version?: string;
    readonly image?: string;
    readonly flags: Readonly<Record<string, FlagValue>>;
    readonly configuration?: JsonMap;
    readonly configurationPath: string;
  };
  /** Fields of kubelet.configuration that are to be taken away from the node's own (launcher `existing`). */
  readonly withdrawn?: readonly FieldPath[];
  /** The fields that the objects set: a launcher applies its own defaults (render/launchers). */
  readonly launcher: LauncherFields;
  readonly unit: {
    readonly name: string;
    readonly mode: 'Replace' | 'DropIn';
    /** The mode as the objects say it; absent if none does. */
    readonly saidMode?: 'Replace' | 'DropIn';
    readonly environment: Readonly<Record<string, string>>;
    readonly options: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  };
  readonly files: readonly Required<ExtraFile>[];
  readonly health: { readonly timeoutSeconds: number; readonly minReadySeconds: number };
  readonly drift: 'Repair' | 'Report';
}

/** The effective spec of merged fields. @param fields those of `merge`, valid by the schema */
export function withDefaults(fields: JsonMap, withdrawn: readonly FieldPath[] = []): EffectiveSpec {
  const { kubelet = {}, launcher = {}, unit = {}, files = [], health = {}, drift } = fields as unknown as MergedSpec;
  return {
    kubelet: {
      ...kubelet,
      flags: kubelet.flags ?? {},
      configurationPath: kubelet.configurationPath ?? defaults.kubelet.configurationPath,
    } as EffectiveSpec['kubelet'],
    ...(withdrawn.length > 0 && { withdrawn }),
    launcher,
    unit: {
      name: unit.name ?? defaults.unit.name,
      mode: unit.mode ?? (launcher.existing === undefined ? defaults.unit.mode : 'DropIn'),
      ...(unit.mode !== undefined && { saidMode: unit.mode }),
      environment: unit.environment ?? {},
      options: unit.options ?? {},
    },
    files: files.map((file) => ({
      path: file.path,
      mode: file.mode ?? defaults.file.mode,
      content: file.content ?? defaults.file.content,
    })),
    health: { ...defaults.health, ...health },
    drift: drift ?? defaults.drift,
  };
}
