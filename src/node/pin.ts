/** A person has gone back to an earlier revision, and it is to stay until the objects change or the person says so: `kubelet-config rollback`. */

import type { Problem } from '../api/problem.ts';
import type { Wanted } from './action.ts';
import type { HostFiles } from './host.ts';
import type { Journal } from './journal.ts';
import { forget } from './open-transaction.ts';
import type { TransactionRecord } from './record.ts';
import { stateDirectory } from './state-directory.ts';
import { DamagedState, readState, stateFile } from './state-file.ts';

const pinFile = `${stateDirectory}/pin.json`;

export interface Pin {
  /** Ids of the inputs that the person has gone back from: as long as they are wanted, the pin holds. */
  readonly inputs: readonly string[];
  /** Id of the revision gone back to. */
  readonly revision: string;
}

/** A damaged one counts as none, like every record of ours. */
export async function readPin(files: HostFiles): Promise<Pin | undefined> {
  return readState<Pin>(files, pinFile).catch((error: unknown) => {
    if (!(error instanceof DamagedState)) throw error;
    return undefined;
  });
}

export async function writePin(files: HostFiles, pin: Pin): Promise<void> {
  await files.makeDirectory(stateDirectory, 0o700);
  await files.write(pinFile, stateFile(pin));
}

export async function removePin(files: HostFiles): Promise<void> {
  await files.remove(pinFile);
}

/** What it makes of what is wanted. A source that cannot say what it wants changes nothing: the pin holds. */
export function heeding(
  pin: Pin | undefined,
  wanted: Wanted,
  { committed }: Journal,
  history: readonly TransactionRecord[],
): Wanted {
  if (!pin || !isHeld(pin, wanted, committed)) return wanted;
  const record = history.find(({ revision }) => revision === pin.revision);
  const problems = [...(wanted.kind === 'Unknown' ? wanted.problems : []), record ? rolledBack(pin) : lost(pin)];
  return record ? { kind: 'Pinned', record, problems } : { kind: 'Unknown', problems };
}

/** Void once something else is wanted than what was gone back from. */
export function isHeld({ inputs }: Pin, wanted: Wanted, committed: TransactionRecord | undefined): boolean {
  switch (wanted.kind) {
    case 'Revision':
      return inputs.includes(wanted.inputs.id);
    case 'Committed':
      return committed?.inputs != null && inputs.includes(committed.inputs.id);
    case 'Unknown':
    case 'Pinned':
      return true;
    case 'Originals':
      return false;
    default:
      return wanted satisfies never;
  }
}

function rolledBack({ revision }: Pin): Problem {
  return {
    severity: 'error',
    code: 'RolledBack',
    path: [],
    reason: `a person went back to revision ${revision}, and the objects still want what was gone back from`,
    remedy: 'correct or withdraw the objects, or have them tried again: kubelet-config retry, on the node',
  };
}

function lost({ revision }: Pin): Problem {
  return {
    severity: 'error',
    code: 'RolledBack',
    path: [],
    reason: `a person went back to revision ${revision}, of which nothing readable is left on this node`,
    remedy: 'kubelet-config history shows what there is; kubelet-config retry goes forward again',
  };
}

/** What failed, and what was gone back from: then it is tried again. @returns whether there was anything */
export async function forgetAll(files: HostFiles): Promise<boolean> {
  const pin = await readPin(files);
  await removePin(files);
  return (await forget(files)) || pin !== undefined;
}

const retryFile = `${stateDirectory}/retry`;

/** The wish that what has failed, or was gone back from, is tried again: for whoever holds the lock. */
export async function askToRetry(files: HostFiles): Promise<void> {
  await files.write(retryFile, { mode: 0o600, uid: 0, gid: 0, content: Buffer.alloc(0) });
}

/** @returns whether somebody has asked for it; from then on nobody has */
export async function takeRetry(files: HostFiles): Promise<boolean> {
  if ((await files.read(retryFile)).kind === 'Absent') return false;
  await files.remove(retryFile);
  return true;
}

/** What commands on the node leave for the agent that holds its lock. */
export const wishes: readonly string[] = [pinFile, retryFile];
