/** kubelet.configuration of an object beside the configuration that the node has already. */

import { posix } from 'node:path';
import type { JsonMap } from '../../../api/json.ts';
import { absoluteConfiguration } from '../../../api/kubelet-paths.ts';
import { defaultPlaces } from '../../../api/paths.ts';
import { startsWith } from '../../../api/validate/parts.ts';
import type { EffectiveSpec } from '../../../desired/defaults.ts';
import { refusal, type SpecProblem } from '../../../desired/spec-problem.ts';
import { fieldDefaults } from '../../../kubelet/data/kubelet-defaults.ts';
import { type InstalledKubelet, launchOf } from '../../../kubelet/installed/installed.ts';
import { releaseOf } from '../../../kubelet/release.ts';
import { type ConfigurationSources, dropInsSince, mergesByName } from '../../../kubelet/settings/configuration.ts';
import { defaultsOf } from '../../../kubelet/settings/defaults.ts';
import { mergePatch, withField } from '../../../kubelet/settings/fields.ts';
import { configurationPaths, configurationSources } from '../../../kubelet/settings/settings.ts';
import type { CapabilityReader } from '../../capabilities.ts';
import { renderConfiguration } from '../../configuration.ts';
import type { ManagedFile } from '../../revision.ts';

/** The directory that we make where the node's kubelet has none, and the name of our file in any. */
export const ownDirectory = defaultPlaces.configurations;
const ownName = '50-kubelet-config.conf';
/** In a directory of the node's it comes last. */
const lastName = 'zz-kubelet-config.conf';

/** Where our fields stand. @param directory that the node's kubelet has already; undefined if it has none */
export function configurationPathIn(directory: string | undefined): string {
  return directory === undefined ? `${ownDirectory}/${ownName}` : `${directory}/${lastName}`;
}

export interface NodeConfiguration {
  readonly files: readonly ManagedFile[];
  /** The words that name the file to the kubelet. */
  readonly words: readonly string[];
  readonly problems: readonly SpecProblem[];
}

/** Where our fields go, and in which file. Nothing if the object sets none. */
export function nodeConfiguration(
  spec: EffectiveSpec,
  installed: InstalledKubelet,
  capabilities: CapabilityReader,
): NodeConfiguration {
  const ours = oursOf(spec);
  if (ours === undefined) return { files: [], words: [], problems: [] };
  const launch = launchOf(installed);
  const { directory } = configurationPaths(launch);
  const readsDropIns = capabilities.read('configDropInDirectory') !== false;
  if (directory !== undefined) {
    const problems = readsDropIns ? dropInProblems(spec, installed) : [notRead(directory)];
    return { files: [configurationFile(configurationPathIn(directory), ours)], words: [], problems };
  }
  if (!readsDropIns) return mergedCopy(spec, ours, installed);
  const kept = restatedEmpty(ours, installed);
  return {
    files: [configurationFile(configurationPathIn(undefined), kept)],
    words: [`--config-dir=${ownDirectory}`],
    problems: dropInProblems(spec, installed),
  };
}

/** What older kubelets lose when they merge a drop-in. */
function dropInProblems({ kubelet, withdrawn }: EffectiveSpec, { version }: InstalledKubelet): SpecProblem[] {
  if (version === undefined || mergesByName(releaseOf(version))) return [];
  const place = ['kubelet', 'configuration'];
  const taken = (withdrawn ?? []).filter((path) => startsWith(path, place));
  const isLost = kubelet.configuration?.['resolvConf'] !== undefined && kubelet.flags['resolv-conf'] === undefined;
  return [
    ...taken.map((path) =>
      refusal(
        'ConfigurationInvalid',
        path,
        `kubelet ${version} does not take a field away that a drop-in gives as null`,
        'write the value that the field is to have, or update the kubelet to 1.32',
      ),
    ),
    ...(isLost
      ? [
          refusal(
            'ConfigurationInvalid',
            [...place, 'resolvConf'],
            `kubelet ${version} ignores resolvConf in a drop-in (kubernetes/kubernetes 126630)`,
            'set kubelet.flags.resolv-conf, or update the kubelet to 1.32',
          ),
        ]
      : []),
  ];
}

