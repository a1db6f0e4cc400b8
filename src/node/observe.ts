/** Reads from a host what the next decision needs, and nothing else. */

import { readThrough } from './follow.ts';
import { type FileState, HostFileError, type HostFiles, type Systemd } from './host.ts';
import { type DropIn, type Observed, unitPath } from './plan.ts';
import { type FoundState, readPolicyState } from './policy-states.ts';

export interface ToObserve {
  readonly paths: Iterable<string>;
  readonly policyStates: Iterable<string>;
  readonly unit: string;
}

export async function observe({ paths, policyStates, unit }: ToObserve, files: HostFiles, systemd: Systemd): Promise<Observed> {
  const found = new Map<string, FileState>();
  for (const path of new Set([...paths, unitPath(unit)])) found.set(path, await files.read(path));
  const states = new Map<string, FoundState>();
  for (const path of new Set(policyStates)) states.set(path, await readPolicyState(files, path));
  return {
    files: found,
    policyStates: states,
    unit: await systemd.status(unit),
    vendorUnit: await hasVendorUnit(unit, files),
    dropIns: await readDropIns(unit, files),
    systemdRuns: systemd.running,
  };
}

/** systemd.unit(5), "Unit File Load Path": of one name the first directory wins. */
export const unitDirectories = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];

async function readDropIns(unit: string, files: HostFiles): Promise<DropIn[]> {
  const byName = new Map<string, DropIn>();
  for (const directory of unitDirectories) {
    for (const name of await files.list(`${directory}/${unit}.d`)) {
      if (!name.endsWith('.conf') || name.startsWith('.') || byName.has(name)) continue;
      const path = `${directory}/${unit}.d/${name}`;
      byName.set(name, { path, content: await textOf(path, files) });
    }
  }
  return [...byName.values()];
}

/** systemd follows links; one to /dev/null hides a drop-in of that name. What is no file is nothing to systemd either. */
async function textOf(path: string, files: HostFiles): Promise<string> {
  try {
    return (await readThrough(files, path))?.toString() ?? '';
  } catch (error) {
    if (error instanceof HostFileError && error.code === 'NotAFile') return '';
    throw error;
  }
}

async function hasVendorUnit(unit: string, files: HostFiles): Promise<boolean> {
  for (const directory of unitDirectories.slice(1)) {
    if ((await files.read(`${directory}/${unit}`)).kind !== 'Absent') return true;
  }
  return false;
}
