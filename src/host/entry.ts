/** Reads what stands at a name in an open directory. */

import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { errnoOf, notAFile, refusalOf, symlinkInTheWay } from './refusal.ts';
import { entryOf, type Place } from './walk.ts';

/**
 * Stats of what stands at a place, a symlink not followed; undefined if nothing stands there.
 * @throws HostFileError
 */
export function statOf(place: Place): Stats | undefined {
  if (place.missing.length > 0) return undefined;
  try {
    return lstatSync(entryOf(place));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw refusalOf(error, place.path, 'look at');
  }
}

/** What something is that is no file, for messages: `a directory`. */
export function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  if (stats.isBlockDevice() || stats.isCharacterDevice()) return 'a device';
  return 'something else';
}

/**
 * Only a regular file may be overwritten. Anything else was put there for a reason.
 * @param stats what `statOf` returned for the place
 * @throws HostFileError NotAFile, SymlinkInTheWay
 */
export function refuseAllButFiles(place: Place, stats: Stats | undefined): void {
  if (stats === undefined || stats.isFile()) return;
  if (!stats.isSymbolicLink()) throw notAFile(place.path, kindOf(stats));
  const target = readTarget(place);
  if (target !== undefined) throw symlinkInTheWay(place.path, target);
}

/**
 * Stats and content of a regular file; undefined if nothing stands there. Call it only for what `statOf`
 * showed as a file: to open a device may have an effect (a watchdog starts to count), and to open a pipe
 * waits for a writer.
 * @throws HostFileError
 */
export function readRegular(place: Place): { readonly stats: Stats; readonly content: Buffer } | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(entryOf(place), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw refusalOf(error, place.path, 'read');
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw notAFile(place.path, kindOf(stats));
    return { stats, content: readFileSync(descriptor) };
  } catch (error) {
    throw refusalOf(error, place.path, 'read');
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Target of the symlink at a place, as it is written; undefined if nothing stands there.
 * @throws HostFileError
 */
export function readTarget(place: Place): string | undefined {
  try {
    return readlinkSync(entryOf(place));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw refusalOf(error, place.path, 'read');
  }
}