/** Our fields with absolute paths, and null for each that a patch takes away from the node. */
function oursOf({ kubelet, withdrawn }: EffectiveSpec): JsonMap | undefined {
  const taken = (withdrawn ?? []).flatMap((path) =>
    path[0] === 'kubelet' && path[1] === 'configuration' ? [path.slice(2)] : [],
  );
  if (kubelet.configuration === undefined && taken.length === 0) return undefined;
  const absolute = absoluteConfiguration(kubelet.configuration ?? {}, '/');
  return taken.flatMap(keysOf).reduce<JsonMap>((whole, path) => withField(whole, path, null), absolute);
}

/** A null takes all thresholds away, the defaults included; one for each key leaves the rest. */
function keysOf(path: readonly (string | number)[]): (readonly (string | number)[])[] {
  if (path.length !== 1 || path[0] !== 'evictionHard') return [path];
  return Object.keys(fieldDefaults['evictionHard'] as JsonMap).map((key) => ['evictionHard', key]);
}

function configurationFile(path: string, fields: JsonMap): ManagedFile {
  return { path, mode: 0o644, uid: 0, gid: 0, content: renderConfiguration(fields) };
}

/** With a directory of drop-ins the kubelet forgets that its file says no enforcement at all. */
function restatedEmpty(ours: JsonMap, installed: InstalledKubelet): JsonMap {
  const { main } = configurationSources(installed, launchOf(installed)).sources;
  const given = main?.fields['enforceNodeAllocatable'];
  const isEmpty = Array.isArray(given) && given.length === 0;
  return isEmpty && ours['enforceNodeAllocatable'] === undefined ? { ...ours, enforceNodeAllocatable: [] } : ours;
}

/** Older kubelets read one file: the node's with our fields in it, as a drop-in would do it. */
function mergedCopy({ kubelet }: EffectiveSpec, ours: JsonMap, installed: InstalledKubelet): NodeConfiguration {
  const { sources, unread } = configurationSources(installed, launchOf(installed));
  const [problem] = unread;
  if (problem !== undefined) return { files: [], words: [], problems: [unreadable(problem)] };
  const path = kubelet.configurationPath;
  const base = mergeBase(sources, ours['evictionHard'] !== undefined);
  return {
    files: [configurationFile(path, mergePatch(base, ours))],
    words: [`--config=${path}`],
    problems: [],
  };
}

/**
 * The node's fields below ours in a merged copy, with absolute paths. A drop-in changes thresholds after the
 * kubelet has filled in their defaults, so a copy has to do the same.
 */
export function mergeBase({ main, release }: ConfigurationSources, setsThresholds: boolean): JsonMap {
  const own: JsonMap = main ? absoluteConfiguration(main.fields, posix.dirname(main.path)) : {};
  const { evictionHard } = defaultsOf(release, true) as { readonly evictionHard: JsonMap };
  return setsThresholds && own['evictionHard'] === undefined ? { ...own, evictionHard } : own;
}

function unreadable(reason: string): SpecProblem {
  const remedy = `repair that file; kubelets before ${dropInsSince} read one file, so ours must hold what the node's says`;
  return refusal('ConfigurationInvalid', ['kubelet', 'configuration'], reason, remedy);
}

function notRead(directory: string): SpecProblem {
  const reason = `this node's kubelet is started with --config-dir=${directory}, and a kubelet before ${dropInsSince} does not read it`;
  return refusal(
    'ConfigurationInvalid',
    ['kubelet', 'configuration'],
    reason,
    'remove --config-dir from its command, or update the kubelet',
  );
}
