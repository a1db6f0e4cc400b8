/** The arguments of a kubelet as spec.kubelet.flags. Pure. */

import { absoluteFlagValue, absolutePath } from '../api/kubelet-paths.ts';
import type { FieldPath, Problem } from '../api/problem.ts';
import type { FlagValue } from '../api/types.ts';
import { secretIn } from '../api/validate/secrets.ts';
import { flagTypeAt } from '../kubelet/flag-table.ts';
import type { InstalledKubelet, Launch } from '../kubelet/installed/installed.ts';
import { type Release, releaseOf } from '../kubelet/release.ts';
import type { CommandLine } from '../kubelet/settings/command-line.ts';
import { environmentFilesOf } from '../systemd/environment.ts';
import { isJoinedOption } from './mistakes.ts';
import { notImported, placeIn, placeInUnit, secretLeftOut } from './notes.ts';

export interface ImportedFlags {
  readonly flags: Readonly<Record<string, FlagValue>>;
  readonly problems: readonly Problem[];
}

/** Every flag with its values, and what the command says beside flags. */
export function flagsOf(installed: InstalledKubelet, launch: Launch, commandLine: CommandLine): ImportedFlags {
  const unset = flagsWithUnset(installed, launch);
  const known = commandLine.flags.filter(({ name }) => !unset.includes(name));
  const { flags, problems } = givenFlags(installed, launch, { ...commandLine, flags: known });
  return { flags, problems: [...problems, ...unreadable(installed, launch, commandLine)] };
}

/** Every flag with its values; a flag that is given several times becomes a list. */
export function givenFlags(installed: InstalledKubelet, launch: Launch, commandLine: CommandLine): ImportedFlags {
  const release = installed.version === undefined ? undefined : releaseOf(installed.version);
  const problems: Problem[] = [];
  const flags: Record<string, FlagValue> = {};
  for (const name of new Set(commandLine.flags.map((flag) => flag.name))) {
    const given = commandLine.flags.filter((flag) => flag.name === name);
    const place = positionOf(installed, given.at(-1)?.by, `--${name}`);
    const path = ['spec', 'kubelet', 'flags', name];
    if (given.some(({ value }) => value !== undefined && isSecret(name, value))) {
      problems.push(secretLeftOut(`the value of --${name}`, path, place));
    } else if (given.some(({ value }) => value === undefined)) {
      const reason = `the value of --${name} is known on the machine alone`;
      problems.push(notImported(reason, 'write it into the object, or compute it with spec.computed', { path, position: place }));
    } else {
      const values = given.flatMap(({ value }) => value ?? []).map((value) => fromRoot(name, value, launch.workingDirectory));
      flags[name] = values.length === 1 ? typed(name, values[0] ?? '', release) : values;
    }
  }
  return { flags, problems };
}

/** The header that the kubelet sends with its requests for static pods is one, whatever it looks like. */
function isSecret(name: string, value: string): boolean {
  return name === 'manifest-url-header' || secretIn(value, ['flags', name]) !== undefined;
}

/** Rendering counts relative paths of some flags from `/`. */
function fromRoot(name: string, value: string, directory: string): string {
  return absoluteFlagValue(name, value) === value ? value : absolutePath(value, directory);
}

/** `--v=2` is the number 2, if nothing is lost by that. */
function typed(name: string, value: string, release: Release | undefined): FlagValue {
  const type = flagTypeAt(name, release);
  if (type === 'bool' && (value === 'true' || value === 'false')) return value === 'true';
  return type === 'int' && Number.isSafeInteger(Number(value)) && String(Number(value)) === value ? Number(value) : value;
}

function positionOf({ texts, environmentFiles }: InstalledKubelet, by: string | undefined, needle: string) {
  const content = by === undefined ? undefined : environmentFiles.get(by);
  return by !== undefined && content !== undefined ? placeIn(by, content, needle) : placeInUnit(texts, by, needle);
}

/** Words that become no flag: some are filled in on the machine, others are no flags. */
function unreadable(installed: InstalledKubelet, launch: Launch, commandLine: CommandLine): Problem[] {
  const { texts } = installed;
  const by = launch.command?.by;
  const specifiers = (launch.command?.words ?? []).filter((word) => /%[^%]/.test(word.replaceAll('%%', '')));
  const position = (needle: string) => placeInUnit(texts, by, needle);
  const unknown = specifiers.map((word) => {
    const flag = flagOfWord(word) ?? 'NAME';
    const reason = `${word} holds a specifier of systemd, which only the machine can fill in`;
    const remedy = `add {path: kubelet.flags.${flag}, expression: ${/%[Hl]/.test(word) ? 'machine.hostname' : 'EXPRESSION'}} to spec.computed`;
    return notImported(reason, remedy, { position: position(word), path: flagPath(flagOfWord(word)) });
  });
  const others = commandLine.hasUnknown && unknown.length === 0 ? [hiddenWord(texts[0]?.path)] : [];
  const rest = commandLine.rest.flatMap(({ text }) => (text === undefined ? [] : [text]));
  const words = rest
    .filter((word) => !isJoinedOption(word))
    .map((word) => {
      const hint = 'write what it stands for into spec.kubelet.flags, or compute it with spec.computed';
      return notImported(`the word ${word} of the command is no flag`, hint, { position: position(word) });
    });
  const unset = unsetVariables(installed, launch);
  return [...unknown, ...others, ...words, ...unset, ...(unset.length === 0 ? neededFiles(installed) : [])];
}

