/**
 * Lets one program at a time change a machine. The lock is a socket in Linux's abstract namespace, named
 * after the host's root directory. It vanishes when its holder dies, so there are no stale locks. Every
 * container that uses the host's network sees it.
 */

import { statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { errnoOf, refusalOf } from './refusal.ts';

/** Another program holds the lock. */
export class LockHeldError extends Error {
  override readonly name = 'LockHeldError';
  readonly root: string;
  /** What the person should do about it. */
  readonly remedy: string;

  constructor(root: string, remedy: string, options?: ErrorOptions) {
    super(`another kubelet-config is changing the host at ${root}`, options);
    this.root = root;
    this.remedy = remedy;
  }
}

export interface Lock {
  /** Lets another program take the lock. */
  release(): Promise<void>;
}

/**
 * The length of `sun_path` in unix(7). Node.js 20 pads a shorter abstract name to this length, newer versions
 * do not. We always pad, so that programs of different versions exclude each other.
 */
const nameLength = 108;

/**
 * Takes the lock of the machine behind a root. It does not keep the process alive.
 * @throws LockHeldError when another program has it
 * @throws HostFileError when the root does not exist
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

/** A directory has the same numbers under every path that leads to it, for example `/` and `/proc/1/root`. */
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
