/**
 * The files of one machine, or of a directory that will become one, behind the interface of the node layer.
 */

import { closeSync, fchmodSync, fstatSync, lstatSync, readdirSync } from 'node:fs';
import { rename, unlink } from 'node:fs/promises';
import type { FileState, HostFiles, NewFile, ResolvedPath } from '../node/ports/files.ts';
import { linkedPath, symlinkLimit } from '../node/ports/follow-links.ts';
import { checkRemove, checkWrite } from './check.ts';
import { kindOf, readRegular, readTarget, refuseAllButFiles, statOf } from './entry.ts';
import { makeTree } from './new-tree.ts';
import { notAFile, refusal, refusalOf, tooLarge, tooManySymlinks } from './refusal.ts';
import { makeDirectories, removeLeftovers, replaceFile, replaceSymlink, syncDescriptor } from './temporary.ts';
import { removeDirectory, removeIfEmpty } from './tree.ts';
import { componentsOf, entryOf, type Place, reach, within, withParent } from './walk.ts';

export interface HostFilesOptions {
  /**
   * `AsRoot`: the ordinary user who runs this counts as root, as in a user namespace. Files of that user read
   * as root's, and root's are written as that user's. For a demonstration, or an image that is built without
   * root; never for a machine that runs.
   */
  readonly ownership?: 'Exact' | 'AsRoot';
  /** A larger file is refused when it is read: bytes. Absent for trees that we trust. */
  readonly largest?: number;
}

/**
 * The files below a directory. Every call opens the directory anew.
 * @param root the directory that the host sees as `/`: `/`, `/host`, `/proc/1/root`, the tree of an image
 */
export function openHostFiles(root: string, options: HostFilesOptions = {}): HostFiles {
  const owners = options.ownership === 'AsRoot' ? standInForRoot() : { seen: asIs, kept: asIs };

  return {
    read: (path) => withParent(root, path, (place) => owners.seen(readEntry(place, options.largest))),
    list: async (directory) => listDirectory(root, directory),
    resolve: (path) => withParent(root, path, resolvedPath, true),
    changedAt: (path) => changedAt(root, path),
    identity: (path) => identityOf(root, path),
    check: (path, file, instead) =>
      withParent(root, path, (place) => {
        removeLeftovers(place);
        if (file) checkWrite(place, owners.kept(file), instead);
        else checkRemove(place, instead);
      }),
    write: (path, file) =>
      withMadeParent(root, path, async (place) => {
        refuseAllButFiles(place, statOf(place));
        await replaceFile(place, owners.kept(file));
      }),
    link: (path, target) =>
      withMadeParent(root, path, async (place) => {
        const stats = statOf(place);
        if (stats && !stats.isSymbolicLink()) throw refusal('EEXIST', path, 'link');
        await replaceSymlink(place, target);
      }),
    makeDirectory: (directory, mode) => makeDirectory(root, directory, mode),
    makeTree: (directory, entries) =>
      withMadeParent(root, directory, (place) =>
        makeTree(place, new Map([...entries].map(([path, file]) => [path, owners.kept(file)]))),
      ),
    remove: (path) => withParent(root, path, removeEntry),
    rename: (from, to) => withParent(root, from, (source) => withParent(root, to, (target) => renameEntry(source, target))),
    removeDirectory: (directory) => withParent(root, directory, removeEmpty),
    removeTree: (directory) => withParent(root, directory, removeTree),
  };
}

function readEntry(place: Place, largest = Number.POSITIVE_INFINITY): FileState {
  const stats = statOf(place);
  if (stats?.isSymbolicLink()) {
    const target = readTarget(place);
    return target === undefined ? { kind: 'Absent' } : { kind: 'Symlink', target };
  }
  if (stats && !stats.isFile()) throw notAFile(place.path, kindOf(stats));
  if (stats && stats.size > largest) throw tooLarge(place.path, largest);
  const found = stats && readRegular(place);
  if (!found) return { kind: 'Absent' };
  const { mode, uid, gid } = found.stats;
  return { kind: 'File', mode: mode & 0o7777, uid, gid, content: found.content };
}

function listDirectory(root: string, path: string): string[] {
  const { directory, missing } = reach(root, componentsOf(path), path);
  try {
    return missing.length > 0 ? [] : readdirSync(within(directory, '.')).sort();
  } catch (error) {
    throw refusalOf(error, path, 'list');
  } finally {
    closeSync(directory);
  }
}

function resolvedPath({ names, missing, name }: Place): ResolvedPath {
  const directories = missing.map((_, index) => pathOf([...names, ...missing.slice(0, index + 1)]));
  return { path: pathOf([...names, ...missing, name]), missing: directories };
}

function pathOf(names: readonly string[]): string {
  return `/${names.join('/')}`;
}

