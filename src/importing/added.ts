/**
 * What an object of the launcher `existing` has added to a kubelet, as the fields of that object: its
 * rendering, read backwards. Pure.
 */

import { isDeepStrictEqual } from 'node:util';
import { mergedDefaults } from '../api/defaults.ts';
import { isJsonMap, type JsonMap } from '../api/json.ts';
import { nullFields, withoutNulls } from '../api/nulls.ts';
import type { Problem } from '../api/problem.ts';
import type { KubeletConfigSpec } from '../api/types.ts';
import { pointerTo } from '../desired/patch.ts';
import { type InstalledKubelet, launchOf } from '../kubelet/installed/installed.ts';
import { ourVariable, wayInto } from '../kubelet/installed/way-in.ts';
import { releaseOf } from '../kubelet/release.ts';
import { type CommandLine, lastFlag, readCommandLine } from '../kubelet/settings/command-line.ts';
import { configurationSources } from '../kubelet/settings/settings.ts';
import { mergeBase } from '../render/launchers/existing/configuration.ts';
import { environmentPath } from '../render/launchers/existing/launcher.ts';
import { readEnvironmentFile } from '../systemd/environment-file.ts';
import { type ExpandedWord, splitRelaxed } from '../systemd/service.ts';
import { readUnit, setsExecStart } from '../systemd/unit-text.ts';
import { unescapeSpecifiers } from '../systemd/words.ts';
import { hideSecretOf } from '../text/hide-secrets.ts';
import { withoutSecrets } from './configuration.ts';
import { givenFlags } from './flags.ts';
import { notImported, placeIn, secretLeftOut } from './notes.ts';
import { ownConfiguration, ownDropIn } from './own-files.ts';

