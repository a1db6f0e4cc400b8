/** Our own files under the state directory: JSON that says by its checksum whether it is whole. They are written whole; disks are not always. */

import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { canonicalJson } from '../../api/json.ts';
import { HostFileError, type HostFiles, type NewFile } from '../ports/files.ts';

export class DamagedState extends HostFileError {}

interface Sealed {
  readonly checksum: string;
  readonly value: unknown;
}

export function privateFile(content: Buffer): NewFile {
  return { mode: 0o600, uid: 0, gid: 0, content };
}

export function stateFile(value: unknown): NewFile {
  const sealed: Sealed = { checksum: checksumOf(value), value };
  return privateFile(Buffer.from(`${JSON.stringify(sealed, null, 2)}\n`));
}

/** @throws DamagedState when it is there and not as it was written */
export async function readState<Shape>(files: HostFiles, path: string): Promise<Shape | undefined> {
  const state = await files.read(path);
  if (state.kind !== 'File') return undefined;
  const sealed = parsed(state.content.toString());
  if (sealed && sealed.checksum === checksumOf(sealed.value)) return sealed.value as Shape;
  const remedy = `look at what is beside it, then move the whole directory ${posix.dirname(path)} away; pre/ in it is what was there before`;
  throw new DamagedState('InputOutput', path, `our own record ${path} is damaged`, remedy);
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
