/** What an upgrade does to the kubelet of a machine, whoever has set it up. */

import { openMachine } from '../../host/machine.ts';
import type { InstalledKubelet } from '../../kubelet/installed/installed.ts';
import type { Release } from '../../kubelet/release.ts';
import type { UpgradeFinding } from '../../kubelet/upgrade/finding.ts';
import { upgradeFindings } from '../../kubelet/upgrade/upgrade.ts';
import { ignoreHostFault } from '../../node/model/host-fault.ts';
import { type KubeletOfMachine, readKubelet, runningWords } from '../../node/pass/kubelet-of-machine.ts';
import { readMachineSize } from '../../node/ports/machine-for-rules.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { beginningAt, type Checked } from './checked.ts';
import { findingInFile } from './places.ts';

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
