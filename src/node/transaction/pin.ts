/**
 * What people ask of this node. A command on the host leaves the request in one file, which only the last
 * request keeps; the next pass, of an agent or of a command, takes it. The pin is what remains of a rollback.
 */

import type { Asked } from '../model/asked.ts';
import type { Pin } from '../model/pin.ts';
import type { HostFiles } from '../ports/files.ts';
import { forget } from './open-transaction.ts';
import { stateDirectory } from './state-directory.ts';
import { ignoreDamage, readState, stateFile } from './state-file.ts';

const pinFile = `${stateDirectory}/pin.json`;
const askedFile = `${stateDirectory}/asked.json`;
/** The request that a pass is carrying out. It is left if that pass dies, and is then carried out again. */
const takenFile = `${stateDirectory}/taken.json`;
/** Empty; an earlier build asked for a retry by it. */
const retryFile = `${stateDirectory}/retry`;

/** The paths of the files by which commands on the node ask something of the agent. */
export const requestFiles: readonly string[] = [askedFile, pinFile, retryFile];

/** The pin; undefined if there is none, or if its file is damaged. @throws HostFileError */
export async function readPin(files: HostFiles): Promise<Pin | undefined> {
  return readState<Pin>(files, pinFile).catch(ignoreDamage);
}

/** Sets the pin, or removes it if `pin` is undefined. @throws HostFileError */
export async function writePin(files: HostFiles, pin: Pin | undefined): Promise<void> {
  if (pin === undefined) return files.remove(pinFile);
  await files.makeDirectory(stateDirectory, 0o700);
  await files.write(pinFile, stateFile(pin));
}

/**
 * Forgets what failed or was rolled back on this node, so that the next pass tries it again.
 *
 * @throws HostFileError
 */
export async function forgetAll(files: HostFiles): Promise<void> {
  await writePin(files, undefined);
  await forget(files);
}

/** Leaves a request for the next pass; it replaces the one before. @throws HostFileError */
export async function ask(files: HostFiles, asked: Asked): Promise<void> {
  await files.makeDirectory(stateDirectory, 0o700);
  await files.write(askedFile, stateFile(asked));
}

/** The request that no pass has carried out yet. @throws HostFileError */
export async function readAsked(files: HostFiles): Promise<Asked | undefined> {
  return (await readRequest(files, askedFile)) ?? (await readRequest(files, takenFile)) ?? (await readRetry(files));
}

/** Undefined for a file that is damaged or of a newer build: it asks nothing. */
async function readRequest(files: HostFiles, path: string): Promise<Asked | undefined> {
  const asked = await readState<Asked>(files, path).catch(ignoreDamage);
  return asked?.kind === 'Rollback' || asked?.kind === 'Retry' ? asked : undefined;
}

async function readRetry(files: HostFiles): Promise<Asked | undefined> {
  if ((await files.read(retryFile)).kind === 'Absent') return undefined;
  return { kind: 'Retry', by: 'a person', at: 'an unknown time' };
}

/**
 * Takes the request, so that a later one is not lost. The caller calls `removeTaken` when it is carried out.
 *
 * @throws HostFileError
 */
export async function takeAsked(files: HostFiles): Promise<Asked | undefined> {
  if ((await files.read(askedFile)).kind !== 'Absent') await files.rename(askedFile, takenFile);
  return (await readRequest(files, takenFile)) ?? (await readRetry(files));
}

/** Removes the request that `takeAsked` has taken. @throws HostFileError */
export async function removeTaken(files: HostFiles): Promise<void> {
  await files.remove(takenFile);
  await files.remove(retryFile);
}
