/**
 * Checks that a write would be accepted, without writing. access(2) knows read-only mounts and immutable
 * files, also for root; statfs(2) knows the free space; and the mount id of an open file shows whether
 * something is mounted over it. A used-up quota or a failing disk shows only in the write itself.
 */

import { accessSync, closeSync, constants, openSync, readFileSync, type Stats, statfsSync } from 'node:fs';
import type { NewFile } from '../node/ports/files.ts';
import { refuseAllButFiles, statOf } from './entry.ts';
import { changedDirectory, errnoOf, refusal, refusalOf } from './refusal.ts';
import { refuseClimbing } from './temporary.ts';
import { entryOf, type Place, within } from './walk.ts';

/**
 * Free space in addition to the file: then checks of single files also hold for all files of a change
 * together.
 */
const slackBytes = 256 * 1024;
const slackInodes = 16;

/**
 * O_PATH, which Node.js does not define. The number is the same on every Linux architecture of Node.js 20.
 */
const pathOnly = 0o10000000;

/**
 * @param instead whether a directory of ours is removed from this place before
 * @throws HostFileError if the file could not be written at this place
 */
export function checkWrite(place: Place, file: NewFile, instead?: 'Directory'): void {
  const stats = statOf(place);
  if (instead === undefined) refuseAllButFiles(place, stats);
  else refuseAllButOurDirectories(place, stats);
  checkDirectory(place);
  if (stats) checkTarget(place, stats);
  checkOwner(place, file);
  checkSpace(place, file);
}

/** @throws HostFileError if what stands at this place could not be removed. Nothing there is fine */
export function checkRemove(place: Place, instead?: 'Directory'): void {
  const stats = statOf(place);
  if (!stats) return;
  if (instead !== undefined) refuseAllButOurDirectories(place, stats);
  else if (!stats.isSymbolicLink()) refuseAllButFiles(place, stats);
  checkDirectory(place);
  checkTarget(place, stats);
}

function checkDirectory(place: Place): void {
  refuseClimbing(place);
  try {
    accessSync(within(place.directory, '.'), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw refusalOf(error, place.path, 'write');
  }
}

/** An undo makes the directory again as we make each one, so no other mode and no other owner may be lost. */
function refuseAllButOurDirectories(place: Place, stats: Stats | undefined): void {
  if (stats === undefined) return;
  if (!stats.isDirectory()) throw refusal('ENOTDIR', place.path, 'remove');
  const isOurs = stats.uid === process.geteuid?.() && stats.gid === process.getegid?.();
  if (!isOurs || (stats.mode & 0o7777) !== 0o755) throw changedDirectory(place.path, stats);
}

function checkTarget(place: Place, stats: Stats): void {
  if (stats.isSymbolicLink()) return;
  try {
    accessSync(entryOf(place), constants.W_OK);
  } catch (error) {
    // EACCES does not matter: the file is replaced, not written to. EPERM means immutable: such a file cannot
    // be replaced.
    if (errnoOf(error) !== 'EACCES') throw refusalOf(error, place.path, 'replace');
  }
  if (isMountPoint(place)) throw refusal('EBUSY', place.path, 'replace');
}

function isMountPoint(place: Place): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(entryOf(place), pathOnly | constants.O_NOFOLLOW);
  } catch (error) {
    throw refusalOf(error, place.path, 'look at');
  }
  try {
    return mountOf(descriptor) !== mountOf(place.directory);
  } finally {
    closeSync(descriptor);
  }
}

function mountOf(descriptor: number): string | undefined {
  return /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1];
}

/** Only root can give a file to another user. */
function checkOwner(place: Place, file: NewFile): void {
  const own = process.geteuid?.();
  const groups = [process.getegid?.(), ...(process.getgroups?.() ?? [])];
  if (own === 0 || (own === file.uid && groups.includes(file.gid))) return;
  throw refusal('EPERM', place.path, `give user ${file.uid} and group ${file.gid} the file`);
}

function checkSpace(place: Place, file: NewFile): void {
  const { bsize, blocks, bavail, files, ffree } = statfsSync(within(place.directory, '.'));
  const bytes = file.content.length + (1 + place.missing.length) * bsize + slackBytes;
  // A total of zero blocks or inodes means that the file system does not count them (a tmpfs without limit,
  // btrfs).
  if (blocks > 0 && bavail * bsize < bytes) throw refusal('ENOSPC', place.path, 'write');
  if (files > 0 && ffree < 1 + place.missing.length + slackInodes) throw refusal('ENOSPC', place.path, 'write');
}
