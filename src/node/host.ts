/** What the node layer needs of one machine. `src/host` implements it for real machines, `test/fakes` in memory; both pass the same contract suite. */

import type { HealthzEndpoint } from '../render/kubelet/healthz.ts';

/** What stands at a path of the host. Mode is the permission bits only (0o7777). */
export type FileState =
  | { readonly kind: 'Absent' }
  | { readonly kind: 'File'; readonly mode: number; readonly uid: number; readonly gid: number; readonly content: Buffer }
  | { readonly kind: 'Symlink'; readonly target: string };

export interface NewFile {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly content: Buffer;
}

/**
 * Files inside one root. Paths are absolute as the host sees them; symlinks on the way resolve inside the root and never escape it.
 * Every method fails with a HostFileError and nothing else. Whoever changes anything, or calls `check`, holds the single-writer lock.
 */
export interface HostFiles {
  /** Never follows a symlink at the end of the path. Missing directories read as Absent. Anything but a file or symlink is NotAFile. */
  read(path: string): Promise<FileState>;
  /** Names in a directory, sorted; [] when it is missing. A symlink to a directory inside the root is followed. */
  list(directory: string): Promise<string[]>;
  /** Changes whenever the regular file that the path leads to (symlinks followed) is replaced or rewritten; undefined when there is none. Reads no byte of it. */
  identity(path: string): Promise<string | undefined>;
  /**
   * Would `write` (or `remove`, when `file` is undefined) be accepted here? Touches nothing but left-over temporary files of our own.
   * @throws HostFileError when not: read-only or full file system, a symlink, directory or mount in the way, a path through a file.
   */
  check(path: string, file: NewFile | undefined): Promise<void>;
  /** Whole or not at all (N1): dot-named temporary file beside the target, owner and mode before bytes, fsync, rename, fsync of the directory. Makes missing directories (0755). */
  write(path: string, file: NewFile): Promise<void>;
  /** A symlink with exactly this target, made or replaced in one step; a file or directory in the way is refused (Exists). Makes missing directories (0755). */
  link(path: string, target: string): Promise<void>;
  /** A directory with this mode, missing parents 0755; one that is there gets the mode. For our own state. */
  makeDirectory(directory: string, mode: number): Promise<void>;
  /**
   * A new directory with these files, by their paths inside it (`/a/b`), all of it on disk except for its own name, which `rename` makes durable.
   * For our own state, under a name that nobody reads; anything that is there already is refused (Exists). What a failure leaves is for `removeTree`.
   */
  makeTree(directory: string, files: ReadonlyMap<string, NewFile>): Promise<void>;
  /** Removes a file or symlink, fsyncs the directory; a missing one is fine. Never a directory. */
  remove(path: string): Promise<void>;
  /**
   * Renames within one file system and fsyncs both directories. A file replaces a file; anything else at the target is refused (Exists).
   * Of several who rename the same thing one succeeds, the others get Missing.
   */
  rename(from: string, to: string): Promise<void>;
  /** Removes a directory that is empty and fsyncs the one that holds it. One in which anything is stays; a missing one is fine. Never a symlink or file. */
  removeDirectory(directory: string): Promise<void>;
  /** Removes a directory of our own state with all in it, following no symlink; a missing one is fine. */
  removeTree(directory: string): Promise<void>;
}

export const hostFileErrorCodes = [
  'LeavesRoot',
  'SymlinkInTheWay',
  'NotAFile',
  'PathThroughFile',
  'Missing',
  'Exists',
  'Busy',
  'ReadOnly',
  'NoSpace',
  'PermissionDenied',
  'InputOutput',
] as const;
export type HostFileErrorCode = (typeof hostFileErrorCodes)[number];

export class HostFileError extends Error {
  override readonly name = 'HostFileError';
  readonly code: HostFileErrorCode;
  readonly path: string;
  /** What the reader should do. */
  readonly remedy: string;

  constructor(code: HostFileErrorCode, path: string, reason: string, remedy: string, options?: ErrorOptions) {
    super(reason, options);
    this.code = code;
    this.path = path;
    this.remedy = remedy;
  }
}

