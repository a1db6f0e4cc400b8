/** A person has said that nothing is to be changed on this node for now: by a file on the host, or by an annotation of its Node. */

import { type Hold, holdFile } from '../model/hold.ts';
import { HostFileError, type HostFiles } from '../ports/files.ts';
import { readThrough } from '../ports/follow-links.ts';

/** Its first line says why. Whatever else stands there, a pipe or a directory, holds too. */
export async function readHold(files: HostFiles): Promise<Hold | undefined> {
  const held = (reason: string): Hold => ({
    by: holdFile,
    reason,
    release: '`kubelet-config hold --release`, or remove the file',
  });
  try {
    const content = await readThrough(files, holdFile);
    return content && held(content.toString().split('\n', 1)[0]?.trim() ?? '');
  } catch (error) {
    if (error instanceof HostFileError && error.code === 'NotAFile') return held('');
    throw error;
  }
}
