/** The arguments of a kubelet as spec.kubelet.flags. Pure. */

import { absoluteFlagValue, absolutePath } from '../api/kubelet-paths.ts';
import type { Problem } from '../api/problem.ts';
import type { FlagValue } from '../api/types.ts';
import { secretIn } from '../api/validate/secrets.ts';
import { flagTypeAt } from '../kubelet/flag-table.ts';
import type { InstalledKubelet, Launch } from '../kubelet/installed/installed.ts';
import { type Release, releaseOf } from '../kubelet/release.ts';
import type { CommandLine } from '../kubelet/settings/command-line.ts';
import { notImported, placeIn, placeInUnit, secretLeftOut } from './notes.ts';

export interface ImportedFlags {
  readonly flags: Readonly<Record<string, FlagValue>>;
  readonly problems: readonly Problem[];
}

/** Every flag with its values; a flag that is given several times becomes a list. */
export function flagsOf(installed: InstalledKubelet, launch: Launch, commandLine: CommandLine): ImportedFlags {
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
  return { flags, problems: [...problems, ...unreadable(installed, launch, commandLine)] };
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
    const [, flag = 'NAME'] = /^--([\w-]+)=/.exec(word) ?? [];
    const reason = `${word} holds a specifier of systemd, which only the machine can fill in`;
    const remedy = `add {path: kubelet.flags.${flag}, expression: ${/%[Hl]/.test(word) ? 'machine.hostname' : 'EXPRESSION'}} to spec.computed`;
    return notImported(reason, remedy, { position: position(word) });
  });
  const others = commandLine.hasUnknown && unknown.length === 0 ? [hiddenWord(texts[0]?.path)] : [];
  const rest = commandLine.rest.flatMap(({ text }) => (text === undefined ? [] : [text]));
  const words = rest.map((word) => {
    const hint = 'write what it stands for into spec.kubelet.flags, or compute it with spec.computed';
    return notImported(`the word ${word} of the command is no flag`, hint, { position: position(word) });
  });
  return [...unknown, ...others, ...words, ...unsetVariables(installed, launch)];
}

function hiddenWord(unit = 'the unit'): Problem {
  const reason = `a variable in the command of ${unit} has a value that only the machine knows`;
  return notImported(reason, 'write what it stands for into spec.kubelet.flags, or compute it with spec.computed', {});
}

/** Variables of the command that no file sets which was read, where a file could not be read. */
function unsetVariables({ texts, environmentFiles }: InstalledKubelet, { command, variables }: Launch): Problem[] {
  const names = (command?.words ?? []).flatMap(variablesIn).filter((name) => !variables.has(name));
  const missing = texts.flatMap(({ content }) =>
    [...content.matchAll(/^\s*EnvironmentFile\s*=\s*-?(\S+)/gm)].flatMap(([, path]) => path ?? []),
  );
  const absent = missing.filter((path) => !environmentFiles.has(path));
  if (absent.length === 0) return [];
  return [...new Set(names)].map((name) => {
    const reason = `$${name} stands in the command, and no file that was read sets it; ${absent.join(', ')} could not be read`;
    return notImported(reason, `give that file too, if it sets ${name}`, { position: placeInUnit(texts, command?.by, name) });
  });
}

/** The names of the variables that a word of a command holds. */
export function variablesIn(word: string): string[] {
  return [...word.matchAll(/(?<!\$)\$\{?([A-Za-z_][A-Za-z0-9_]*)/g)].flatMap(([, name]) => name ?? []);
}
