/** A directory of manifests that says when it changed, whatever a person, an editor or the kubelet does to it. */

import { type FSWatcher, lstatSync, readdirSync, realpathSync, statSync, watch } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { debounce } from '../../loop/debounce.ts';
import { isManifestName, isSystemError } from './manifest-file.ts';
import { type DirectorySnapshot, readDirectory, type SnapshotOptions } from './snapshot.ts';

export type { DirectorySnapshot } from './snapshot.ts';

export interface DirectoryOptions extends SnapshotOptions {
  /** Called some time after a change, once for a burst of them. Not called for what is there at the start. */
  readonly onChange: () => void;
  /** How long it has to be quiet after a file was written to or went away; 200 by default. Half a manifest is often valid too, and what went may come back. */
  readonly debounceMilliseconds?: number;
  /** And after a file came: by a rename it comes whole, so this only gathers several that come together. 10 by default. */
  readonly arrivalMilliseconds?: number;
  /** The longest that a change waits when it is never quiet; 2000 by default. */
  readonly longestMilliseconds?: number;
  /** How long to wait before the next try when the system grants no inotify watch; 10000 by default. */
  readonly retryMilliseconds?: number;
}

export interface DirectorySource {
  /** May be called at any time, as often as wanted. */
  read(): Promise<DirectorySnapshot>;
  close(): void;
}

interface Watched {
  readonly watcher: FSWatcher;
  readonly identity: string;
}

/**
 * Watches the directory, every directory above it (for it may be missing, removed, replaced or reached through links), and those
 * that links in it lead to. An inotify watch is bound to an inode, so after each event all of them are compared with what the
 * paths lead to now; whoever reads after `onChange` misses nothing.
 */
export function watchDirectory(directory: string, options: DirectoryOptions): DirectorySource {
  const root = resolve(directory);
  const watched = new Map<string, Watched>();
  const changed = debounce(options.onChange, { longestMilliseconds: options.longestMilliseconds ?? 2000 });
  const { debounceMilliseconds = 200, arrivalMilliseconds = 10 } = options;
  let retry: NodeJS.Timeout | undefined;
  let starts = 0;

  /** Again until nothing new is found: a directory may appear after its path was looked at and before its parent is watched. */
  const renew = () => {
    let failures: readonly string[] = [];
    for (let pass = 0, before = -1; before !== starts && pass < mostPasses; pass += 1) {
      before = starts;
      failures = renewOnce();
    }
    // A forbidden directory on the way does no harm while the one itself is watched.
    if (failures.some((code) => code !== 'EACCES' || !watched.has(root))) retryLater();
  };
  /** The codes of the system's errors. */
  const renewOnce = (): string[] => {
    const wanted = new Map(wantedDirectories(root).map((path) => [path, identityOf(path)]));
    for (const [path, { watcher, identity }] of watched) {
      if (wanted.get(path) === identity) continue;
      watcher.close();
      watched.delete(path);
    }
    return [...wanted].flatMap(([path, identity]) =>
      identity === undefined || watched.has(path) ? [] : (start(path, identity) ?? []),
    );
  };
  /** The code of the system's error, if it failed. */
  const start = (path: string, identity: string): string | undefined => {
    try {
      const watcher = watch(path, (event, name) => {
        if (!concerns(root, path, name)) return;
        // What is made here and then written to ends with a 'change'; until then it is empty, which no manifest may be.
        const came = event === 'rename' && name !== null && isThere(join(path, name));
        notice(came ? arrivalMilliseconds : debounceMilliseconds);
      });
      watcher.on('error', () => notice(debounceMilliseconds));
      watched.set(path, { watcher, identity });
      starts += 1;
      return undefined;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return error.code ?? '';
    }
  };
  const notice = (quietMilliseconds: number) => {
    renew();
    changed.signal(quietMilliseconds);
  };
  const retryLater = () => {
    retry ??= setTimeout(() => {
      retry = undefined;
      notice(debounceMilliseconds);
    }, options.retryMilliseconds ?? 10_000);
  };

  renew();
  return {
    read: () => readDirectory(root, options),
    close: () => {
      clearTimeout(retry);
      changed.cancel();
      for (const { watcher } of watched.values()) watcher.close();
      watched.clear();
    },
  };
}

/** Somebody may replace directories faster than they can be watched; the events of that bring us back here. */
const mostPasses = 50;

/** Above the directory only the next step of the path matters; in it, all but editors' hidden files. `..data` is a ConfigMap's. */
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

/** Where the manifests really are, when they are links. */
function linkedDirectories(root: string): string[] {
  return tolerate(() => readdirSync(root), [])
    .filter(isManifestName)
    .map((name) => tolerate(() => dirname(realpathSync(join(root, name))), root));
}

/** Undefined where there is no directory; then its parent says when one appears. */
function identityOf(path: string): string | undefined {
  return tolerate(() => {
    const stats = statSync(path, { bigint: true });
    return stats.isDirectory() ? `${stats.dev} ${stats.ino}` : undefined;
  }, undefined);
}

function isThere(path: string): boolean {
  return tolerate(() => Boolean(lstatSync(path)), false);
}

/** What the path leads to may be missing or forbidden at any moment; reading tells the person about it. */
function tolerate<Value>(look: () => Value, otherwise: Value): Value {
  try {
    return look();
  } catch (error) {
    if (isSystemError(error)) return otherwise;
    throw error;
  }
}
