/**
 * Keeps inotify watches on a set of directories that changes. A watch is bound to an inode: when a directory
 * on the way to another one is removed or replaced, the set is found anew.
 *
 * The kernel reports every name in a directory, and every write. A foreign event, which concerns nothing,
 * costs little, but a program that writes all the time to a file in `/run` would keep this process busy for
 * ever. So a directory with too many foreign events rests: it is not watched until the period ends. The owner
 * may let it rest of its own events too, and then each rest that follows another is twice as long.
 */

import { type FSWatcher, type WatchEventType, watch } from 'node:fs';

/** A directory that is to be watched. */
export interface FoundDirectory<About> {
  /** A path that leads to the directory at this moment. */
  readonly path: string;
  /** What the owner of the watch knows about the directory. It gets this back with each event. */
  readonly about: About;
  /** Called when the path is no longer needed, for example to close a descriptor. */
  readonly release?: () => void;
}

/** What an event concerns. */
export interface Concern {
  /** Whether other directories may have to be watched now. */
  readonly isOnTheWay: boolean;
  /** Called after that has been done: if the owner looks now, it misses nothing later. */
  readonly report: () => void;
}

export interface DirectoryWatchOptions<About> {
  /** Finds the directories to watch now, by device and inode. */
  readonly find: () => ReadonlyMap<string, FoundDirectory<About>>;
  /**
   * What an event in a directory concerns; undefined for a foreign event.
   * @param name in the directory; undefined if the kernel did not say, or if the directory itself was removed
   * or moved
   */
  readonly concern: (about: About, name: string | undefined, event: WatchEventType) => Concern | undefined;
  /** Whether the directory may rest. Its events during that time are lost. */
  readonly mayRest: (about: About) => boolean;
  /** Called when resting directories are watched again. */
  readonly rested: () => void;
  /** Called when events of any directory may have been lost. */
  readonly missed: () => void;
  /**
   * Whether it does not matter that the system refuses a watch, with this error code. Otherwise it is tried
   * again.
   */
  readonly isNeedless?: (about: About, code: string) => boolean;
  /** How long to wait before a refused watch is tried again; 10000 by default. */
  readonly retryMilliseconds?: number | undefined;
  /** How long events are counted, and how long a directory rests of foreign ones; 2000 by default. */
  readonly periodMilliseconds?: number | undefined;
  /**
   * How many periods a directory rests at most if too many events in it concern something. Undefined: these
   * are not counted.
   */
  readonly mostOwnRest?: number;
}

interface Watched<About> {
  readonly watcher: FSWatcher;
  about: About;
  /** Since the period began. */
  events: number;
  /** The ones of them that concerned something. */
  ownEvents: number;
}

interface Refused<About> {
  readonly about: About;
  readonly code: string;
}

/** A period with this many events costs some milliseconds of processor time. */
export const mostForeignEvents = 100;

/** Directories may be replaced faster than they can be watched. Their events lead back here. */
const mostRounds = 20;

/** Watches nothing until `renew` is called. Directories are known by device and inode. */
export class DirectoryWatch<About> {
  readonly #options: DirectoryWatchOptions<About>;
  readonly #watched = new Map<string, Watched<About>>();
  /** By directory, the periods that it still rests. */
  readonly #resting = new Map<string, number>();
  /** By directory, the periods of its last rest; none once it was calm for a period. */
  readonly #lastRest = new Map<string, number>();
  #retry: NodeJS.Timeout | undefined;
  #period: NodeJS.Timeout | undefined;

  constructor(options: DirectoryWatchOptions<About>) {
    this.#options = options;
  }

  /** Whether a directory is watched at this moment. */
  has(identity: string): boolean {
    return this.#watched.has(identity);
  }

