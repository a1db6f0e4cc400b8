/** What an upgrade does to the kubelet of a machine, whoever has set it up. */

import { type OpenMachine, openMachine } from '../../host/machine.ts';
import type { InstalledKubelet } from '../../kubelet/installed/installed.ts';
import { launchOf } from '../../kubelet/installed/installed.ts';
import type { PlainKubelet } from '../../kubelet/plain-kubelet.ts';
import type { Release } from '../../kubelet/release.ts';
import { configurationPaths } from '../../kubelet/settings/settings.ts';
import type { UpgradeFinding } from '../../kubelet/upgrade/finding.ts';
import { commandLineOfNextStart, type RunningWords } from '../../kubelet/upgrade/of-installed.ts';
import { upgradeFindings } from '../../kubelet/upgrade/upgrade.ts';
import { ignoreHostFault } from '../../node/model/host-fault.ts';
import { HostFileError } from '../../node/ports/files.ts';
import { readThrough } from '../../node/ports/follow-links.ts';
import { dropInsIn, readInstalledKubelet } from '../../node/ports/installed-kubelet.ts';
import { readMachineSize } from '../../node/ports/machine-for-rules.ts';
import type { ReadableFiles } from '../../node/ports/overlay.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { beginningAt, type Checked } from './checked.ts';
import { findingInFile, type SettingFiles } from './places.ts';

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
 * Checks the kubelet behind a root: with its process where one runs, else as its files say.
 * @param from the version to begin with, where the kubelet cannot be asked
 * @throws CommandFailure if there is no kubelet, or if nothing says its version
 */
export async function checkMachine(root: string, unit: string, from: string | undefined, to: Release): Promise<Checked> {
  const machine = await openMachine(root);
  try {
    const facts = await machine.facts({}, { unit, without: new Map() }).catch(ignoreHostFault);
    const version = facts?.installed?.version;
    const running = await runningWords(machine, unit);
    const found = await readKubelet(machine.files, unit, version, running);
    if (found.installed.texts.length === 0) throw noKubelet(root, unit, found.installed);
    const known = version ?? from;
    if (known === undefined) throw noVersion(root);
    const plain = { ...found.plain, machine: machine.systemd.running ? await readMachineSize(machine.files) : {} };
    return checkKubelet({ ...found, plain }, known, to);
  } finally {
    machine.close();
  }
}

async function runningWords({ systemd, processes }: OpenMachine, unit: string): Promise<RunningWords | undefined> {
  if (!systemd.running || !processes) return undefined;
  const found = (await processes(unit).catch(ignoreHostFault)) ?? undefined;
  const loaded = await systemd.loaded(unit).catch(ignoreHostFault);
  return found && { processes: found.map(({ words }) => words), managerEnvironment: loaded?.managerEnvironment };
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

/** The findings, with their places in the files of the machine. */
export function checkKubelet(found: KubeletOfMachine, version: string, to: Release): Checked {
  const { plain, installed, unread, files } = found;
  const beginning = beginningAt(version, to);
  const findings = upgradeFindings(plain, beginning.from, to);
  const known = findings.filter(({ place }) => !(place.kind === 'Field' && place.file !== undefined && unread.has(place.file)));
  const all = [...known, ...[...unread].map(([path, reason]) => unreadFile(path, reason, to))];
  return { name: installed.unit, ...beginning, findings: all.map((finding) => findingInFile(finding, files)) };
}

function unreadFile(path: string, reason: string, release: Release): UpgradeFinding {
  return {
    kind: 'CannotTell',
    place: { kind: 'Field', field: [], file: path },
    release,
    reason: `${path} cannot be read, so what it says was not compared: ${reason}`,
    remedy: 'run the command as root',
  };
}

function noKubelet(root: string, unit: string, { distribution }: InstalledKubelet): CommandFailure {
  const where = root === '/' ? 'this machine' : root;
  const reason = distribution
    ? `the kubelet of ${where} is a part of ${distribution} and has no unit, so its settings cannot be seen`
    : `${where} has no ${unit}`;
  return new CommandFailure(exitCodes.invalid, reason, 'name the unit of the kubelet with --unit, or objects with -f');
}

function noVersion(root: string): CommandFailure {
  const where = root === '/' ? 'this machine' : root;
  const reason = `nothing says which kubelet ${where} runs: it could not be asked`;
  return new CommandFailure(exitCodes.usage, reason, 'name its version, as in --from v1.36.2');
}