/** The properties of a unit that decide anything, named as systemd names them. */
export interface UnitStatus {
  readonly loadState: string;
  readonly activeState: string;
  readonly subState: string;
  /** enabled, disabled, static, masked, …; '' when the unit has no file. */
  readonly unitFileState: string;
  readonly invocationId: string;
  readonly mainPid: number;
  readonly restarts: number;
  /** `success`, `exit-code`, `start-limit-hit`, … of the last run. */
  readonly result: string;
  /** What systemd does when its process ends: `no`, `on-failure`, `always`, …; '' of what is no service. */
  readonly restartPolicy: string;
  /** When it last became active, in milliseconds since the epoch by the host's clock; 0 if it never did since the boot. */
  readonly activeSince: number;
  /** A start, stop or restart waits or is under way. */
  readonly hasJob: boolean;
}

/** systemd, or its offline stand-in for a root in which none runs. */
export interface Systemd {
  /** False offline: units can be enabled, nothing can be started. */
  readonly running: boolean;
  status(unit: string): Promise<UnitStatus>;
  reload(): Promise<void>;
  /** Resolves when the job is done; any other result, a lost connection or a time-out is an error, never success. */
  restart(unit: string): Promise<void>;
  stop(unit: string): Promise<void>;
  enable(unit: string): Promise<void>;
  disable(unit: string): Promise<void>;
  /** A unit that was never failed is fine. */
  resetFailed(unit: string): Promise<void>;
}

/**
 * What takes an open transaction back without its agent (design N5): a script in the transaction's directory, a timer and a unit that starts at
 * boot. It is the only thing that ever undoes an open transaction; the agent pulls it like everybody else.
 */
export interface DeadMansSwitch {
  /** Paths of what `set` installs for good. */
  readonly installs: readonly string[];
  /** From now on the script runs after so long, and at the next boot, and does nothing where no transaction is open. */
  set(unit: string, milliseconds: number): Promise<void>;
  /** The timer is needed no longer. */
  clear(): Promise<void>;
  /** Runs the script and waits for its end; the kubelet's own restart may still be going on then. @throws SystemdError, HostFileError when it could not be run or did not get to its end */
  pull(unit: string): Promise<void>;
  /** Takes away what `set` has installed for good. */
  remove(): Promise<void>;
}

export const systemdErrorCodes = ['JobFailed', 'JobUnknown', 'TimedOut', 'Disconnected', 'Refused', 'NotRunning'] as const;
export type SystemdErrorCode = (typeof systemdErrorCodes)[number];

export class SystemdError extends Error {
  override readonly name = 'SystemdError';
  readonly code: SystemdErrorCode;
  /** The D-Bus error name (`org.freedesktop.systemd1.NoSuchUnit`) or job result (`failed`), as systemd gave it. */
  readonly detail: string;
  readonly unit: string | undefined;

  constructor(code: SystemdErrorCode, detail: string, message: string, options?: ErrorOptions & { unit?: string }) {
    super(message, options);
    this.code = code;
    this.detail = detail;
    this.unit = options?.unit;
  }
}

/** What the kubelet says of itself at its `/healthz`. */
export type HealthzAnswer = { readonly kind: 'Ok' } | { readonly kind: 'NotOk'; readonly reason: string };

/** Asks once, and not for longer than two seconds. Never throws. */
export type HealthzProbe = (endpoint: HealthzEndpoint) => Promise<HealthzAnswer>;

/**
 * What may have happened on a host. File: to something that is watched. UnitFile: likewise, and systemd reads it. Reloaded: systemd has read all unit
 * files anew. Unit: the unit came up or went down, or units were enabled, disabled or masked.
 */
export type HostEvent = 'File' | 'UnitFile' | 'Reloaded' | 'Unit';

export interface WatchedThings {
  /** Of files, whether or not they or their directories are there. */
  readonly paths: readonly string[];
  /** In these every name counts. */
  readonly directories: readonly string[];
  readonly unit: string;
}

/** Tells of changes soon after they were made, perhaps more often than they were; whoever looks after having been told misses nothing. */
export interface HostWatch {
  /** When it resolves these count, and nothing else. What happened to them earlier is not told. */
  watch(things: WatchedThings): Promise<void>;
  close(): void;
}

/** Time, passed in so that tests decide it. */
export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
