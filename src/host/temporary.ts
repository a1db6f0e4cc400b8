/** Files and symlinks appear whole or not at all (N1): they are made under a temporary name and renamed. */

import { randomBytes } from 'node:crypto';
import { closeSync, constants, fchmodSync, fsync, mkdirSync, readdirSync, unlinkSync } from 'node:fs';
import { open, rename, symlink, unlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { NewFile } from '../node/ports/files.ts';
import { errnoOf, refusal, refusalOf } from './refusal.ts';
import { entryOf, openDirectory, type Place, within } from './walk.ts';

/** fsync(2) of an open descriptor. */
export const syncDescriptor = promisify(fsync);

const leftoverPattern = /^\..*\.kubelet-config-[0-9a-f]{12}$/;

/** Temporary files that this process is writing now. They are not left over. */
const inFlight = new Set<string>();

/**
 * Begins with a dot, so that neither systemd nor the kubelet's drop-in directory reads it. With 50 characters
 * of the name it stays below 255 bytes.
 */
function temporaryName(name: string): string {
  return `.${name.slice(0, 50)}.kubelet-config-${randomBytes(6).toString('hex')}`;
}

/**
 * Removes temporary files that a crash left in the directory of a place. They are harmless, so failures are
 * ignored.
 */
export function removeLeftovers(place: Place): void {
  if (place.missing.length > 0) return;
  try {
    for (const name of readdirSync(within(place.directory, '.'))) {
      if (leftoverPattern.test(name) && !inFlight.has(name)) unlinkSync(within(place.directory, name));
    }
  } catch {
    // The operation that follows meets the same error, and reports it for the path that matters.
  }
}

/**
 * Makes the missing directories on the way to a place.
 * @param lastMode of the last directory, if it is made
 * @returns a descriptor of the last directory; the caller closes it
 * @throws HostFileError
 */
export async function makeDirectories(place: Omit<Place, 'name'>, lastMode = 0o755): Promise<number> {
  refuseClimbing(place);
  let directory = openDirectory(place.directory, '.');
  try {
    for (const [index, name] of place.missing.entries()) {
      const made = await makeDirectory(directory, name, index === place.missing.length - 1 ? lastMode : 0o755);
      closeSync(directory);
      directory = made;
    }
    return directory;
  } catch (error) {
    closeSync(directory);
    throw refusalOf(error, place.path, 'make the directory of');
  }
}

/**
 * Refuses `..` behind a missing directory: made without a look, it could lead out of the root.
 * @throws HostFileError Missing
 */
export function refuseClimbing(place: Omit<Place, 'name'>): void {
  if (place.missing.includes('..')) throw refusal('ENOENT', place.path, 'make the directory of');
}

async function makeDirectory(parent: number, name: string, mode: number): Promise<number> {
  try {
    mkdirSync(within(parent, name), 0o700);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return openDirectory(parent, name);
    throw error;
  }
  const made = openDirectory(parent, name);
  try {
    fchmodSync(made, mode); // mkdir's own mode is cut by the umask
    await syncDescriptor(made);
    await syncDescriptor(parent);
    return made;
  } catch (error) {
    closeSync(made);
    throw error;
  }
}

async function replace(place: Place, make: (temporary: string) => Promise<void>): Promise<void> {
  const name = temporaryName(place.name);
  const temporary = within(place.directory, name);
  inFlight.add(name);
  try {
    await make(temporary);
    await rename(temporary, entryOf(place));
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw refusalOf(error, place.path, 'write');
  } finally {
    inFlight.delete(name);
  }
  await syncDescriptor(place.directory).catch((error: unknown) => {
    throw refusalOf(error, place.path, 'write');
  });
}

/** Writes a file in place of what stands there; fsyncs file and directory. @throws HostFileError */
export function replaceFile(place: Place, file: NewFile): Promise<void> {
  return replace(place, (temporary) => createFile(temporary, file));
}

/**
 * Writes a new file under a path that does not exist. Its bytes are on disk afterwards, its name is not.
 * Throws errors of the system.
 */
export async function createFile(path: string, file: NewFile): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const handle = await open(path, flags, 0o600);
  try {
    await handle.chown(file.uid, file.gid); // before chmod: chown drops the setuid bit
    await handle.chmod(file.mode);
    await handle.writeFile(file.content);
    if (file.mode & 0o6000) await handle.chmod(file.mode); // without CAP_FSETID a write drops these bits
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a symlink in place of what stands there; fsyncs the directory. @throws HostFileError */
export function replaceSymlink(place: Place, target: string): Promise<void> {
  return replace(place, (temporary) => symlink(target, temporary));
}
