/**
 * Lets one program at a time change a machine. Each program that wants the lock listens at a socket of its
 * own in a directory that only root may write, and has the lock once no other socket there answers. A socket
 * is dead with its program and never answers again, so there are no stale locks. Every container that has
 * the host's files sees it, whatever network it uses. A name in Linux's abstract namespace would be simpler,
 * but any user can take it.
 */

import { randomBytes } from 'node:crypto';
import { closeSync, readdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { openHostFiles } from './files.ts';
import { describeHolder, holderBehind, type LockHolder } from './lock-holder.ts';
import { answerAt, madeAt, type Rival } from './lock-socket.ts';
import { errnoOf, refusal, refusalOf } from './refusal.ts';
import { checkOwnDirectories, lockDirectory } from './trust.ts';
import { componentsOf, reach, within } from './walk.ts';

/** Another program holds the lock. */
export class LockHeldError extends Error {
  override readonly name = 'LockHeldError';
  readonly root: string;
  /** What the person should do about it. */
  readonly remedy: string;

  constructor(root: string, holder: LockHolder) {
    super(`another kubelet-config is changing the host at ${root}: ${describeHolder(holder)}`);
    this.root = root;
    this.remedy = `Wait until it is done, or stop it: ${howToFind(holder)}`;
  }
}

/** systemd names the service or the pod that a process belongs to: that is what a person has to stop. */
function howToFind({ pid, socket }: LockHolder): string {
  if (pid === undefined) return `\`ss -xlp | grep ${socket}\` on the host shows its process`;
  return `\`systemctl status ${pid}\` shows what it belongs to`;
}

export interface Lock {
  /** Lets another program take the lock. */
  release(): Promise<void>;
}

const pauseMilliseconds = 20;

/**
 * Takes the lock of the machine behind a root. It does not keep the process alive.
 * @throws LockHeldError when another program has it
 * @throws HostFileError when the root does not exist, when others may write a directory of ours, or when
 * `/run` cannot be written
 */
export async function acquireLock(root: string): Promise<Lock> {
  checkOwnDirectories(root);
  for (;;) {
    const { place, made } = await openPlace(root);
    const mine = new Contender(place);
    const release = async () => {
      await mine.leave();
      closeSync(place);
      removeMade(root, made);
    };
    try {
      await mine.enter();
      const holder = await mine.contend();
      if (holder === undefined) return { release };
      throw new LockHeldError(root, await holderBehind(holder, madeAt(within(place, holder))));
    } catch (error) {
      await release();
      if (error instanceof LockHeldError) throw error;
      // A program that released the lock has removed the directory meanwhile.
      if (errnoOf(error) !== 'ENOENT') throw refusalOf(error, lockDirectory, 'lock');
    }
  }
}

/** The directory of the sockets, opened, and how many directories had to be made for it. */
async function openPlace(root: string): Promise<{ readonly place: number; readonly made: number }> {
  const names = componentsOf(lockDirectory);
  const before = reach(root, names, lockDirectory);
  closeSync(before.directory);
  await openHostFiles(root).makeDirectory(lockDirectory, 0o700);
  const { directory, missing } = reach(root, names, lockDirectory);
  if (missing.length === 0) return { place: directory, made: before.missing.length };
  closeSync(directory);
  throw refusal('ENOENT', lockDirectory, 'lock');
}

/** Removes the directories that were made for the lock, from the last one up, until one is in use. */
function removeMade(root: string, made: number): void {
  const names = componentsOf(lockDirectory);
  try {
    for (let count = 0; count < Math.max(made, 1); count += 1) {
      const name = names.pop();
      if (name === undefined) return;
      removeIn(root, names, name);
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

function removeIn(root: string, parents: readonly string[], name: string): void {
  const parent = reach(root, parents, lockDirectory);
  try {
    rmdirSync(within(parent.directory, name));
  } finally {
    closeSync(parent.directory);
  }
}

/** One program that wants the lock. */
class Contender {
  readonly #directory: number;
  readonly #name = randomBytes(6).toString('hex');
  readonly #server: Server;
  #holds = false;

  constructor(directory: number) {
    this.#directory = directory;
    this.#server = createServer((connection) => {
      connection.on('error', () => undefined);
      connection.end(this.#holds ? 'Holds' : 'Waits');
    });
    this.#server.unref();
  }

  /**
   * Listens under a name that begins with a dot first: a socket that does not listen yet would count as
   * dead.
   */
  async enter(): Promise<void> {
    const temporary = within(this.#directory, `.${this.#name}`);
    await listen(this.#server, temporary);
    renameSync(temporary, this.#path(this.#name));
  }

  /**
   * Waits until no other program is left. Of two that look at the same time at least one sees the other, and
   * the one with the lower name goes on.
   *
   * @returns undefined if this program has the lock now; otherwise the name of the socket that is in its way
   */
  async contend(): Promise<string | undefined> {
    for (;;) {
      const others = readdirSync(within(this.#directory, '.')).filter((name) => !name.startsWith('.') && name !== this.#name);
      const rivals = await Promise.all(others.map(async (name) => ({ name, is: await this.#ask(name) })));
      const winner = rivals.find(({ name, is }) => is === 'Holds' || (is === 'Waits' && name < this.#name));
      if (winner) return winner.name;
      if (rivals.every(({ is }) => is === 'Dead')) {
        this.#holds = true;
        return undefined;
      }
      await sleep(pauseMilliseconds);
    }
  }

  /** The socket dies with the server, whether its name can be removed or not. */
  async leave(): Promise<void> {
    removeDead(this.#path(this.#name));
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  async #ask(name: string): Promise<Rival> {
    const answer = await answerAt(this.#path(name));
    if (answer === 'Dead') removeDead(this.#path(name));
    return answer;
  }

  #path(name: string): string {
    return within(this.#directory, name);
  }
}

/** An error of the file system is ignored: a dead socket stops nobody, and the next program removes it. */
function removeDead(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
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
