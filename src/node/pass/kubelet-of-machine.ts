/**
 * Reads the kubelet of a machine as words and files, whoever has set it up: with the arguments of its process
 * where one runs, else as its files say.
 */

import { type InstalledKubelet, launchOf } from '../../kubelet/installed/installed.ts';
import type { PlainKubelet } from '../../kubelet/plain-kubelet.ts';
import type { CommandLine } from '../../kubelet/settings/command-line.ts';
import { configurationPaths } from '../../kubelet/settings/settings.ts';
import { commandLineOfNextStart, type RunningWords } from '../../kubelet/upgrade/of-installed.ts';
import { ignoreHostFault } from '../model/host-fault.ts';
import type { Machine } from '../model/machine.ts';
import { HostFileError } from '../ports/files.ts';
import { readThrough } from '../ports/follow-links.ts';
import { dropInsIn, readInstalledKubelet } from '../ports/installed-kubelet.ts';
import type { ReadableFiles } from '../ports/overlay.ts';

/** The texts in which settings stand. */
export interface SettingFiles {
  readonly commandLine: CommandLine;
  /** Of the configuration, in the order in which they count. */
  readonly configuration: ReadonlyMap<string, string>;
  /** The unit, its drop-ins, its environment files. */
  readonly unit: ReadonlyMap<string, string>;
}

/** The kubelet of a machine, as it was read. */
export interface KubeletOfMachine {
  readonly plain: PlainKubelet;
  readonly installed: InstalledKubelet;
  /** Where its settings stand. */
  readonly files: SettingFiles;
  /** What could not be read, by path. */
  readonly unread: ReadonlyMap<string, string>;
}

/**
 * Reads the kubelet that the unit starts. A file that cannot be read is none of its settings, and is named.
 * @throws HostFileError if the unit itself cannot be read
 */
export async function readKubelet(
  host: ReadableFiles,
  unit: string,
  version: string | undefined,
  running: RunningWords | undefined,
): Promise<KubeletOfMachine> {
  const unread = new Map<string, string>();
  const files = tolerant(host, unread);
  const installed = await readInstalledKubelet(files, unit, version);
  const commandLine = commandLineOfNextStart(installed, running);
  const launch = launchOf(installed);
  // Only the process may know which files it reads.
  const { main, directory } = configurationPaths({ ...launch, commandLine });
  const dropIns = directory === undefined ? undefined : await dropInsIn(files, directory, 'MayBeLink').catch(ignoreHostFault);
  const texts = new Map(installed.configurationFiles);
  for (const path of [...(main === undefined ? [] : [main]), ...(dropIns ?? [])]) {
    if (texts.has(path)) continue;
    const text = (await readThrough(files, path).catch(ignoreHostFault))?.toString();
    if (text !== undefined) texts.set(path, text);
  }
  const plain: PlainKubelet = {
    words: [],
    commandLine,
    read: (path) => texts.get(path),
    dropIns: () => dropIns?.filter((path) => texts.has(path)),
    workingDirectory: launch.workingDirectory,
  };
  const configuration = [...(main === undefined ? [] : [main]), ...(dropIns ?? [])].flatMap((path): [string, string][] => {
    const text = texts.get(path);
    return text === undefined ? [] : [[path, text]];
  });
  const unitTexts = installed.texts.map(({ path, content }): [string, string] => [path, content]);
  const places = {
    commandLine,
    configuration: new Map(configuration),
    unit: new Map([...unitTexts, ...installed.environmentFiles]),
  };
  return { plain, installed, files: places, unread };
}

function tolerant(files: ReadableFiles, unread: Map<string, string>): ReadableFiles {
  return {
    list: (directory) => files.list(directory),
    read: async (path) => {
      try {
        return await files.read(path);
      } catch (error) {
        if (!(error instanceof HostFileError) || ['NotAFile', 'PathThroughFile'].includes(error.code)) throw error;
        unread.set(path, error.message);
        return { kind: 'Absent' };
      }
    },
  };
}

/** What is to be seen of the kubelet that runs; undefined where no systemd runs. */
export async function runningWords(
  { systemd, processes }: Pick<Machine, 'systemd' | 'processes'>,
  unit: string,
): Promise<RunningWords | undefined> {
  if (!systemd.running || !processes) return undefined;
  const found = (await processes(unit).catch(ignoreHostFault)) ?? undefined;
  const loaded = await systemd.loaded(unit).catch(ignoreHostFault);
  return found && { processes: found.map(({ words }) => words), managerEnvironment: loaded?.managerEnvironment };
}
