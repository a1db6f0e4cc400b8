/**
 * Our own files in the state directory: JSON with a checksum. We write them whole, but a disk may lose a part
 * of them later; the checksum shows that.
 */

import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { canonicalJson } from '../../api/json.ts';
import { HostFileError, type HostFiles, type NewFile } from '../ports/files.ts';

/** One of our own files is there, but its checksum is wrong or it is no JSON. */
export class DamagedState extends HostFileError {}

interface Sealed {
  readonly checksum: string;
  readonly value: unknown;
}

/** A file that only root may read: mode 0600, owned by root. */
export function privateFile(content: Buffer): NewFile {
  return { mode: 0o600, uid: 0, gid: 0, content };
}

/**
 * The file that `readState` reads: private, JSON, with a checksum.
 *
 * @param value anything that JSON can hold
 */
export function stateFile(value: unknown): NewFile {
  const sealed: Sealed = { checksum: checksumOf(value), value };
  return privateFile(Buffer.from(`${JSON.stringify(sealed, null, 2)}\n`));
}

/**
 * Reads what `stateFile` made. The shape is trusted: the checksum says that we wrote it.
 *
 * @returns undefined if there is no such file
 * @throws DamagedState if it is not as it was written; HostFileError if it cannot be read
 */
export async function readState<Shape>(files: HostFiles, path: string): Promise<Shape | undefined> {
  const state = await files.read(path);
  if (state.kind !== 'File') return undefined;
  const sealed = parsed(state.content.toString());
  if (sealed && sealed.checksum === checksumOf(sealed.value)) return sealed.value as Shape;
  const remedy = `look at the files beside it, then move the directory ${posix.dirname(path)} away; its pre/ holds the files from before the change`;
  throw new DamagedState('InputOutput', path, `our own record ${path} is damaged`, remedy);
}

/** For `catch`: a damaged file counts as absent. @throws every other error */
export function ignoreDamage(error: unknown): undefined {
  if (!(error instanceof DamagedState)) throw error;
}

function parsed(text: string): Sealed | undefined {
  try {
    const sealed: unknown = JSON.parse(text);
    return typeof sealed === 'object' && sealed !== null && 'checksum' in sealed && 'value' in sealed
      ? (sealed as Sealed)
      : undefined;
  } catch {
    return undefined;
  }
}

function checksumOf(value: unknown): string {
  return createHash('sha256')
    .update(canonicalJson(JSON.parse(JSON.stringify(value))))
    .digest('hex');
}
