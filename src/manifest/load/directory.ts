/** Watches a directory of manifests, whatever a person, an editor or the kubelet does to it. */

import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Debounced, debounce } from '../../loop/debounce.ts';
import { type Concern, DirectoryWatch, type FoundDirectory } from '../../loop/directory-watch.ts';
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
  /** How long events are counted, and the shortest rest from too many of them; 2000 by default. */
  readonly periodMilliseconds?: number;
  /** Whether a file of this name in the directory matters; manifests by default. */
  readonly matters?: (name: string) => boolean;
}

export interface DirectorySource {
  /** Reads what is in the directory now. May be called at any time. */
  read(): Promise<DirectorySnapshot>;
  close(): void;
}

/**
 * Watches the directory and all directories above it, since any of them may be missing, removed, replaced or
 * a link, and the directories that links in it lead to. If `read` is called after `onChange`, no change is
 * missed. While files are written all the time, changes are reported late: after up to 32 s if these files
 * matter, else after 2 s.
 */
export function watchDirectory(directory: string, options: DirectoryOptions): DirectorySource {
  return new ManifestDirectory(directory, options);
}

/** In periods: 32 s. */
const mostOwnRest = 16;

class ManifestDirectory implements DirectorySource {
  readonly #root: string;
  readonly #options: DirectoryOptions;
  readonly #changed: Debounced;
  /** Each directory with the paths that lead to it. */
  readonly #watch: DirectoryWatch<readonly string[]>;
  readonly #matters: (name: string) => boolean;
  /** The directories that were found last. */
  #found = '';
  /** The directories and files when a change was reported last. */
  #reported: string;

  constructor(directory: string, options: DirectoryOptions) {
    const root = resolve(directory);
    this.#root = root;
    this.#options = options;
    this.#matters = options.matters ?? isManifestName;
    const report = () => {
      this.#reported = this.#state();
      options.onChange();
    };
    this.#changed = debounce(report, { longestMilliseconds: options.longestMilliseconds ?? 2000 });
    this.#watch = new DirectoryWatch({
      find: () => this.#find(),
      concern: (paths, name, event) => this.#concern(paths, name, event),
      // All that may have happened meanwhile shows in the state.
      mayRest: () => true,
      mostOwnRest,
      rested: () => {
        if (this.#state() !== this.#reported) this.#changed.signal(this.#quiet());
      },
      missed: () => this.#changed.signal(this.#quiet()),
      // A forbidden directory on the way does no harm while the directory itself is watched.
      isNeedless: (_paths, code) => code === 'EACCES' && this.#watch.has(identityOf(root) ?? ''),
      retryMilliseconds: options.retryMilliseconds,
      periodMilliseconds: options.periodMilliseconds,
    });
    this.#watch.renew();
    this.#reported = this.#state();
  }

  read(): Promise<DirectorySnapshot> {
    return readDirectory(this.#root, this.#options);
  }

  close(): void {
    this.#changed.cancel();
    this.#watch.close();
  }

  #find(): ReadonlyMap<string, FoundDirectory<readonly string[]>> {
    const found = new Map<string, FoundDirectory<readonly string[]>>();
    for (const path of wantedDirectories(this.#root)) {
      const identity = identityOf(path);
      if (identity !== undefined) found.set(identity, { path, about: [...(found.get(identity)?.about ?? []), path] });
    }
    this.#found = [...found].map(([identity, { about }]) => `${identity} ${about}`).join('\n');
    return found;
  }

  #concern(paths: readonly string[], name: string | undefined, event: string): Concern | undefined {
    const concerned = paths.filter((path) => concerns(this.#root, path, name, this.#matters));
    if (concerned.length === 0) return undefined;
    // A file that is created here and then written ends with a 'change'; an empty file is no valid manifest.
    const hasArrived = event === 'rename' && name !== undefined && paths.some((path) => isThere(join(path, name)));
    const quiet = hasArrived ? (this.#options.arrivalMilliseconds ?? 10) : this.#quiet();
    // What is written to a file leads to no other directory.
    const isOnTheWay = event === 'rename' || name === undefined || concerned.some((path) => isOver(path, this.#root));
    return { isOnTheWay, report: () => this.#changed.signal(quiet) };
  }

  /** Another text whenever another directory, or another content of a file that matters, is there. */
  #state(): string {
    const names = tolerate(() => readdirSync(this.#root), []).filter(this.#matters);
    return [this.#found, ...names.sort().map((name) => `${name} ${versionOf(join(this.#root, name))}`)].join('\n');
  }

  #quiet(): number {
    return this.#options.debounceMilliseconds ?? 200;
  }
}

/**
 * Whether an event in a watched directory concerns the root. Above the root only the next component of its
 * path does. In it the files that matter do, and `..data` of a ConfigMap volume. Links lead to names of any
 * kind.
 * @param name undefined if it is not known
 */
export function concerns(root: string, path: string, name: string | undefined, matters = isManifestName): boolean {
  if (name === undefined) return true;
  if (isOver(path, root)) return isAbove(join(path, name), root);
  if (name.startsWith('..')) return true;
  return path === root ? matters(name) : !name.startsWith('.');
}

function isOver(path: string, root: string): boolean {
  return root !== path && isAbove(path, root);
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

/** Of the file behind links: another text after each write. */
function versionOf(path: string): string {
  return tolerate(() => {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  }, '');
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
