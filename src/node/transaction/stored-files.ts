/** Our copies of the bytes that were there, or are to be there: what a record says that they are, they are, or we do not have them. */

import { type Originals, type RecordedFile, type RecordedState, sha256 } from '../model/record.ts';
import { HostFileError, type HostFiles } from '../ports/files.ts';
import { committedPath, stateDirectory } from './state-directory.ts';
import { privateFile } from './state-file.ts';

/** The bytes of a committed revision's file, of what it found, or of an original. */
export function readCommitted(files: HostFiles, sequence: number, { path, after }: RecordedFile): Promise<Buffer> {
  return bytes(files, committedPath(sequence, `/files${path}`), after);
}

export function readCommittedPreImage(files: HostFiles, sequence: number, { path, before }: RecordedFile): Promise<Buffer> {
  return bytes(files, committedPath(sequence, `/pre${path}`), before);
}

export function readOriginal(files: HostFiles, state: Extract<RecordedState, { kind: 'File' }>): Promise<Buffer> {
  return bytes(files, `${stateDirectory}/originals/${state.sha256}`, state);
}

/** Only when the pre-image is the original, which it is the first time a path is managed. */
export async function keepOriginal(files: HostFiles, originals: Originals, path: string, content: Buffer): Promise<void> {
  const original = originals.files.find((file) => file.path === path)?.state;
  if (original?.kind !== 'File' || original.sha256 !== sha256(content)) return;
  const place = `${stateDirectory}/originals/${original.sha256}`;
  const found = await files.read(place);
  if (found.kind !== 'File' || !found.content.equals(content)) await files.write(place, privateFile(content));
}

/** What one of our own records says that the bytes are, they are, or we do not have them. */
async function bytes(files: HostFiles, path: string, state: RecordedState): Promise<Buffer> {
  const found = await files.read(path);
  if (found.kind === 'File' && state.kind === 'File' && sha256(found.content) === state.sha256) return found.content;
  const reason = `our own copy ${path} is ${found.kind === 'File' ? 'damaged' : 'missing'}`;
  const remedy = 'bring it back from a backup, or put the file that it is a copy of in order by hand';
  throw new HostFileError('InputOutput', path, reason, remedy);
}
