/** Reads from a host what the next decision needs. */

import { vendorDirectories } from '../../systemd/load-path.ts';
import type { Machine } from '../model/machine.ts';
import type { Observed } from '../model/observed.ts';
import type { FoundState } from '../model/policy-state.ts';
import { readDropIns, readHiddenDropIns } from '../ports/drop-ins.ts';
import type { FileState, HostFiles } from '../ports/files.ts';
import { type Systemd, SystemdError } from '../ports/systemd.ts';
import { readPolicyState } from './policy-states.ts';

/** The part of `Observed` that can be read before it is known which files are desired. */
export type ObservedUnit = Omit<Observed, 'files' | 'policyStates'>;

/**
 * Reads the state of the unit and of its drop-ins.
 *
 * @throws HostFileError, SystemdError
 */
export async function observeUnit(unit: string, files: HostFiles, systemd: Systemd): Promise<ObservedUnit> {
  return {
    unit: await systemd.status(unit),
    vendorUnit: await hasVendorUnit(unit, files),
    dropIns: await readDropIns(files, unit),
    hiddenDropIns: await readHiddenDropIns(files, unit),
    systemdRuns: systemd.running,
  };
}

/** The paths of files, and of the kubelet's state files, that are to be read. */
export interface PathsToObserve {
  readonly paths: readonly string[];
  readonly policyStates: readonly string[];
}

export type ObservedFiles = Pick<Observed, 'files' | 'policyStates'>;

/**
 * Reads each path once.
 *
 * @param known what has been read before; it is part of the result
 * @throws HostFileError if a path cannot be read, or is neither a file nor a symlink
 */
export async function observeFiles(
  { paths, policyStates }: PathsToObserve,
  files: HostFiles,
  known?: ObservedFiles,
): Promise<ObservedFiles> {
  const found = new Map<string, FileState>(known?.files);
  for (const path of paths) if (!found.has(path)) found.set(path, await files.read(path));
  const states = new Map<string, FoundState>(known?.policyStates);
  for (const path of policyStates) if (!states.has(path)) states.set(path, await readPolicyState(files, path));
  return { files: found, policyStates: states };
}

/**
 * Reads the unit, then the files that we manage: a unit file that somebody removes in between is missing, and
 * is written again. The other way round it would look intact and not enabled, and systemd enables no unit
 * without a file. If systemd refuses to tell of the unit, what is wrong with a file is the better reason.
 *
 * @throws HostFileError, SystemdError
 */
export async function observeManaged(
  unit: string,
  paths: PathsToObserve,
  { files, systemd }: Pick<Machine, 'files' | 'systemd'>,
): Promise<{ readonly seen: ObservedUnit; readonly ours: ObservedFiles }> {
  try {
    const seen = await observeUnit(unit, files, systemd);
    return { seen, ours: await observeFiles(paths, files) };
  } catch (error) {
    if (error instanceof SystemdError) await observeFiles(paths, files);
    throw error;
  }
}

async function hasVendorUnit(unit: string, files: HostFiles): Promise<boolean> {
  for (const directory of vendorDirectories) {
    if ((await files.read(`${directory}/${unit}`)).kind !== 'Absent') return true;
  }
  return false;
}
