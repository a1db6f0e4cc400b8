/**
 * One writer per machine: a socket in Linux's abstract namespace, named after the host's root directory. It vanishes with its
 * holder, however that dies, so there is no stale lock to break; and every container that uses the host's network sees it.
 */

import { statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { errnoOf, refusalOf } from './refusal.ts';

export class LockHeldError extends Error {
  override readonly name = 'LockHeldError';
  readonly root: string;
  /** What the reader should do. */
  readonly remedy: string;

  constructor(root: string, remedy: string, options?: ErrorOptions) {
    super(`another kubelet-config is changing the host at ${root}`, options);
    this.root = root;
    this.remedy = remedy;
  }
}

export interface Lock {
  release(): Promise<void>;
}

/** `sun_path` of unix(7). Node.js 20 pads a shorter abstract name to this length and newer ones don't: unpadded, they would not exclude each other. */
const nameLength = 108;

/**
 * Does not keep the process alive.
 * @throws LockHeldError when somebody else has it; HostFileError when the root is not there.
 */
export async function acquireLock(root: string): Promise<Lock> {
  const name = nameOf(root);
  const server = createServer((connection) => connection.destroy());
  server.unref();
  try {
    await listen(server, `\0${name}`.padEnd(nameLength, '\0'));
  } catch (error) {
    if (errnoOf(error) !== 'EADDRINUSE') throw refusalOf(error, root, 'lock');
    const remedy = `Wait until it is done, or stop it: \`ss -xlp | grep @${name}\` shows its process`;
    throw new LockHeldError(root, remedy, { cause: error });
  }
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** The same directory has the same numbers under every path that leads to it, be it `/` or `/proc/1/root`. */
function nameOf(root: string): string {
  try {
    const { dev, ino } = statSync(root, { bigint: true });
    return `kubelet-config/${dev}:${ino}`;
  } catch (error) {
    throw refusalOf(error, root, 'lock');
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
