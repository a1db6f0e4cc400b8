/**
 * The sockets of the lock (lock.ts), as another program sees them: what answers there, and which of them
 * holds the lock.
 */

import { closeSync, lstatSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { rfc3339 } from '../loop/time.ts';
import { errnoOf, refusalOf } from './refusal.ts';
import { lockDirectory } from './trust.ts';
import { componentsOf, reach, within } from './walk.ts';

/** A program that is suspended does not answer, and still holds what it holds. */
const answerMilliseconds = 1_000;

/** What such a program answers. Unclear: it ended while it was asked, so it has to be asked again. */
export type Rival = 'Holds' | 'Waits' | 'Dead' | 'Unclear';

/** The socket of the program that holds the lock. */
export interface HoldingSocket {
  readonly name: string;
  /** When it was made, RFC 3339; undefined if it is gone by now. */
  readonly since: string | undefined;
}

/**
 * The socket of the program that holds the lock; undefined if none does. It takes nothing and changes
 * nothing.
 * @throws HostFileError when the root does not exist, or its lock cannot be read
 */
export async function holdingSocket(root: string): Promise<HoldingSocket | undefined> {
  const { directory, missing } = reach(root, componentsOf(lockDirectory), lockDirectory);
  try {
    if (missing.length > 0) return undefined;
    const names = readdirSync(within(directory, '.')).filter((name) => !name.startsWith('.'));
    for (const name of names) {
      const path = within(directory, name);
      if ((await answerAt(path)) === 'Holds') return { name, since: madeAt(path) };
    }
    return undefined;
  } catch (error) {
    throw errnoOf(error) === undefined ? error : refusalOf(error, lockDirectory, 'read');
  } finally {
    closeSync(directory);
  }
}

/** When a socket was made, which is when its program asked for the lock; undefined if it is gone. */
export function madeAt(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found && rfc3339(found.mtimeMs);
}

/** Asks the program behind a socket. A path without a program behind it is Dead. */
export function answerAt(path: string): Promise<Rival> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    let text = '';
    const end = (rival: Rival) => {
      socket.destroy();
      resolve(rival);
    };
    socket.setTimeout(answerMilliseconds, () => end('Holds'));
    socket.on('data', (bytes) => {
      text += bytes;
    });
    socket.on('end', () => end(text === 'Holds' || text === 'Waits' ? text : 'Unclear'));
    socket.on('error', (error) => end(meaningOf(errnoOf(error))));
  });
}

function meaningOf(errno: string | undefined): Rival {
  if (errno === 'ECONNREFUSED' || errno === 'ENOENT') return 'Dead';
  return errno === 'ECONNRESET' || errno === 'EPIPE' ? 'Unclear' : 'Holds';
}