function hiddenWord(unit = 'the unit'): Problem {
  const reason = `a variable in the command of ${unit} has a value that only the machine knows`;
  return notImported(reason, 'write what it stands for into spec.kubelet.flags, or compute it with spec.computed', {});
}

/**
 * Variables of the command that no file sets which was read. A word that is nothing but such a variable
 * vanishes; that is told only where a file could not be read.
 */
function unsetVariables(installed: InstalledKubelet, { command, variables }: Launch): Problem[] {
  const absent = absentFiles(installed);
  const words = wordsOf(command).flatMap((one) => unsetIn(one, absent.length > 0).map((name) => ({ ...one, name })));
  const unset = words.filter(({ name }, index) => !variables.has(name) && words.findIndex((one) => one.name === name) === index);
  return unset.map(({ word, flag, name }) => {
    const why =
      absent.length > 0 ? `${absent.join(', ')} could not be read` : 'only the machine knows whether another program does';
    const reason = `${word} stands in the command, and no file that was read sets ${name}; ${why}`;
    const expression = `compute kubelet.flags.${flag} with spec.computed`;
    const give = `give that file too, if it sets ${name}`;
    const remedy = absent.length === 0 ? expression : flag === undefined ? give : `${give}, or ${expression}`;
    const position = placeInUnit(installed.texts, command?.by, name);
    return notImported(reason, remedy, { position, path: flagPath(flag) });
  });
}

/** systemd starts no unit without such a file. */
function neededFiles({ texts, environmentFiles }: InstalledKubelet): Problem[] {
  return environmentFilesOf(texts).flatMap(({ path, by }) => {
    const isOptional = texts.some((text) => text.path === by && text.content.includes(`EnvironmentFile=-${path}`));
    if (isOptional || environmentFiles.has(path) || /[*?[]/.test(path)) return [];
    const reason = `${path} is not there, and EnvironmentFile= names it without a -: systemd starts no kubelet before another program has written it, and its variables are not in the object`;
    const position = placeInUnit(texts, by, path);
    return [notImported(reason, 'give that file too, or write - before its path in the unit', { position, severity: 'notice' })];
  });
}

interface CommandWord {
  readonly word: string;
  /** The flag whose value stands in the word: behind a `=`, or after the word that is the flag. */
  readonly flag: string | undefined;
}

function wordsOf(command: Launch['command']): CommandWord[] {
  const words = command?.words ?? [];
  return words.map((word, index) => ({ word, flag: flagOfWord(word) ?? flagBefore(words[index - 1] ?? '', word) }));
}

function flagBefore(before: string, word: string): string | undefined {
  const name = /^--([\w-]+)$/.exec(before)?.[1]?.replaceAll('_', '-');
  return name === undefined || word.startsWith('-') || flagTypeAt(name, undefined) === 'bool' ? undefined : name;
}

function unsetIn({ word, flag }: CommandWord, hasAbsent: boolean): string[] {
  return hasAbsent || (flag !== undefined && word.includes('${')) ? variablesIn(word) : [];
}

/** Files that the unit names, and that are not there. */
function absentFiles({ texts, environmentFiles }: InstalledKubelet): string[] {
  return environmentFilesOf(texts).flatMap(({ path }) => (environmentFiles.has(path) ? [] : [path]));
}

/** [] if the word is not a flag with its value. */
function flagPath(flag: string | undefined): FieldPath {
  return flag === undefined ? [] : ['spec', 'kubelet', 'flags', flag];
}

function flagOfWord(word: string): string | undefined {
  return /^--([\w-]+)=/.exec(word)?.[1]?.replaceAll('_', '-');
}

/** Flags whose value has such a variable in it: an empty value would be a wrong one. */
function flagsWithUnset(installed: InstalledKubelet, { command, variables }: Launch): readonly (string | undefined)[] {
  const hasAbsent = absentFiles(installed).length > 0;
  const words = wordsOf(command).filter((one) => unsetIn(one, hasAbsent).some((name) => !variables.has(name)));
  return words.map(({ flag }) => flag);
}

/** The names of the variables that a word of a command holds. */
export function variablesIn(word: string): string[] {
  return [...word.matchAll(/(?<!\$)\$\{?([A-Za-z_][A-Za-z0-9_]*)/g)].flatMap(([, name]) => name ?? []);
}
