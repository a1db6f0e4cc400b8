/** Who holds the lock of a machine. The lock is not taken: even for a moment that could stop an agent. */

import { readdir, readFile, readlink } from 'node:fs/promises';
import { holdingSocket } from './lock.ts';
import { errnoOf } from './refusal.ts';

export interface LockHolder {
  /** Process id as this program sees it; undefined if the holder is in another process namespace. */
  readonly pid: number | undefined;
}

/**
 * Asks the sockets of the lock, and looks up in the kernel's list whose socket it is.
 * @returns undefined if no program holds the lock
 * @throws HostFileError when the root does not exist, or its lock cannot be read
 */
export async function lockHolder(root: string): Promise<LockHolder | undefined> {
  const name = await holdingSocket(root);
  if (name === undefined) return undefined;
  const inode = socketInode(await readFile('/proc/net/unix', 'utf8'), name);
  return { pid: inode === undefined ? undefined : await processWith(`socket:[${inode}]`) };
}

/**
 * The inode of the listening socket of this name; undefined if there is none, as in another network
 * namespace. Each line has seven columns and the path, as the socket was bound: with a dot before its name.
 */
export function socketInode(table: string, name: string): string | undefined {
  for (const line of table.split('\n')) {
    const [, , , , , , inode, path = ''] = line.trim().split(/\s+/);
    if (path.endsWith(`/.${name}`)) return inode;
  }
  return undefined;
}

/** Of the processes that this one sees, the one that has such a descriptor open. */
async function processWith(descriptor: string): Promise<number | undefined> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) if (await hasOpen(`/proc/${pid}/fd`, descriptor)) return Number(pid);
  return undefined;
}

async function hasOpen(directory: string, descriptor: string): Promise<boolean> {
  const open = await readdir(directory).catch(gone([]));
  for (const name of open) if ((await readlink(`${directory}/${name}`).catch(gone(''))) === descriptor) return true;
  return false;
}

/** For `catch`: a process may end at any time, and one of another user cannot be looked into. */
function gone<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (errnoOf(error) === undefined) throw error;
    return instead;
  };
}