export interface Added {
  readonly spec: Pick<KubeletConfigSpec, 'kubelet' | 'patches' | 'unit'>;
  /** The variable that the object has to name; undefined if it is the one that we would choose. */
  readonly argsVariable: string | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Reads our files on a node as an object.
 * @param own the same kubelet without these files
 */
export function addedBy(installed: InstalledKubelet, own: InstalledKubelet): Added {
  const variables = ownVariables(installed);
  const carrier = carrierIn(variables, own);
  const { words, problems } = ownWords(installed, own, carrier);
  const commandLine = readCommandLine(words, installed.version === undefined ? undefined : releaseOf(installed.version));
  const given = givenFlags(installed, launchOf(installed), commandLine);
  const { config: _config, 'config-dir': _directory, ...flags } = given.flags;
  const found = configurationOf(installed, own, commandLine);
  const environment = ownEnvironment(variables, carrier, installed);
  const options = ownOptions(installed);
  const kubelet = { ...(Object.keys(flags).length > 0 && { flags }), ...found.kubelet };
  const unit = {
    ...(Object.keys(environment.environment).length > 0 && { environment: environment.environment }),
    ...(Object.keys(options.options).length > 0 && { options: options.options }),
  };
  return {
    spec: {
      ...(Object.keys(kubelet).length > 0 && { kubelet }),
      ...(found.patches.length > 0 && { patches: found.patches }),
      ...(Object.keys(unit).length > 0 && { unit }),
    },
    argsVariable: carrier === undefined || carrier === chosenVariable(own) ? undefined : carrier,
    problems: [...problems, ...given.problems, ...found.problems, ...environment.problems, ...options.problems],
  };
}

/** What our environment file sets, in its order; nothing if the drop-in does not name it. */
function ownVariables(installed: InstalledKubelet): readonly (readonly [name: string, value: string])[] {
  const lines = readUnit(ownDropIn(installed)?.content ?? '');
  const isNamed = lines.some(({ key, value }) => key === 'EnvironmentFile' && value === `-${environmentPath}`);
  return isNamed ? readEnvironmentFile(installed.environmentFiles.get(environmentPath) ?? '') : [];
}

/** The variable that carries our words: it stands first in the file. */
function carrierIn([first]: ReturnType<typeof ownVariables>, own: InstalledKubelet): string | undefined {
  if (first === undefined) return undefined;
  const [name, value] = first;
  if (name === ourVariable) return name;
  const found = value.startsWith('-') ? wayInto(own, name) : undefined;
  return found?.ok && found.way.kind === 'Variable' ? name : undefined;
}

/** The variable that carries words if the object names none. */
function chosenVariable(own: InstalledKubelet): string | undefined {
  const found = wayInto(own, undefined);
  return found.ok && found.way.kind === 'Variable' ? found.way.name : ourVariable;
}

/** The words that the kubelet gets from us. */
function ownWords(
  installed: InstalledKubelet,
  own: InstalledKubelet,
  carrier: string | undefined,
): { readonly words: readonly ExpandedWord[]; readonly problems: readonly Problem[] } {
  const value = ownVariables(installed).findLast(([name]) => name === carrier)?.[1];
  if (value !== undefined) return { words: splitRelaxed(value).map((text) => ({ text, by: environmentPath })), problems: [] };
  const dropIn = ownDropIn(installed);
  if (dropIn === undefined || !setsExecStart(dropIn.content)) return { words: [], problems: [] };
  const { path: by, content } = dropIn;
  const [whole, before] = [launchOf(installed).command?.words ?? [], launchOf(own).command?.words ?? []];
  if (isDeepStrictEqual(whole.slice(0, before.length), before))
    return { words: whole.slice(before.length).map((word) => ({ text: unescapeSpecifiers(word), by })), problems: [] };
  const reason = `${by} says a command that is no longer the one of ${installed.unit} with further words, so it is not known which words it adds`;
  const position = placeIn(by, content, 'ExecStart=');
  return { words: [], problems: [notImported(reason, 'write its flags into spec.kubelet.flags', { position })] };
}

/** The fields of ours, and a patch for each that is taken away from the node. */
function configurationOf(installed: InstalledKubelet, own: InstalledKubelet, words: CommandLine) {
  const path = ownConfiguration(installed);
  const copy = lastFlag(words, 'config')?.value;
  const { sources, unread } = configurationSources(installed, launchOf(installed));
  const ours = copy === undefined ? sources.dropIns?.find((file) => file.path === path)?.fields : changedIn(sources.main, own);
  const lost = unread.filter((reason) => [path, copy].some((one) => one !== undefined && reason.startsWith(`${one} `)));
  // A script hides the rest of the command, and with it the directory.
  const hidden = path === undefined ? lastFlag(words, 'config-dir')?.value : undefined;
  const unseen =
    hidden === undefined
      ? []
      : [`the files in ${hidden} are not in the object: ${installed.unit} does not show that its kubelet reads them`];
  const problems = [...lost, ...unseen].map((reason) =>
    notImported(reason, 'write their fields into spec.kubelet.configuration', {}),
  );
  if (ours === undefined) return { kubelet: {}, patches: [], problems };
  const safe = withoutSecrets(withoutNulls(ours), installed);
  const { configuration } = safe;
  const hasOwnPath = copy !== undefined && copy !== mergedDefaults.kubelet.configurationPath;
  const isNothing = Object.keys(configuration).length === 0 && Object.keys(ours).length > 0;
  return {
    kubelet: { ...(!isNothing && { configuration }), ...(hasOwnPath && { configurationPath: copy }) },
    patches: [...nullFields(ours)].map((names) => ({
      op: 'remove' as const,
      path: pointerTo(['kubelet', 'configuration', ...names.map(String)]),
    })),
    problems: [...problems, ...safe.problems],
  };
}

/** Before 1.30 one file holds the node's fields and ours. */
function changedIn(copy: { readonly fields: JsonMap } | undefined, own: InstalledKubelet): JsonMap {
  const { sources } = configurationSources(own, launchOf(own));
  const after = copy?.fields ?? {};
  const setsThresholds = after['evictionHard'] !== undefined;
  const changed = differences(after, withoutNulls(mergeBase(sources, setsThresholds)));
  const isFilledIn = setsThresholds && sources.main?.fields['evictionHard'] === undefined;
  return isFilledIn ? { evictionHard: {}, ...changed } : changed;
}

/** The merge patch that makes one map of the other. */
function differences(after: JsonMap, before: JsonMap): JsonMap {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.flatMap((name): [string, JsonMap[string]][] => {
    const [from, to] = [before[name], after[name]];
    if (isDeepStrictEqual(from, to)) return [];
    return [[name, isJsonMap(from) && isJsonMap(to) ? differences(to, from) : (to ?? null)]];
  });
  return Object.fromEntries(changed);
}

function ownEnvironment(variables: ReturnType<typeof ownVariables>, carrier: string | undefined, installed: InstalledKubelet) {
  const environment: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const [name, value] of variables) {
    if (name === carrier) continue;
    const position = placeIn(environmentPath, installed.environmentFiles.get(environmentPath) ?? '', `${name}=`);
    if (hideSecretOf(name, value) === value) environment[name] = value;
    else problems.push(secretLeftOut(`the variable ${name}`, ['spec', 'unit', 'environment', name], position));
  }
  return { environment, problems };
}

/** The options of our drop-in as it says them: an empty value clears the node's. */
function ownOptions(installed: InstalledKubelet) {
  const options: Record<string, Record<string, readonly string[]>> = {};
  const problems: Problem[] = [];
  const { path = '', content = '' } = ownDropIn(installed) ?? {};
  for (const { section, key, value } of readUnit(content)) {
    const isOurs =
      section === 'Service' && (key === 'ExecStart' || (key === 'EnvironmentFile' && value === `-${environmentPath}`));
    if (key === undefined || isOurs) continue;
    if (hideSecretOf(key, value) === value)
      options[section] = { ...options[section], [key]: [...(options[section]?.[key] ?? []), value] };
    else
      problems.push(
        secretLeftOut(`the option ${key}`, ['spec', 'unit', 'options', section, key], placeIn(path, content, `${key}=`)),
      );
  }
  return { options, problems };
}
