/** The hold: a person stops all changes on this node, by a file on the host or an annotation of its Node. */

import { type Hold, holdFile, readHoldText } from '../model/hold.ts';
import { HostFileError, type HostFiles } from '../ports/files.ts';
import { readThrough } from '../ports/follow-links.ts';

/**
 * Reads the hold of the file on the host; its first line is the reason, the
 * second one says who and since when. A pipe or a directory at that path
 * holds too.
 *
 * @returns undefined if there is no such file
 * @throws HostFileError
 */
export async function readHold(files: HostFiles): Promise<Hold | undefined> {
  const held = (text: string): Hold => ({
    by: holdFile,
    ...readHoldText(text),
    release: '`kubelet-config hold --release`, or remove the file',
  });
  try {
    const content = await readThrough(files, holdFile);
    return content && held(content.toString());
  } catch (error) {
    if (error instanceof HostFileError && error.code === 'NotAFile') return held('');
    throw error;
  }
}
