/** Watches a directory of manifests, whatever a person, an editor or the kubelet does to it. */

import { type FSWatcher, lstatSync, readdirSync, realpathSync, statSync, watch } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Debounced, debounce } from '../../loop/debounce.ts';
import { isManifestName, isSystemError } from './manifest-file.ts';
import { type DirectorySnapshot, readDirectory, type SnapshotOptions } from './snapshot.ts';

export type { DirectorySnapshot } from './snapshot.ts';

export interface DirectoryOptions extends SnapshotOptions {
  /**
   * Called after a change, once for several at the same time. It is not called for what is there at the
   * start.
   */
  readonly onChange: () => void;
  /**
   * How long the directory must be quiet after a file was written or removed; 200 by default. Half a manifest
   * is often valid too, and a removed file may come back.
   */
  readonly debounceMilliseconds?: number;
  /** The same after a file was renamed into it, which makes it appear whole; 10 by default. */
  readonly arrivalMilliseconds?: number;
  /** How long a change waits at most while the directory is never quiet; 2000 by default. */
  readonly longestMilliseconds?: number;
  /** The pause before the next try if the system grants no inotify watch; 10000 by default. */
  readonly retryMilliseconds?: number;
}

export interface DirectorySource {
  /** What the directory says now. May be called at any time. */
  read(): Promise<DirectorySnapshot>;
  close(): void;
}

/**
 * Watches the directory and all directories above it, since any of them may be missing, removed, replaced or
 * a link, and the directories that links in it lead to. If `read` is called after `onChange`, no change is
 * missed.
 */
export function watchDirectory(directory: string, options: DirectoryOptions): DirectorySource {
  const watch = new DirectoryWatch(directory, options);
  watch.renew();
  return watch;
}

interface Watched {
  readonly watcher: FSWatcher;
  readonly identity: string;
}

/**
 * An inotify watch stays with its inode, so after each event all paths are compared with the inodes they lead
 * to now.
 */
class DirectoryWatch implements DirectorySource {
  readonly #root: string;
  readonly #options: DirectoryOptions;
  readonly #changed: Debounced;
  readonly #watched = new Map<string, Watched>();
  #retry: NodeJS.Timeout | undefined;
  #starts = 0;

  constructor(directory: string, options: DirectoryOptions) {
    this.#root = resolve(directory);
    this.#options = options;
    this.#changed = debounce(options.onChange, { longestMilliseconds: options.longestMilliseconds ?? 2000 });
  }

  read(): Promise<DirectorySnapshot> {
    return readDirectory(this.#root, this.#options);
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#changed.cancel();
    for (const { watcher } of this.#watched.values()) watcher.close();
    this.#watched.clear();
  }

  /**
   * Renews the watches until there is nothing new: a directory may appear after its path was looked at and
   * before its parent is watched.
   */
  renew(): void {
    let failures: readonly string[] = [];
    for (let pass = 0, before = -1; before !== this.#starts && pass < mostPasses; pass += 1) {
      before = this.#starts;
      failures = this.#renewOnce();
    }
    // A forbidden directory on the way does no harm while the directory itself is watched.
    if (failures.some((code) => code !== 'EACCES' || !this.#watched.has(this.#root))) this.#retryLater();
  }

  /** Returns the codes of the system's errors. */
  #renewOnce(): string[] {
    const wanted = new Map(wantedDirectories(this.#root).map((path) => [path, identityOf(path)]));
    for (const [path, { watcher, identity }] of this.#watched) {
      if (wanted.get(path) === identity) continue;
      watcher.close();
      this.#watched.delete(path);
    }
    return [...wanted].flatMap(([path, identity]) =>
      identity === undefined || this.#watched.has(path) ? [] : (this.#start(path, identity) ?? []),
    );
  }

  /** Returns the code of the system's error, if there was one. */
  #start(path: string, identity: string): string | undefined {
    try {
      const watcher = watch(path, (event, name) => this.#hear(path, event, name));
      watcher.on('error', () => this.#notice(this.#quiet()));
      this.#watched.set(path, { watcher, identity });
      this.#starts += 1;
      return undefined;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return error.code ?? '';
    }
  }

  #hear(path: string, event: string, name: string | null): void {
    if (!concerns(this.#root, path, name)) return;
    // A file that is created here and then written ends with a 'change'; an empty file is no valid manifest.
    const hasArrived = event === 'rename' && name !== null && isThere(join(path, name));
    this.#notice(hasArrived ? (this.#options.arrivalMilliseconds ?? 10) : this.#quiet());
  }

  #notice(quietMilliseconds: number): void {
    this.renew();
    this.#changed.signal(quietMilliseconds);
  }

  #quiet(): number {
    return this.#options.debounceMilliseconds ?? 200;
  }

  #retryLater(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.#notice(this.#quiet());
    }, this.#options.retryMilliseconds ?? 10_000);
  }
}

/**
 * A program may replace directories faster than they can be watched. Its next event renews the watches again.
 */
const mostPasses = 50;

/**
 * Whether an event in a watched directory concerns the root. Above the root only the next component of its
 * path does; in it all names do but the hidden files of editors. `..data` belongs to a ConfigMap volume.
 */
export function concerns(root: string, path: string, name: string | null): boolean {
  if (name === null) return true;
  if (root !== path && isAbove(path, root)) return isAbove(join(path, name), root);
  return !name.startsWith('.') || name.startsWith('..');
}

function isAbove(path: string, root: string): boolean {
  return root === path || root.startsWith(path === '/' ? '/' : `${path}/`);
}

function wantedDirectories(root: string): string[] {
  const wanted = new Set<string>([root]);
  for (let path = root; path !== dirname(path); path = dirname(path)) wanted.add(dirname(path));
  for (const path of linkedDirectories(root)) wanted.add(path);
  return [...wanted];
}

/** The directories that links to manifests lead to. */
function linkedDirectories(root: string): string[] {
  return tolerate(() => readdirSync(root), [])
    .filter(isManifestName)
    .map((name) => tolerate(() => dirname(realpathSync(join(root, name))), root));
}

/** Undefined if there is no directory: the watch of its parent reports when one appears. */
function identityOf(path: string): string | undefined {
  return tolerate(() => {
    const stats = statSync(path, { bigint: true });
    return stats.isDirectory() ? `${stats.dev} ${stats.ino}` : undefined;
  }, undefined);
}

function isThere(path: string): boolean {
  return tolerate(() => Boolean(lstatSync(path)), false);
}

/** A path may be missing or forbidden at any moment. That is reported when the directory is read. */
function tolerate<Value>(look: () => Value, otherwise: Value): Value {
  try {
    return look();
  } catch (error) {
    if (isSystemError(error)) return otherwise;
    throw error;
  }
}
