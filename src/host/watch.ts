/**
 * Reports changes of paths inside a root, with inotify on every directory on the way to them. Each directory
 * is found by a walk that never leaves the root.
 */

import { closeSync } from 'node:fs';
import { type Concern, DirectoryWatch, type FoundDirectory } from '../loop/directory-watch.ts';
import { type Name, placesOf, stateOf, type WatchedPath, watchedPaths } from './watch-places.ts';

export interface PathWatch {
  /**
   * Replaces what is watched.
   * @param directories in these, every name is watched that does not begin with a dot
   * @throws HostFileError LeavesRoot for a path that is not absolute
   */
  watch(paths: readonly string[], directories: readonly string[]): void;
  /** Ends the reports. */
  close(): void;
}

export interface PathWatchOptions {
  /** @param path one that is watched, as it was given */
  readonly onChange: (path: string) => void;
  /** How long to wait before the next try when the kernel grants no watch; 10000 by default. */
  readonly retryMilliseconds?: number;
  /** How long foreign events are counted, and the longest that a directory rests; 2000 by default. */
  readonly periodMilliseconds?: number;
}

type Names = ReadonlyMap<string, Name>;

/** Watches nothing until `watch` is called. */
export function watchPaths(root: string, options: PathWatchOptions): PathWatch {
  return new PathWatcher(root, options);
}

class PathWatcher implements PathWatch {
  readonly #root: string;
  readonly #onChange: (path: string) => void;
  /** Each directory with the names in it that matter. */
  readonly #directories: DirectoryWatch<Names>;
  #paths: readonly WatchedPath[] = [];
  /** By key, the state of each path when it was first watched, or last reported. */
  #states: ReadonlyMap<string, string> = new Map();

  constructor(root: string, { onChange, retryMilliseconds, periodMilliseconds }: PathWatchOptions) {
    this.#root = root;
    this.#onChange = onChange;
    this.#directories = new DirectoryWatch({
      find: () => this.#find(),
      concern: (names, name) => this.#concern(names, name),
      // No state says what happened inside a directory in which every name counts, so that never rests.
      mayRest: (names) => !names.has(''),
      rested: () => this.#report(this.#paths.filter((one) => stateOf(root, one) !== this.#states.get(one.key))),
      missed: () => this.#report(this.#paths),
      retryMilliseconds,
      periodMilliseconds,
    });
  }

  watch(paths: readonly string[], directories: readonly string[]): void {
    const before = this.#states;
    this.#paths = watchedPaths(paths, directories);
    this.#directories.renew();
    // The state of a path that was watched before stays: a change of it may not have been reported yet.
    this.#states = new Map(this.#paths.map((one) => [one.key, before.get(one.key) ?? stateOf(this.#root, one)]));
  }

  close(): void {
    this.#directories.close();
  }

  #find(): ReadonlyMap<string, FoundDirectory<Names>> {
    const found = [...placesOf(this.#root, this.#paths)];
    return new Map(
      found.map(([identity, { directory, names }]) => [
        identity,
        { path: `/proc/self/fd/${directory}`, about: names, release: () => closeSync(directory) },
      ]),
    );
  }

  /** @param event undefined: all names are concerned */
  #concern(names: Names, event: string | undefined): Concern | undefined {
    const concerned = event === undefined ? [...names.values()] : namesOf(event, names);
    if (concerned.length === 0) return undefined;
    const paths = new Set(concerned.flatMap((one) => [...one.paths]));
    return {
      isOnTheWay: concerned.some((one) => one.isOnTheWay),
      report: () => this.#report(this.#paths.filter(({ path }) => paths.has(path))),
    };
  }

  #report(changed: readonly WatchedPath[]): void {
    if (changed.length === 0) return;
    this.#states = new Map([...this.#states, ...changed.map((one) => [one.key, stateOf(this.#root, one)] as const)]);
    for (const path of new Set(changed.map((one) => one.path))) this.#onChange(path);
  }
}

function namesOf(event: string, names: Names): readonly Name[] {
  return [names.get(event), event.startsWith('.') ? undefined : names.get('')].filter((one) => one !== undefined);
}
