/** Compares the arguments of a running kubelet with those that its unit gives to it by now. Pure. */

import { isDeepStrictEqual } from 'node:util';
import { lastNameOf } from '../../systemd/install-links.ts';
import type { ExpandedWord } from '../../systemd/service.ts';
import { valuesOf } from '../../systemd/unit-text.ts';
import { type InstalledKubelet, type Launch, launchOf, shellScript } from '../installed/installed.ts';
import { isPlainWord } from '../installed/shell-words.ts';
import { releaseOf } from '../release.ts';
import { type CommandLine, readCommandLine } from './command-line.ts';

/** A flag that the running kubelet has otherwise than its unit says. */
export interface FlagChange {
  /** With dashes in front. */
  readonly name: string;
  /** The values with which it runs, in their order; undefined if it runs without the flag. */
  readonly from: readonly string[] | undefined;
  /** The values that the unit gives; undefined if it does not give the flag any more. */
  readonly to: readonly string[] | undefined;
  /** The file that gives them. */
  readonly by: string | undefined;
}

/**
 * The flags that differ, by name; undefined if that cannot be known: where a script of its own or an image
 * decides the arguments, and where no process of the unit is a kubelet.
 *
 * @param processes the command lines of the processes of the unit
 * @param manager the variables that systemd itself gives to every unit; undefined if they are not known
 */
export function flagsSinceStart(
  installed: InstalledKubelet,
  processes: readonly (readonly string[])[],
  manager: readonly string[] | undefined,
): readonly FlagChange[] | undefined {
  const launch = launchOf(installed);
  const running = runningCommandLine(processes, installed.version);
  if (running === undefined || lastNameOf(launch.kubelet[0]?.text ?? '') !== 'kubelet') return undefined;
  const expected = readCommandLine(expectedWords(launch), releaseIn(installed.version));
  const isAll = !expected.hasUnknown && hasKnownVariables(installed, launch, manager);
  return changesBetween(running, expected, isAll);
}

function releaseIn(version: string | undefined) {
  return version === undefined ? undefined : releaseOf(version);
}

/** The command line of the one process that is a kubelet; undefined if none is, as for one in a container. */
export function runningCommandLine(
  processes: readonly (readonly string[])[],
  version: string | undefined,
): CommandLine | undefined {
  const words = processes.map(argumentsOf).find((found) => found !== undefined);
  return (
    words &&
    readCommandLine(
      words.map((text) => ({ text, by: '' })),
      releaseIn(version),
    )
  );
}

/**
 * The arguments of a process that is a kubelet: `kubelet …`, `hyperkube kubelet …`, `bash /usr/bin/kubelet
 * …`.
 */
function argumentsOf([program = '', second = '', ...rest]: readonly string[]): readonly string[] | undefined {
  const [name, next] = [lastNameOf(program), lastNameOf(second)];
  if (name === 'kubelet') return second === '' && rest.length === 0 ? [] : [second, ...rest];
  const isPassing = name === 'hyperkube' || /^(ba|da|z|k)?sh$/.test(name);
  return isPassing && next === 'kubelet' ? rest : undefined;
}

/** Of a script for a shell, a word with special characters is known to the shell alone. */
function expectedWords({ words, kubelet }: Launch): readonly ExpandedWord[] {
  const given = kubelet.slice(1);
  const script = shellScript(words);
  if (script === undefined) return given;
  return given.map(({ text, by }) => ({
    text: text !== undefined && (by !== script.by || isPlainWord(text)) ? text : undefined,
    by,
  }));
}

/** A variable that no file sets may come from systemd itself, or from its own environment. */
function hasKnownVariables({ texts }: InstalledKubelet, { command, variables }: Launch, manager: readonly string[] | undefined) {
  const used = (command?.words ?? []).flatMap((word) =>
    [...word.matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)/g)].map(([, name]) => name),
  );
  const passed = texts
    .flatMap(({ content }) => valuesOf(content, 'Service', 'PassEnvironment'))
    .flatMap((names) => names.split(/\s+/));
  const foreign = (name: string) => passed.includes(name) || !manager || manager.some((one) => one.startsWith(`${name}=`));
  return used.every((name = '') => variables.has(name) || !foreign(name));
}

/**
 * @param isAll false if the unit may give more than is known: then only what is missing from the kubelet
 * is told
 */
function changesBetween(running: CommandLine, expected: CommandLine, isAll: boolean): FlagChange[] {
  const names = [...new Set([...running.flags, ...expected.flags].map(({ name }) => name))].sort();
  return names.flatMap((name): FlagChange[] => {
    const [from, to] = [valuesIn(running, name), valuesIn(expected, name)];
    const isChanged = isAll ? !isDeepStrictEqual(from, to) : from === undefined;
    if (!isChanged || to?.includes('?')) return [];
    return [{ name: `--${name}`, from, to, by: expected.flags.findLast((flag) => flag.name === name)?.by }];
  });
}

function valuesIn({ flags }: CommandLine, name: string): readonly string[] | undefined {
  const found = flags.filter((flag) => flag.name === name).map(({ value = '?' }) => value);
  return found.length === 0 ? undefined : found;
}
