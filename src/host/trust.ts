/**
 * Finds who may write the files that this program trusts. It runs as root and does what the state directory
 * and a directory of objects say, so a user who may write them can do what root can. Every directory above
 * them is checked as well, as sshd does with StrictModes.
 */

import { accessSync, closeSync, constants, fstatSync, type Stats } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HostFileError } from '../node/ports/files.ts';
import { errnoOf } from './refusal.ts';
import { componentsOf, reach } from './walk.ts';

/** All that we keep on the host. Only root may write there. */
export const stateDirectory = '/var/lib/kubelet-config';

/** In `/run`, which is there to be written where the disk is full or read-only. */
export const lockDirectory = '/run/kubelet-config';

/** Root, and the user who runs this program: a demonstration, or an image that is built without root. */
export function isTrusted(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

type Owned = Pick<Stats, 'uid' | 'gid' | 'mode'>;

/**
 * Says how another user may write a file or directory; undefined if no other user may.
 *
 * @param isOnTheWay a directory above: where it is sticky, as /tmp is, others may not replace what they do
 * not own
 */
function writableByOthers({ uid, gid, mode }: Owned, isOnTheWay: boolean): string | undefined {
  if (!isTrusted(uid)) return `belongs to user ${uid}`;
  if (isOnTheWay && (mode & 0o1000) !== 0) return undefined;
  if ((mode & 0o002) !== 0) return `may be written by every user (mode ${octal(mode)})`;
  const isOwnGroup = gid === 0 || gid === process.getegid?.();
  return (mode & 0o020) !== 0 && !isOwnGroup ? `may be written by group ${gid} (mode ${octal(mode)})` : undefined;
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

/**
 * Checks the state directory, whose script root runs, and the directory of the lock. A directory may be
 * missing as long as only root, and the user of this program, can make it.
 *
 * @throws HostFileError OthersMayWrite, or what the host says about the path
 */
export function checkOwnDirectories(root: string): void {
  for (const path of [stateDirectory, lockDirectory]) checkOwnDirectory(root, path);
}

function checkOwnDirectory(root: string, path: string): void {
  const check = (directory: number, names: readonly string[], isOnTheWay: boolean) => {
    const found = writableByOthers(fstatSync(directory), isOnTheWay);
    if (found !== undefined) throw othersMayWrite(`/${names.join('/')}`, found, isOnTheWay);
  };
  const reached = reach(root, componentsOf(path), path, (directory, _name, names) => check(directory, names, true));
  try {
    check(reached.directory, reached.names, reached.missing.length > 0);
  } finally {
    closeSync(reached.directory);
  }
}

function othersMayWrite(path: string, reason: string, isOnTheWay: boolean): HostFileError {
  const remedy = isOnTheWay
    ? `give it to root alone: \`chown root:root ${path} && chmod go-w ${path}\``
    : `move it away (\`mv ${path} ${path}.untrusted\`), so that a new one is made, or look at every file in it and then give it to root: \`chown -R root:root ${path} && chmod 700 ${path}\``;
  return new HostFileError('OthersMayWrite', path, `${path} ${reason}, who could make root run anything through it`, remedy);
}

/** Where others may write, and what to do; undefined if nobody else may. */
export interface Untrusted {
  readonly reason: string;
  readonly remedy: string;
}

/**
 * Looks at a directory of objects, at what it holds, and at every directory on the way, as this process sees
 * them. What cannot be looked at is left to the reader of the directory.
 */
export async function untrustedSource(directory: string): Promise<Untrusted | undefined> {
  const names = await readdir(directory).catch(ignoreSystemError);
  const files = (names ?? []).filter((name) => !name.startsWith('.')).map((name) => join(directory, name));
  for (const path of [directory, ...files]) {
    const found = await untrustedFile(path);
    if (found) return found;
  }
  return undefined;
}

/** The same for one file or directory. */
export async function untrustedFile(path: string): Promise<Untrusted | undefined> {
  const real = await realPathOf(path);
  for (const one of new Set([path, real])) {
    const found = await untrustedAt(one, false);
    if (found) return found;
    for (let above = one; above !== dirname(above); above = dirname(above)) {
      const foundAbove = await untrustedAt(dirname(above), true);
      if (foundAbove) return foundAbove;
    }
  }
  return undefined;
}

/** Without its links; the path itself where that leads elsewhere, as for `/proc/PID/root`. */
async function realPathOf(path: string): Promise<string> {
  const real = (await realpath(path).catch(ignoreSystemError)) ?? path;
  const [one, other] = await Promise.all([path, real].map((each) => stat(each).catch(ignoreSystemError)));
  return one && other && one.dev === other.dev && one.ino === other.ino ? real : path;
}

async function untrustedAt(path: string, isOnTheWay: boolean): Promise<Untrusted | undefined> {
  const found = (await stat(path).catch(ignoreSystemError)) ?? (await lstat(path).catch(ignoreSystemError));
  if (!found) return undefined;
  const reason = writableByOthers(found, isOnTheWay);
  if (reason === undefined || (isTrusted(found.uid) && isReadOnly(path))) return undefined;
  return {
    reason: `${path} ${reason}, who could change this node through it`,
    remedy: `give it to root, and let nobody else write there: \`chown root:root ${path} && chmod go-w ${path}\``,
  };
}

/** A volume of a ConfigMap is open to everybody, and mounted read-only. */
function isReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    return errnoOf(error) === 'EROFS';
  }
}

/** For `catch`: an error of the system is no answer. @throws every other error */
function ignoreSystemError(error: unknown): undefined {
  if (errnoOf(error) === undefined) throw error;
}
