/** A person has gone back to an earlier revision, and it is to stay until the objects change or the person says so: `kubelet-config rollback`. */

import type { Pin } from '../model/pin.ts';
import type { HostFiles } from '../ports/files.ts';
import { forget } from './open-transaction.ts';
import { stateDirectory } from './state-directory.ts';
import { DamagedState, readState, stateFile } from './state-file.ts';

const pinFile = `${stateDirectory}/pin.json`;

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