  /**
   * Finds the directories anew, and repeats that until there is no new one: a directory may appear after it
   * was looked for and before its parent is watched.
   */
  renew(): void {
    let refused: readonly Refused<About>[] = [];
    for (let round = 0, begun = 1; begun > 0 && round < mostRounds; round += 1) {
      const found = this.#options.find();
      for (const identity of this.#watched.keys()) if (!found.has(identity)) this.#end(identity);
      const kept = this.#watched.size;
      refused = [...found].flatMap(([identity, directory]) => this.#keep(identity, directory) ?? []);
      begun = this.#watched.size - kept;
    }
    const isNeedless = this.#options.isNeedless ?? (() => false);
    if (refused.some(({ about, code }) => !isNeedless(about, code))) this.#retryLater();
  }

  /** Ends all watches and timers. Nothing is called afterwards. */
  close(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#period);
    for (const identity of this.#watched.keys()) this.#end(identity);
  }

  /** @returns why the system refuses to watch the directory, if it does */
  #keep(identity: string, { path, about, release }: FoundDirectory<About>): Refused<About> | undefined {
    try {
      const known = this.#watched.get(identity);
      if (known) known.about = about;
      else if (!this.#resting.has(identity)) this.#begin(identity, path, about);
      return undefined;
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined) throw error;
      return { about, code };
    } finally {
      release?.();
    }
  }

  #begin(identity: string, path: string, about: About): void {
    // The watch is on what the path leads to now. An event of the directory itself has the last part of this
    // path as its name, and no entry of a directory can be named `.`.
    const watcher = watch(`${path}/.`, (event, name) => this.#heard(identity, event, name));
    watcher.on('error', () => {
      this.#end(identity);
      this.#retryLater();
    });
    this.#watched.set(identity, { watcher, about, events: 0, ownEvents: 0 });
  }

  #end(identity: string): void {
    this.#watched.get(identity)?.watcher.close();
    this.#watched.delete(identity);
  }

  #heard(identity: string, event: WatchEventType, name: string | null): void {
    const watched = this.#watched.get(identity);
    if (!watched) return;
    // Removed or moved. The kernel drops the watch of a removed directory, and may give its inode number to
    // another.
    const isGone = event === 'rename' && name === '.';
    if (isGone) this.#end(identity);
    const concern = this.#options.concern(watched.about, isGone ? undefined : (name ?? undefined), event);
    if (isGone || concern?.isOnTheWay) this.renew();
    concern?.report();
    if (!isGone && (concern === undefined || this.#options.mostOwnRest !== undefined)) this.#count(identity, watched, concern);
  }

  #count(identity: string, watched: Watched<About>, concern: Concern | undefined): void {
    this.#beginPeriod();
    watched.events += 1;
    if (concern) watched.ownEvents += 1;
    if (watched.events < mostForeignEvents || !this.#options.mayRest(watched.about)) return;
    const isOwn = watched.ownEvents * 2 > watched.events;
    const longest = isOwn ? (this.#options.mostOwnRest ?? 1) : 1;
    const periods = Math.min(longest, Math.max(1, 2 * (this.#lastRest.get(identity) ?? 0)));
    this.#end(identity);
    this.#resting.set(identity, periods);
    this.#lastRest.set(identity, periods);
  }

  #beginPeriod(): void {
    this.#period ??= setTimeout(() => this.#endPeriod(), this.#options.periodMilliseconds ?? 2_000);
  }

  #endPeriod(): void {
    this.#period = undefined;
    for (const watched of this.#watched.values()) [watched.events, watched.ownEvents] = [0, 0];
    for (const identity of this.#lastRest.keys()) if (!this.#resting.has(identity)) this.#lastRest.delete(identity);
    const before = this.#resting.size;
    for (const [identity, periods] of this.#resting) {
      if (periods > 1) this.#resting.set(identity, periods - 1);
      else this.#resting.delete(identity);
    }
    // What is watched again has to be calm for a period.
    if (this.#lastRest.size > 0) this.#beginPeriod();
    if (this.#resting.size === before) return;
    this.renew();
    this.#options.rested();
  }

  #retryLater(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.renew();
      this.#options.missed();
    }, this.#options.retryMilliseconds ?? 10_000);
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
