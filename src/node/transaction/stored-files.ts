/**
 * The stored files: our copies of the files from before a change, and of the desired ones. A copy is used
 * only if its checksum is the one in the record; otherwise it counts as missing.
 */

import { type Originals, type RecordedFile, type RecordedState, sha256 } from '../model/record.ts';
import { HostFileError, type HostFiles } from '../ports/files.ts';
import { committedPath, stateDirectory } from './state-directory.ts';
import { privateFile } from './state-file.ts';

/**
 * Reads a desired file of a committed transaction.
 *
 * @throws HostFileError if the copy is damaged or missing
 */
export function readCommitted(files: HostFiles, sequence: number, { path, after }: RecordedFile): Promise<Buffer> {
  return bytes(files, committedPath(sequence, `/files${path}`), after);
}

/**
 * Reads the file that a committed transaction found at this path.
 *
 * @throws HostFileError if the copy is damaged or missing
 */
export function readCommittedPreImage(files: HostFiles, sequence: number, { path, before }: RecordedFile): Promise<Buffer> {
  return bytes(files, committedPath(sequence, `/pre${path}`), before);
}

/**
 * Reads a file that was on the host before kubelet-config.
 *
 * @throws HostFileError if the copy is damaged or missing
 */
export function readOriginal(files: HostFiles, state: Extract<RecordedState, { kind: 'File' }>): Promise<Buffer> {
  return bytes(files, `${stateDirectory}/originals/${state.sha256}`, state);
}

/**
 * Stores the pre-image of a path as its original, if it is the original: that is so the first time a path is
 * managed.
 *
 * @throws HostFileError
 */
export async function keepOriginal(files: HostFiles, originals: Originals, path: string, content: Buffer): Promise<void> {
  const original = originals.files.find((file) => file.path === path)?.state;
  if (original?.kind !== 'File' || original.sha256 !== sha256(content)) return;
  const place = `${stateDirectory}/originals/${original.sha256}`;
  const found = await files.read(place);
  if (found.kind !== 'File' || !found.content.equals(content)) await files.write(place, privateFile(content));
}

/** Reads a stored file, and compares its checksum with the recorded one. */
async function bytes(files: HostFiles, path: string, state: RecordedState): Promise<Buffer> {
  const found = await files.read(path);
  if (found.kind === 'File' && state.kind === 'File' && sha256(found.content) === state.sha256) return found.content;
  const reason = `the stored file ${path} is ${found.kind === 'File' ? 'damaged' : 'missing'}`;
  const remedy = 'restore it from a backup, or restore by hand the file on the host that it is a copy of';
  throw new HostFileError('InputOutput', path, reason, remedy);
}
