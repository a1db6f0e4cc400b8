/** The files of a host for commands that need nothing else of it. */

import { openHostFiles } from '../../host/files.ts';
import type { HostFiles } from '../../node/ports/files.ts';

/** Whoever is not root works on an image of his own: on a machine that runs he can read none of our records. */
export function hostFilesOf(root: string): HostFiles {
  return openHostFiles(root, { ownership: process.getuid?.() === 0 ? 'Exact' : 'AsRoot' });
}
