/** From --root to the files of that host, and to its lock. */

import { openHostFiles } from '../../host/files.ts';
import { acquireLock, type Lock, LockHeldError } from '../../host/lock.ts';
import { checkOwnDirectories } from '../../host/trust.ts';
import type { HostFiles } from '../../node/ports/files.ts';

/**
 * The files of a host, for commands that need nothing else of it. A user who is not root works on an image of
 * their own, so files are taken as if they belonged to root: on a running machine, our records are readable
 * by root alone.
 * @throws HostFileError OthersMayWrite: what stands in the state directory may not be ours
 */
export function hostFilesOf(root: string): HostFiles {
  checkOwnDirectories(root);
  return openHostFiles(root, { ownership: process.getuid?.() === 0 ? 'Exact' : 'AsRoot' });
}

/**
 * Undefined if another process holds the lock: the agent of this host, which then does what a command leaves
 * for it.
 */
export function lockUnlessHeld(root: string): Promise<Lock | undefined> {
  return acquireLock(root).catch((error: unknown) => {
    if (!(error instanceof LockHeldError)) throw error;
    return undefined;
  });
}
