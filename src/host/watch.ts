/**
 * Tells when something happened to paths inside a root: inotify on every directory on the way to them, each
 * found by a walk that never leaves the root. A watch is bound to an inode. So after an event on the way to a
 * path, the paths are walked again: a directory may have come, gone, or become another one.
 *
 * The kernel tells of every name in a directory, and of every write. An event that concerns no path costs
 * little, but a program that writes all the time to a file in `/run` would keep this process busy for ever.
 * So a directory with too many foreign events rests: it is not watched until the period ends, and then the
 * paths that have changed are told of.
 */

import { closeSync, type FSWatcher, type WatchEventType, watch } from 'node:fs';
import { errnoOf } from './refusal.ts';
import { type Name, placesOf, stateOf, type WatchedPath, watchedPaths } from './watch-places.ts';

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
  /** How long `mostForeignEvents` are counted, and the longest that a directory rests; 2000 by default. */
  readonly periodMilliseconds?: number;
}

interface Watched {
  readonly watcher: FSWatcher;
  names: ReadonlyMap<string, Name>;
  /** Events of this period that concerned no path. */
  foreignEvents: number;
}

/** A period with as many costs some milliseconds of processor time. */
export const mostForeignEvents = 100;

/** Directories may be replaced faster than they can be watched; the events of that lead back here. */
const mostRounds = 20;

/** Watches nothing until `watch` is called; each call replaces what the one before asked for. */
export function watchPaths(root: string, options: PathWatchOptions): PathWatch {
  return new PathWatcher(root, options);
}

class PathWatcher implements PathWatch {
  readonly #root: string;
  readonly #options: PathWatchOptions;
  /** By the identity of the directory, as are those that rest. */
  readonly #watched = new Map<string, Watched>();
  readonly #resting = new Set<string>();
  #paths: readonly WatchedPath[] = [];
  /** By key, the state of each path when it was first watched, or last told of. */
  #states: ReadonlyMap<string, string> = new Map();
  #retry: NodeJS.Timeout | undefined;
  #period: NodeJS.Timeout | undefined;

  constructor(root: string, options: PathWatchOptions) {
    this.#root = root;
    this.#options = options;
  }

  watch(paths: readonly string[], directories: readonly string[]): void {
    const before = this.#states;
    this.#paths = watchedPaths(paths, directories);
    this.#renew();
    // The state of a path that was watched before stays: a change of it may not have been told yet.
    this.#states = new Map(this.#paths.map((one) => [one.key, before.get(one.key) ?? stateOf(this.#root, one)]));
  }

  close(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#period);
    for (const { watcher } of this.#watched.values()) watcher.close();
    this.#watched.clear();
  }

  /** Until nothing new is found: a directory may appear between the look for it and its parent's watch. */
  #renew(): void {
    let refused = 0;
    for (let round = 0, begun = 1; begun > 0 && round < mostRounds; round += 1) {
      const places = placesOf(this.#root, this.#paths);
      for (const identity of this.#watched.keys()) if (!places.has(identity)) this.#end(identity);
      begun = 0;
      refused = 0;
      for (const [identity, { directory, names }] of places) {
        const known = this.#watched.get(identity);
        if (known) known.names = names;
        else if (!this.#resting.has(identity)) {
          if (this.#begin(identity, directory, names)) begun += 1;
          else refused += 1;
        }
        closeSync(directory);
      }
    }
    if (refused > 0) this.#retryLater();
  }

  #begin(identity: string, directory: number, names: Watched['names']): boolean {
    try {
      // The watch is on what the path leads to now, and outlives the descriptor. An event of the directory
      // itself has the last part of this path as its name, which no entry can have.
      const watcher = watch(`/proc/self/fd/${directory}/.`, (event, name) => this.#heard(identity, event, name));
      watcher.on('error', () => this.#retryLater());
      this.#watched.set(identity, { watcher, names, foreignEvents: 0 });
      return true;
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return false;
    }
  }

  #end(identity: string): void {
    this.#watched.get(identity)?.watcher.close();
    this.#watched.delete(identity);
  }

  #heard(identity: string, event: WatchEventType, name: string | null): void {
    const watched = this.#watched.get(identity);
    if (!watched) return;
    // Removed or moved. The kernel drops the watch of a removed directory, and may give its inode number to
    // the next.
    const isGone = event === 'rename' && name === '.';
    if (isGone) this.#end(identity);
    const concerned = isGone ? [...watched.names.values()] : concernedBy(name, watched.names);
    if (concerned.length === 0) this.#countForeign(identity, watched);
    if (isGone || concerned.some((one) => one.isOnTheWay)) this.#renew();
    const paths = new Set(concerned.flatMap((one) => [...one.paths]));
    this.#tell(this.#paths.filter(({ path }) => paths.has(path)));
  }

  /** A directory in which every name counts never rests: no state says what happened inside it. */
  #countForeign(identity: string, watched: Watched): void {
    this.#period ??= setTimeout(() => this.#endPeriod(), this.#options.periodMilliseconds ?? 2000);
    watched.foreignEvents += 1;
    if (watched.foreignEvents < mostForeignEvents || watched.names.has('')) return;
    this.#end(identity);
    this.#resting.add(identity);
  }

  #endPeriod(): void {
    this.#period = undefined;
    for (const watched of this.#watched.values()) watched.foreignEvents = 0;
    if (this.#resting.size === 0) return;
    this.#resting.clear();
    this.#renew();
    // First watched, then compared: whatever happens later has an event.
    this.#tell(this.#paths.filter((one) => stateOf(this.#root, one) !== this.#states.get(one.key)));
  }

  #tell(changed: readonly WatchedPath[]): void {
    if (changed.length === 0) return;
    this.#states = new Map([...this.#states, ...changed.map((one) => [one.key, stateOf(this.#root, one)] as const)]);
    for (const path of new Set(changed.map((one) => one.path))) this.#options.onChange(path);
  }

  #retryLater(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.#renew();
      // What happened meanwhile had no event.
      this.#tell(this.#paths);
    }, this.#options.retryMilliseconds ?? 10_000);
  }
}

/** @param name null if the kernel did not say which */
function concernedBy(name: string | null, names: Watched['names']): readonly Name[] {
  if (name === null) return [...names.values()];
  return [names.get(name), name.startsWith('.') ? undefined : names.get('')].filter((one) => one !== undefined);
}
