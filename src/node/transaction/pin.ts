/**
 * What commands on the node ask of its agent. The pin: `kubelet-config rollback` went back to an earlier
 * revision, which stays until the objects change or a person says so. The retry: `kubelet-config retry` while
 * the agent holds the lock.
 */

import type { Pin } from '../model/pin.ts';
import type { HostFiles } from '../ports/files.ts';
import { forget } from './open-transaction.ts';
import { stateDirectory } from './state-directory.ts';
import { ignoreDamage, readState, stateFile } from './state-file.ts';

const pinFile = `${stateDirectory}/pin.json`;

/** The pin; undefined if there is none, or if its file is damaged. @throws HostFileError */
export async function readPin(files: HostFiles): Promise<Pin | undefined> {
  return readState<Pin>(files, pinFile).catch(ignoreDamage);
}

/** Sets the pin; it replaces the one before. @throws HostFileError */
export async function writePin(files: HostFiles, pin: Pin): Promise<void> {
  await files.makeDirectory(stateDirectory, 0o700);
  await files.write(pinFile, stateFile(pin));
}

/** Removes the pin, if there is one. @throws HostFileError */
export async function removePin(files: HostFiles): Promise<void> {
  await files.remove(pinFile);
}

/**
 * Forgets what failed or was rolled back on this node, so that the next pass tries it again.
 *
 * @returns true if there was anything to forget
 * @throws HostFileError
 */
export async function forgetAll(files: HostFiles): Promise<boolean> {
  const pin = await readPin(files);
  await removePin(files);
  return (await forget(files)) || pin !== undefined;
}

const retryFile = `${stateDirectory}/retry`;

/**
 * Asks the agent, which holds the lock, to try again what failed or was rolled back.
 *
 * @throws HostFileError
 */
export async function askToRetry(files: HostFiles): Promise<void> {
  await files.write(retryFile, { mode: 0o600, uid: 0, gid: 0, content: Buffer.alloc(0) });
}

/**
 * Removes the request that `askToRetry` left.
 *
 * @returns true if there was one
 * @throws HostFileError
 */
export async function takeRetry(files: HostFiles): Promise<boolean> {
  if ((await files.read(retryFile)).kind === 'Absent') return false;
  await files.remove(retryFile);
  return true;
}

/** The paths of the files by which commands on the node ask something of the agent. */
export const requestFiles: readonly string[] = [pinFile, retryFile];
