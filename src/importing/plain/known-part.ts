/** What a group of plain files says of how a kubelet is started, and what it leaves open. Pure. */

import { type InstalledKubelet, type Launch, launchOf } from '../../kubelet/installed/installed.ts';
import type { PlainKubelet } from '../../kubelet/plain-kubelet.ts';
import { type CommandLine, readCommandLine } from '../../kubelet/settings/command-line.ts';
import { configurationPaths } from '../../kubelet/settings/settings.ts';
import { environmentFilesOf } from '../../systemd/environment.ts';
import { type ExpandedWord, expandCommand } from '../../systemd/service.ts';

/**
 * The files of one kubelet. `Assumed`: nobody gave the unit that starts it. `DropIn`: its configuration
 * is only a part of one.
 */
export interface PlainGroup {
  readonly installed: InstalledKubelet;
  readonly unit: 'Given' | 'Assumed' | 'DropIn';
}

/** What is known of how a kubelet is started. */
export interface KnownPart {
  readonly installed: InstalledKubelet;
  readonly launch: Launch;
  /** The flags that can be judged. */
  readonly commandLine: CommandLine;
  readonly kubelet: PlainKubelet;
  /** Files that the unit names, and that are not there. */
  readonly unknown: readonly string[];
  /** Whether everything is known that the rules of several fields judge by. */
  readonly hasConfiguration: boolean;
  /** Whether the command is one that we assume. */
  readonly isAssumed: boolean;
  /** The paths of the configuration and of its drop-ins, the one that counts most at the end. */
  readonly configurations: readonly string[];
}

/**
 * Takes away what cannot be judged: flags that name a file which nobody gave, and words with unknown
 * variables.
 */
export function knownPart({ installed, unit }: PlainGroup): KnownPart {
  const launch = launchOf(installed);
  const { texts, environmentFiles, configurationFiles, configurationDropIns } = installed;
  const environments = environmentFilesOf(texts).flatMap(({ path }) => (environmentFiles.has(path) ? [] : [path]));
  const commandLine = readCommandLine(knownWords(launch, installed.unit, environments.length > 0), undefined);
  const { main, directory } = configurationPaths({ ...launch, commandLine });
  const isMainKnown = main !== undefined && configurationFiles.has(main);
  const isDirectoryKnown = directory !== undefined && configurationDropIns.length > 0;
  const isWhole = unit === 'Given' && environments.length === 0 && !commandLine.hasUnknown;
  const flags = commandLine.flags.filter(
    ({ name }) => (name !== 'config' || isMainKnown) && (name !== 'config-dir' || isDirectoryKnown),
  );
  return {
    installed,
    launch,
    commandLine: { ...commandLine, flags },
    kubelet: {
      words: [...wordsOf({ ...commandLine, flags }), ...(isWhole ? [] : clientOf(flags))],
      read: (path) => configurationFiles.get(path),
      dropIns: () => configurationDropIns,
      workingDirectory: launch.workingDirectory,
    },
    unknown: [
      ...environments,
      ...(main !== undefined && !isMainKnown ? [main] : []),
      ...(directory !== undefined && !isDirectoryKnown ? [directory] : []),
    ],
    hasConfiguration: unit !== 'DropIn' && (isMainKnown || (main === undefined && isWhole)),
    isAssumed: unit !== 'Given',
    configurations: [...(isMainKnown ? [main] : []), ...(isDirectoryKnown ? configurationDropIns : [])],
  };
}

function wordsOf({ flags, rest }: CommandLine): string[] {
  const words = flags.flatMap(({ name, value }) => (value === undefined ? [] : [`--${name}=${value}`]));
  return [...words, ...(rest.length > 0 ? ['--', ...rest.flatMap(({ text }) => text ?? [])] : [])];
}

/** A kubelet of a cluster has a kubeconfig, wherever the flag for it stands. */
function clientOf(flags: CommandLine['flags']): string[] {
  const isGiven = flags.some(({ name }) => name === 'kubeconfig' || name === 'bootstrap-kubeconfig');
  return isGiven ? [] : ['--kubeconfig=/etc/kubernetes/kubelet.conf'];
}

const variable = /\$(?:\{([^}]{1,200})\}|([A-Za-z_][A-Za-z0-9_]*))/g;

function knownWords(
  { command, variables, kubelet, words: all }: Launch,
  unit: string,
  hasUnknown: boolean,
): readonly ExpandedWord[] {
  if (!command || !hasUnknown) return kubelet.slice(1);
  const isKnown = (word: string) => [...word.matchAll(variable)].every(([, braced, bare]) => variables.has(braced ?? bare ?? ''));
  const before = all.length - kubelet.length;
  const kept = command.words.filter((word, index) => {
    const next = command.words[index + 1] ?? '';
    const takesUnknown = word.startsWith('--') && !word.includes('=') && next.startsWith('${') && !isKnown(next);
    return index <= before || (isKnown(word) && !takesUnknown);
  });
  return expandCommand({ ...command, words: kept }, variables, unit).slice(before + 1);
}
