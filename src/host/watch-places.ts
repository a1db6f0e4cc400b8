/**
 * Where the watched paths lead at the moment: which directories to watch, which names in them matter, and
 * whether something happened to a path since it was last looked at.
 */

import { closeSync, fstatSync, lstatSync } from 'node:fs';
import { pathComponents } from './path-components.ts';
import { errnoOf } from './refusal.ts';
import { componentsOf, within } from './walk.ts';

export interface WatchedPath {
  /** As it was given. */
  readonly path: string;
  /** Its components; the last one is '' for a directory in which every name counts. */
  readonly names: readonly string[];
  /** Its own among all that are watched: a path may also be asked for as a directory. */
  readonly key: string;
}

/** @throws HostFileError LeavesRoot for a path that is not absolute */
export function watchedPaths(paths: readonly string[], directories: readonly string[]): readonly WatchedPath[] {
  const files = paths.map((path) => ({ path, names: componentsOf(path) }));
  const whole = directories.map((path) => ({ path, names: [...componentsOf(path), ''] }));
  return [...files, ...whole].map(({ path, names }) => ({ path, names, key: names.join('/') }));
}

export interface Name {
  /** The paths that an event with this name concerns. */
  readonly paths: Set<string>;
  isOnTheWay: boolean;
}

interface Place {
  /** An open descriptor that the caller closes. */
  readonly directory: number;
  /** '' stands for every name that does not begin with a dot. */
  readonly names: Map<string, Name>;
}

/** Finds every directory that exists on the way to a watched path. They are keyed by device and inode. */
export function placesOf(root: string, watched: readonly WatchedPath[]): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  for (const { path, names } of watched) {
    for (const { directory, name, isOnTheWay } of pathComponents(root, names, path)) {
      const identity = identityOf(directory);
      const known = places.get(identity);
      if (known) closeSync(directory);
      const place = known ?? { directory, names: new Map<string, Name>() };
      places.set(identity, place);
      const noted = place.names.get(name) ?? { paths: new Set(), isOnTheWay: false };
      noted.paths.add(path);
      noted.isOnTheWay ||= isOnTheWay;
      place.names.set(name, noted);
    }
  }
  return places;
}

/**
 * Describes a path so that two descriptions differ if something happened to it in between: the inodes of the
 * directories on its way, and inode and ctime of what it names. What happens inside a directory in which
 * every name counts is not part of it.
 */
export function stateOf(root: string, { path, names }: WatchedPath): string {
  const components = pathComponents(root, names, path);
  const last = components.at(-1);
  const entry = last === undefined || last.name === '' ? '' : entryState(within(last.directory, last.name));
  const directories = components.map(({ directory }) => {
    const identity = identityOf(directory);
    closeSync(directory);
    return identity;
  });
  return [...directories, entry].join('/');
}

function entryState(entry: string): string {
  try {
    const stats = lstatSync(entry, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? 'absent' : `${stats.ino} ${stats.ctimeNs}`;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return 'unreadable';
  }
}

function identityOf(directory: number): string {
  const { dev, ino } = fstatSync(directory, { bigint: true });
  return `${dev} ${ino}`;
}