async function identityOf(root: string, path: string, symlinks = 0): Promise<string | undefined> {
  if (symlinks > symlinkLimit) throw tooManySymlinks(path);
  const found = await withParent(root, path, (place) => {
    const stats = statOf(place);
    if (stats?.isSymbolicLink()) return { target: readTarget(place) };
    if (!stats?.isFile()) return undefined;
    const { dev, ino, size, mtimeNs, ctimeNs } = lstatSync(entryOf(place), { bigint: true });
    return { identity: [dev, ino, size, mtimeNs, ctimeNs].join(':') };
  });
  if (found?.target !== undefined) return identityOf(root, linkedPath(path, found.target), symlinks + 1);
  return found?.identity;
}

async function changedAt(root: string, path: string, symlinks = 0): Promise<number | undefined> {
  if (symlinks > symlinkLimit) throw tooManySymlinks(path);
  const found = await withParent(root, path, (place) => {
    const stats = statOf(place);
    const target = stats?.isSymbolicLink() ? readTarget(place) : undefined;
    return stats && (target !== undefined || stats.isFile()) ? { at: Math.max(stats.mtimeMs, stats.ctimeMs), target } : undefined;
  });
  if (found?.target === undefined) return found?.at;
  const behind = await changedAt(root, linkedPath(path, found.target), symlinks + 1);
  return behind === undefined ? undefined : Math.max(found.at, behind);
}

/** As `withParent`, but first removes leftovers of a crash and makes missing directories. */
function withMadeParent(root: string, path: string, use: (place: Place) => Promise<void>): Promise<void> {
  return withParent(root, path, async (found) => {
    removeLeftovers(found);
    const directory = await makeDirectories(found);
    try {
      await use({ ...found, directory, missing: [] });
    } finally {
      closeSync(directory);
    }
  });
}

async function makeDirectory(root: string, path: string, mode: number): Promise<void> {
  const found = reach(root, componentsOf(path), path);
  try {
    const directory = await makeDirectories(found, mode);
    try {
      if ((fstatSync(directory).mode & 0o7777) !== mode) fchmodSync(directory, mode);
    } finally {
      closeSync(directory);
    }
  } catch (error) {
    throw refusalOf(error, path, 'make');
  } finally {
    closeSync(found.directory);
  }
}

async function removeEntry(place: Place): Promise<void> {
  removeLeftovers(place);
  const stats = statOf(place);
  if (!stats) return;
  if (!stats.isSymbolicLink()) refuseAllButFiles(place, stats);
  try {
    await unlink(entryOf(place));
    await syncDescriptor(place.directory);
  } catch (error) {
    throw refusalOf(error, place.path, 'remove');
  }
}

async function renameEntry(source: Place, target: Place): Promise<void> {
  const stats = statOf(source);
  if (!stats) throw refusal('ENOENT', source.path, 'rename');
  const replaced = statOf(target);
  if (replaced && !(replaced.isFile() && stats.isFile())) throw refusal('EEXIST', target.path, `rename ${source.path} to`);
  if (target.missing.length > 0) throw refusal('ENOENT', target.path, `rename ${source.path} to`);
  try {
    await rename(entryOf(source), entryOf(target));
    await syncDescriptor(target.directory);
    if (!isSameDirectory(source, target)) await syncDescriptor(source.directory);
  } catch (error) {
    throw refusalOf(error, source.path, 'rename');
  }
}

function isSameDirectory(a: Place, b: Place): boolean {
  const [one, other] = [fstatSync(a.directory, { bigint: true }), fstatSync(b.directory, { bigint: true })];
  return one.dev === other.dev && one.ino === other.ino;
}

async function removeEmpty(place: Place): Promise<void> {
  if (!statOf(place)) return;
  try {
    if (removeIfEmpty(entryOf(place))) await syncDescriptor(place.directory);
  } catch (error) {
    throw refusalOf(error, place.path, 'remove');
  }
}

async function removeTree(place: Place): Promise<void> {
  const stats = statOf(place);
  if (!stats) return;
  if (!stats.isDirectory()) throw refusal('ENOTDIR', place.path, 'remove');
  try {
    removeDirectory(place.directory, place.name);
    await syncDescriptor(place.directory);
  } catch (error) {
    throw refusalOf(error, place.path, 'remove');
  }
}

function asIs<T>(value: T): T {
  return value;
}

function standInForRoot(): { seen: (state: FileState) => FileState; kept: (file: NewFile) => NewFile } {
  const [uid, gid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
  return {
    seen: (state) =>
      state.kind === 'File'
        ? { ...state, uid: state.uid === uid ? 0 : state.uid, gid: state.gid === gid ? 0 : state.gid }
        : state,
    kept: (file) => ({ ...file, uid: file.uid === 0 ? uid : file.uid, gid: file.gid === 0 ? gid : file.gid }),
  };
}
