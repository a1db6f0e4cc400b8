/**
 * Tells when something happened to paths inside a root: inotify on every directory on the way to them, each found by a walk that never leaves
 * the root. A watch is bound to an inode, so when something happens on a way the ways are walked again: a directory may have come, gone, or become
 * another one.
 */

import { closeSync, type FSWatcher, fstatSync, watch } from 'node:fs';
import { pathComponents } from './path-components.ts';
import { errnoOf } from './refusal.ts';
import { componentsOf } from './walk.ts';

export interface PathWatch {
  /** In the directories every name counts that does not begin with a dot. */
  watch(paths: readonly string[], directories: readonly string[]): void;
  close(): void;
}

export interface PathWatchOptions {
  /** @param path one that is watched, as it was given */
  readonly onChange: (path: string) => void;
  /** How long to wait before the next try when the kernel grants no watch; 10000 by default. */
  readonly retryMilliseconds?: number;
}

interface Name {
  /** Those that are told of it. */
  readonly paths: Set<string>;
  isOnTheWay: boolean;
}

interface Watched {
  readonly watcher: FSWatcher;
  names: ReadonlyMap<string, Name>;
}

/** Somebody may replace directories faster than they can be watched; the events of that bring us back here. */
const mostRounds = 20;

export function watchPaths(root: string, { onChange, retryMilliseconds = 10_000 }: PathWatchOptions): PathWatch {
  const watched = new Map<string, Watched>();
  let wanted: readonly DesiredRevision[] = [];
  let retry: NodeJS.Timeout | undefined;

  /** Again until nothing new is found: a directory may appear after it was looked for and before the one above it is watched. */
  const renew = () => {
    let refused = 0;
    for (let round = 0, begun = 1; begun > 0 && round < mostRounds; round += 1) {
      const places = placesOf(root, wanted);
      for (const [identity, { watcher }] of watched) {
        if (places.has(identity)) continue;
        watcher.close();
        watched.delete(identity);
      }
      begun = 0;
      refused = 0;
      for (const [identity, { directory, names }] of places) {
        const known = watched.get(identity);
        if (known) known.names = names;
        else if (begin(identity, directory, names)) begun += 1;
        else refused += 1;
        closeSync(directory);
      }
    }
    if (refused > 0) retryLater();
  };
  const begin = (identity: string, directory: number, names: Watched['names']): boolean => {
    try {
      // The watch is on what the path leads to now, and outlives the descriptor.
      const watcher = watch(`/proc/self/fd/${directory}`, (_event, name) => heard(identity, name));
      watcher.on('error', retryLater);
      watched.set(identity, { watcher, names });
      return true;
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return false;
    }
  };
  const heard = (identity: string, name: string | null) => {
    const names = watched.get(identity)?.names;
    if (!names) return;
    const concerned = name === null ? [...names.values()] : [names.get(name), name.startsWith('.') ? undefined : names.get('')];
    if (concerned.some((one) => one?.isOnTheWay)) renew();
    for (const path of new Set(concerned.flatMap((one) => [...(one?.paths ?? [])]))) onChange(path);
  };
  const retryLater = () => {
    retry ??= setTimeout(() => {
      retry = undefined;
      renew();
      // What happened meanwhile was told to nobody.
      for (const { path } of wanted) onChange(path);
    }, retryMilliseconds);
  };
  return {
    watch: (paths, directories) => {
      wanted = [
        ...paths.map((path) => ({ path, names: componentsOf(path) })),
        ...directories.map((path) => ({ path, names: [...componentsOf(path), ''] })),
      ];
      renew();
    },
    close: () => {
      clearTimeout(retry);
      for (const { watcher } of watched.values()) watcher.close();
      watched.clear();
    },
  };
}

interface DesiredRevision {
  readonly path: string;
  readonly names: readonly string[];
}

interface Place {
  /** Opened; whoever gets it closes it. */
  readonly directory: number;
  readonly names: Map<string, Name>;
}

/** Every directory on the ways to what is wanted, as far as there are any, by its inode; and the names in it that matter. */
function placesOf(root: string, wanted: readonly DesiredRevision[]): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  for (const { path, names } of wanted) {
    for (const { directory, name, isOnTheWay } of pathComponents(root, names, path)) {
      const { dev, ino } = fstatSync(directory, { bigint: true });
      const identity = `${dev} ${ino}`;
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
