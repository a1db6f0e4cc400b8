/**
 * Who listens at a TCP port, from the kernel's list of sockets: a port above 1023 is open to every user of
 * the machine, so an answer there says little without the user that gave it.
 */

import { closeSync, openSync, readSync } from 'node:fs';
import { isIP, SocketAddress } from 'node:net';
import { endianness } from 'node:os';
import type { HealthzEndpoint } from '../kubelet/healthz.ts';

/** One socket that listens. */
export interface Listener {
  /** The user who opened the socket, as this process counts users. */
  readonly uid: number;
  /** Names the socket until it is closed. */
  readonly inode: string;
}

/** Finds the socket that takes a connection to this endpoint; undefined if there is none. */
export type FindListener = (endpoint: HealthzEndpoint) => Listener | undefined;

interface Row extends Listener {
  readonly address: string;
}

/**
 * Looks in the network of this process, through which it also connects.
 *
 * @param directory `/proc/net`; tests give another one
 * @returns among sockets of several users the one that is not root's
 */
export function findListener({ address, port }: HealthzEndpoint, directory = '/proc/net'): Listener | undefined {
  const rows = [...rowsOf(`${directory}/tcp`, port), ...rowsOf(`${directory}/tcp6`, port)];
  for (const candidate of candidatesFor(address)) {
    const found = rows.filter((row) => row.address === candidate).sort((a, b) => b.uid - a.uid)[0];
    if (found) return { uid: found.uid, inode: found.inode };
  }
  return undefined;
}

/** The addresses that take the connection, the one that the kernel prefers first. */
function candidatesFor(address: string): string[] {
  if (isIP(address) === 0) return [];
  const exact = canonical(address);
  return isIP(address) === 4 ? [exact, `::ffff:${exact}`, '0.0.0.0', '::'] : [exact, '::'];
}

function canonical(address: string): string {
  return new SocketAddress({ address, family: isIP(address) === 6 ? 'ipv6' : 'ipv4' }).address;
}

/** The listening sockets of this port, in the format of proc(5), `/proc/net/tcp`. */
function rowsOf(file: string, port: number): Row[] {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return listeningLines(file).flatMap((line) => {
    const [, local = '', , , , , , uid = '', , inode = ''] = line.trim().split(/\s+/);
    return local.endsWith(ending) ? [{ address: addressOf(local.slice(0, -ending.length)), uid: Number(uid), inode }] : [];
  });
}

const listening = '0A';
/** Older kernels list connections that are being opened among the listening sockets. */
const opening = '03';

/**
 * The lines of listening sockets. They come first, so the rest is not read: a busy node has a hundred
 * thousand connections. A file that is not there, as without IPv6, has no lines.
 */
function listeningLines(file: string): string[] {
  const found: string[] = [];
  let rest = '';
  let isHeader = true;
  for (const chunk of chunksOf(file)) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const state = line.trim().split(/\s+/, 4)[3];
      if (!isHeader && state !== listening && state !== opening) return found;
      if (state === listening) found.push(line);
      isHeader = false;
    }
  }
  return found;
}

function* chunksOf(file: string): Generator<string> {
  const descriptor = opened(file);
  if (descriptor === undefined) return;
  const buffer = Buffer.alloc(65_536);
  try {
    for (let length = read(); length > 0; length = read()) yield buffer.toString('latin1', 0, length);
  } finally {
    closeSync(descriptor);
  }

  function read(): number {
    return readSync(descriptor as number, buffer);
  }
}

function opened(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') return undefined;
    throw error;
  }
}

/** The kernel prints each 32 bits of an address as one number of this machine. */
function addressOf(hexadecimal: string): string {
  const bytes = Buffer.from(hexadecimal, 'hex');
  if (endianness() === 'LE') bytes.swap32();
  if (bytes.length === 4) return bytes.join('.');
  return canonical(bytes.toString('hex').match(/.{4}/g)?.join(':') ?? '::');
}
