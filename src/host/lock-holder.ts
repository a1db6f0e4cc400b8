/** Who holds the lock of a machine. The lock is not taken: even for a moment that could stop an agent. */

import { readdirSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { cut } from '../text/cut.ts';
import { foreignText } from '../text/foreign-text.ts';
import { holdingSocket } from './lock-socket.ts';
import { errnoOf } from './refusal.ts';

export interface LockHolder {
  /** The name of its socket in the directory of the lock. */
  readonly socket: string;
  /** Process id as this program sees it; undefined if the holder is in another process namespace. */
  readonly pid: number | undefined;
  /** Its command line, fit to be shown; undefined without a process id. */
  readonly command?: string;
  /** When it began to ask for the lock, RFC 3339. */
  readonly since?: string;
}

/** As long as a line of a terminal, with the words around it. */
const commandLimit = 120;

/**
 * Asks the sockets of the lock, and looks up in the kernel's list whose socket it is.
 * @returns undefined if no program holds the lock
 * @throws HostFileError when the root does not exist, or its lock cannot be read
 */
export async function lockHolder(root: string): Promise<LockHolder | undefined> {
  const held = await holdingSocket(root);
  return held && holderBehind(held.name, held.since);
}

/** The program behind a socket of the lock, which is not asked for it: it may be suspended. */
export async function holderBehind(socket: string, since: string | undefined): Promise<LockHolder> {
  const inode = socketInode(await readFile('/proc/net/unix', 'utf8'), socket);
  const pid = inode === undefined ? undefined : processWith(`socket:[${inode}]`);
  const command = pid === undefined ? undefined : await commandOf(pid);
  return { socket, pid, ...(command !== undefined && { command }), ...(since !== undefined && { since }) };
}

/** In words: `process 4711 (node kubelet-config agent), since 2026-01-31T09:00:00Z`. */
export function describeHolder({ pid, command, since }: LockHolder): string {
  const process = pid === undefined ? 'its process cannot be seen from here' : `process ${pid}`;
  return `${process}${command === undefined ? '' : ` (${command})`}${since === undefined ? '' : `, since ${since}`}`;
}

/** Of `flags` in the kernel's list: the socket listens (`__SO_ACCEPTCON`). */
const listens = '00010000';

/**
 * The inode of the listening socket of this name; undefined if there is none, as in another network
 * namespace. Each line has seven columns and the path, as the socket was bound: with a dot before its name.
 * A connection to it has the same path, and is gone in a moment.
 */
export function socketInode(table: string, name: string): string | undefined {
  for (const line of table.split('\n')) {
    const [, , , flags, , , inode, path = ''] = line.trim().split(/\s+/);
    if (flags === listens && path.endsWith(`/.${name}`)) return inode;
  }
  return undefined;
}

/** Of the processes that this one sees, the one that has such a descriptor open. */
function processWith(descriptor: string): number | undefined {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = pids.find((pid) => hasOpen(`/proc/${pid}/fd`, descriptor));
  return found === undefined ? undefined : Number(found);
}

/** Synchronous: a node has tens of thousands of descriptors, and waiting for each costs ten times as much. */
function hasOpen(directory: string, descriptor: string): boolean {
  const open = unlessGone(() => readdirSync(directory)) ?? [];
  return open.some((name) => unlessGone(() => readlinkSync(`${directory}/${name}`)) === descriptor);
}

/** The words of its command line; undefined if it has ended. */
async function commandOf(pid: number): Promise<string | undefined> {
  const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const line = foreignText(words.replaceAll('\0', ' ').replaceAll('\n', ' ')).trim();
  return line === '' ? undefined : cut(line, commandLimit);
}

/** A process may end at any time, and one of another user cannot be looked into. */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
