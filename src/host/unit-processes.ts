/**
 * The processes of a unit: systemd names them, whatever control group they are in below the unit's, and the
 * host's /proc in the root has their command lines.
 */

import type { UnitProcess } from '../node/model/machine.ts';
import { HostFileError, type HostFiles } from '../node/ports/files.ts';
import { SystemdError } from '../node/ports/systemd.ts';
import type { SystemdBus } from './systemd-bus.ts';

/**
 * Reads every process of a unit. systemd's own text of a command line is used only where /proc is not the
 * host's, and only if its words are beyond doubt.
 *
 * @returns empty for a unit without processes, or if systemd is too old to name them (before 238)
 * @throws SystemdError
 */
export async function readUnitProcesses(bus: SystemdBus, files: HostFiles, unit: string): Promise<readonly UnitProcess[]> {
  const processes: UnitProcess[] = [];
  for (const [, pid, text] of await namedProcesses(bus, unit)) {
    const words = (await wordsInProc(files, pid)) ?? plainWords(text);
    if (words.length > 0) processes.push({ pid, words });
  }
  return processes;
}

type NamedProcess = readonly [controlGroup: string, pid: number, commandLine: string];

async function namedProcesses(bus: SystemdBus, unit: string): Promise<readonly NamedProcess[]> {
  try {
    const [found] = await bus.call({ member: 'GetUnitProcesses', signature: 's', body: [unit] });
    return found as readonly NamedProcess[];
  } catch (error) {
    if (error instanceof SystemdError && error.code === 'Refused') return [];
    throw error;
  }
}

/** Undefined if /proc has no such process, or cannot be read. */
async function wordsInProc(files: HostFiles, pid: number): Promise<readonly string[] | undefined> {
  try {
    const found = await files.read(`/proc/${pid}/cmdline`);
    return found.kind === 'File' && found.content.length > 0 ? found.content.toString().split('\0').slice(0, -1) : undefined;
  } catch (error) {
    if (!(error instanceof HostFileError)) throw error;
    return undefined;
  }
}

/** systemd joins the words by blanks, and quotes or cuts what is not plain. */
function plainWords(text: string): readonly string[] {
  return /^[\w@%+=:,./ -]*$/.test(text) ? text.split(' ').filter((word) => word !== '') : [];
}
