/** One setting of a kubelet, and all of them. */

import type { Json } from '../../api/json.ts';

/** The kinds of settings, in the order in which they are shown. */
export const settingKinds = ['Field', 'Flag', 'Variable', 'Unit', 'Content'] as const;
export type SettingKind = (typeof settingKinds)[number];

export interface Setting {
  readonly kind: SettingKind;
  /**
   * `maxPods`, `evictionHard["memory.available"]`, `--node-ip`, `HOME`, `Service.Slice`, or `content of`
   * a file that another setting names.
   */
  readonly name: string;
  readonly value: Json;
  /**
   * The file that says so: of the configuration, or the one in which the flag stands; undefined for a
   * default.
   */
  readonly by: string | undefined;
  /** The flag that sets a field. */
  readonly flag?: string;
}

export interface KubeletSettings {
  /** By kind and name. */
  readonly settings: ReadonlyMap<string, Setting>;
  /**
   * What could not be read, so that its settings are not among these; each a sentence without a full stop.
   */
  readonly unread: readonly string[];
  /** Variables that only carry arguments: those are settings, not the variables. */
  readonly carriers: ReadonlySet<string>;
}

/** The key under which a setting stands among others. */
export function keyOf({ kind, name }: Pick<Setting, 'kind' | 'name'>): string {
  return `${kind} ${name}`;
}
