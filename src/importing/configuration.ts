/** What the files of a kubelet's configuration say, as spec.kubelet.configuration. Pure. */

import { posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { mergedDefaults } from '../api/defaults.ts';
import { isJsonMap, type Json, type JsonMap } from '../api/json.ts';
import { absoluteConfiguration } from '../api/kubelet-paths.ts';
import { type PathAllowance, pathRefusal } from '../api/paths.ts';
import type { Problem } from '../api/problem.ts';
import { secretIn } from '../api/validate/secrets.ts';
import type { InstalledKubelet, Launch } from '../kubelet/installed/installed.ts';
import { knownRelease } from '../kubelet/release.ts';
import { type ConfigurationSources, configurationInForce } from '../kubelet/settings/configuration.ts';
import { mergePatch } from '../kubelet/settings/fields.ts';
import { configurationSources } from '../kubelet/settings/settings.ts';
import { notImported, placeIn, secretLeftOut } from './notes.ts';
import { ownConfiguration } from './own-files.ts';

export interface ImportedConfiguration {
  /** Undefined if the kubelet has no file of it, or if that cannot be read: the flag --config stays then. */
  readonly configuration: JsonMap | undefined;
  /** Undefined for the default. */
  readonly configurationPath: string | undefined;
  readonly problems: readonly Problem[];
}

const firstWithFile = knownRelease('1.8');

/** The file and its drop-ins as one: what they say, with paths made absolute, and without the defaults. */
export function configurationOf(installed: InstalledKubelet, launch: Launch, allowance: PathAllowance): ImportedConfiguration {
  const { sources, unread } = configurationSources(installed, launch);
  // Until 1.5 the flag named the directory of the static pods.
  if (sources.release !== undefined && sources.release < firstWithFile)
    return { configuration: undefined, configurationPath: undefined, problems: [] };
  const problems = unread.map((reason) =>
    notImported(reason, 'give that file too; without it the object keeps the flag that names it', {}),
  );
  const main = sources.main;
  if (!main || !installed.configurationFiles.has(main.path) || unread.some((reason) => reason.startsWith(`${main.path} `)))
    return { configuration: undefined, configurationPath: undefined, problems };
  const merged = withoutDefaults({ ...sources, commandLine: { flags: [], rest: [], hasUnknown: false } });
  const safe = withoutSecrets(merged, installed);
  const path = pathFor(main.path, allowance, installed);
  return {
    configuration: safe.configuration,
    configurationPath: path.path === mergedDefaults.kubelet.configurationPath ? undefined : path.path,
    problems: [...problems, ...safe.problems, ...path.problems, ...beaten(sources, installed)],
  };
}

/**
 * Merges what the files say. Where the kubelet makes something else of the merged fields than of the
 * separate files (it fills in defaults in between), the field is what is in force.
 */
function withoutDefaults(sources: ConfigurationSources): JsonMap {
  const { main, dropIns = [], workingDirectory } = sources;
  const folder = posix.dirname(main?.path ?? '/');
  const own = absoluteConfiguration(withoutNull(main?.fields ?? {}), folder);
  const said = dropIns.reduce<JsonMap>(
    (whole, { fields }) => mergePatch(whole, absoluteConfiguration(fields, workingDirectory)),
    own,
  );
  const now = configurationInForce(sources);
  const then = configurationInForce({ ...sources, main: { path: main?.path ?? '/', fields: said }, dropIns: undefined });
  const different = Object.entries(now).filter(([key, value]) => !isDeepStrictEqual(value, then[key]));
  return { ...said, ...Object.fromEntries(different) };
}

function withoutNull(fields: JsonMap): JsonMap {
  const kept = Object.entries(fields).filter(([, value]) => value !== null);
  return Object.fromEntries(kept.map(([key, value]) => [key, isJsonMap(value) ? withoutNull(value) : value]));
}

/** The fields without those that look like secrets, each of which is told. */
export function withoutSecrets(fields: JsonMap, installed: InstalledKubelet): { configuration: JsonMap; problems: Problem[] } {
  const problems: Problem[] = [];
  const safe = (map: JsonMap, above: readonly string[]): JsonMap =>
    Object.fromEntries(
      Object.entries(map).flatMap(([key, value]): [string, Json][] => {
        const path = [...above, key];
        if (isJsonMap(value) && key !== 'staticPodURLHeader') return [[key, safe(value, path)]];
        if (!isSecret(key, value)) return [[key, value]];
        const [file, text] = [...installed.configurationFiles].findLast(([, content]) => content.includes(key)) ?? [];
        const position = file === undefined || text === undefined ? undefined : placeIn(file, text, key);
        problems.push(secretLeftOut(`the field ${path.join('.')}`, ['spec', 'kubelet', 'configuration', ...path], position));
        return [];
      }),
    );
  return { configuration: safe(fields, []), problems };
}

function isSecret(key: string, value: Json): boolean {
  if (key === 'staticPodURLHeader') return true;
  const texts = Array.isArray(value) ? value.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))) : [value];
  return texts.some((text) => typeof text === 'string' && secretIn(text, [key]) !== undefined);
}

/**
 * The path of the node's own file, so that the command stays the same; another one where no object may
 * write, or where a program that reads JSON alone would find YAML.
 */
function pathFor(
  path: string,
  allowance: PathAllowance,
  { configurationFiles }: InstalledKubelet,
): { path: string; problems: Problem[] } {
  const refused = pathRefusal(path, allowance);
  const isJson = path.endsWith('.json');
  if (refused === undefined && !isJson) return { path, problems: [] };
  const other = mergedDefaults.kubelet.configurationPath;
  const why = refused === undefined ? 'other programs may expect JSON there, and we write YAML' : `that file ${refused}`;
  const reason = `--config names ${other} instead of ${path}: ${why}. ${path} stays as it is, and the kubelet does not read it any more`;
  const remedy = 'programs that change that file must change the object instead; the launcher existing goes on reading it';
  const position = placeIn(path, configurationFiles.get(path) ?? '', 'kind');
  return { path: other, problems: [notImported(reason, remedy, { severity: 'notice', position })] };
}

/** The flag --config-dir stays, so a drop-in of the node's goes on counting more than the object. */
function beaten({ dropIns = [] }: ConfigurationSources, installed: InstalledKubelet): Problem[] {
  const { configurationFiles } = installed;
  const ours = ownConfiguration(installed);
  return dropIns
    .filter(({ path }) => path !== ours)
    .map(({ path, fields }) => {
      const names = Object.keys(fields).join(', ');
      const reason = `${path} is in the object, and stays where it is: it counts more than the object for ${names}`;
      const remedy = 'to change these fields, remove that file and the flag config-dir, or use the launcher existing';
      return notImported(reason, remedy, {
        severity: 'notice',
        position: placeIn(path, configurationFiles.get(path) ?? '', 'kind'),
      });
    });
}
