/**
 * The kubelet's configuration in force: its file, the drop-ins to it, and the flags (loadConfigFile,
 * mergeKubeletConfigurations and kubeletConfigFlagPrecedence in cmd/kubelet/app/server.go). Pure.
 */

import { posix } from 'node:path';
import { isJsonMap, type JsonMap } from '../../api/json.ts';
import { absoluteConfiguration } from '../../api/kubelet-paths.ts';
import { readManifests } from '../../manifest/read/read.ts';
import { formatRelease, knownRelease, type Release } from '../release.ts';
import type { CommandLine } from './command-line.ts';
import { defaultsOf, filledIn } from './defaults.ts';
import { mergePatch, withField } from './fields.ts';
import { type FlagField, fieldOfFlags } from './flag-field.ts';

/** One file of the configuration as it was read. */
export interface ConfigurationFile {
  readonly path: string;
  /** Its fields; a field that the file gives as null is null here. */
  readonly fields: JsonMap;
}

/** Reads a KubeletConfiguration. @returns a text that says why the kubelet cannot read it */
export function readConfiguration(path: string, text: string): ConfigurationFile | string {
  const { documents, problems } = readManifests(text, path);
  const [problem] = problems;
  if (problem) return problem.reason;
  const [document] = documents;
  if (!document || !isJsonMap(document.value)) return 'it holds no KubeletConfiguration';
  const { apiVersion: _apiVersion, kind: _kind, ...fields } = document.value;
  return { path, fields: [...document.nulls].reduce<JsonMap>((whole, field) => withField(whole, field, null), fields) };
}

/** What decides the configuration in force. */
export interface ConfigurationSources {
  /** The file of --config; undefined if there is none. */
  readonly main: ConfigurationFile | undefined;
  /** The drop-ins of --config-dir in their order; undefined if the flag is not given. */
  readonly dropIns: readonly ConfigurationFile[] | undefined;
  readonly commandLine: CommandLine;
  readonly release: Release | undefined;
  /** Where relative paths in drop-ins count from. */
  readonly workingDirectory: string;
}

/**
 * The fields in force, with the defaults.
 * @param flags those of the sources, if they are known already
 */
export function configurationInForce(sources: ConfigurationSources, flags = flagFields(sources)): JsonMap {
  const { main, dropIns, release } = sources;
  const defaults = defaultsOf(release, main !== undefined);
  const own = main ? absoluteConfiguration(withoutNull(main.fields), posix.dirname(main.path)) : {};
  const base = filledIn(own, defaults, release);
  const merged = dropIns === undefined ? base : mergeDropIns(base, dropIns, defaults, sources);
  return flags.reduce<JsonMap>(withFlag, merged);
}

/**
 * A drop-in is a JSON merge patch to the file with its defaults filled in. Two things of the kubelet show:
 * the file's empty enforceNodeAllocatable is lost on the way, and evictionHard gets its defaults only before.
 */
function mergeDropIns(
  base: JsonMap,
  dropIns: readonly ConfigurationFile[],
  defaults: JsonMap,
  { release, workingDirectory: folder }: Pick<ConfigurationSources, 'release' | 'workingDirectory'>,
): JsonMap {
  const { enforceNodeAllocatable, ...others } = base;
  const isEmpty = Array.isArray(enforceNodeAllocatable) && enforceNodeAllocatable.length === 0;
  const start = isEmpty || enforceNodeAllocatable === undefined ? others : base;
  const patches = dropIns.map(({ fields }) => absoluteConfiguration(mergedFields(fields, release), folder));
  const merged = patches.reduce<JsonMap>(mergePatch, start);
  const { evictionHard: _evictionHard, ...late } = defaults;
  return filledIn(merged, late, release);
}

/**
 * Until 1.31 a kubelet merged drop-ins into its own names of the fields: a null took nothing away, and
 * resolvConf, which it calls otherwise, was lost (kubernetes/kubernetes 126630).
 */
function mergedFields(fields: JsonMap, release: Release | undefined): JsonMap {
  if (mergesByName(release)) return fields;
  const { resolvConf: _resolvConf, ...others } = withoutNull(fields);
  return others;
}

/** Whether drop-ins are merged by the names that stand in them. */
export function mergesByName(release: Release | undefined): boolean {
  return release === undefined || release >= firstByName;
}

const firstByName = knownRelease('1.32');

/** The fields that the flags of a command line set. */
export function flagFields({ commandLine, release }: Pick<ConfigurationSources, 'commandLine' | 'release'>): FlagField[] {
  const names = [...new Set(commandLine.flags.map(({ name }) => name))];
  return names.flatMap((name) => {
    const texts = commandLine.flags.flatMap((flag) => (flag.name === name ? (flag.value ?? []) : []));
    const isKnown = commandLine.flags.every((flag) => flag.name !== name || flag.value !== undefined);
    return (isKnown && fieldOfFlags(name, texts, release)) || [];
  });
}

/** A flag replaces the field; feature gates are the one map to which a flag adds. */
function withFlag(whole: JsonMap, { path, value }: FlagField): JsonMap {
  const gates = whole['featureGates'];
  const isGates = path.length === 1 && path[0] === 'featureGates';
  return withField(whole, path, isGates && isJsonMap(gates) && isJsonMap(value) ? { ...gates, ...value } : value);
}

function withoutNull(fields: JsonMap): JsonMap {
  const kept = Object.entries(fields).filter(([, value]) => value !== null);
  return Object.fromEntries(kept.map(([key, value]) => [key, isJsonMap(value) ? withoutNull(value) : value]));
}

/** The first release that reads drop-ins without being told to by its environment. */
export const firstWithDropIns = knownRelease('1.30');

/** Whether a kubelet reads `--config-dir`: 1.28 and 1.29 only with a variable in their environment. */
export function readsDropIns(release: Release | undefined, hasVariable: boolean): boolean {
  if (release === undefined || release >= firstWithDropIns) return true;
  return hasVariable && release >= knownRelease('1.28');
}

/** `1.30` */
export const dropInsSince = formatRelease(firstWithDropIns);
