/** What the node layer needs of one machine. `src/host` implements it for real machines, `test/fakes` in memory; both pass the same contract suite. */

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

/** Files inside one root. Paths are absolute as the host sees them; symlinks on the way resolve inside the root and never escape it. */
export interface HostFiles {
  /** @throws HostFileError Unsafe, NotAFile, PathThroughFile, Input/output. Missing directories read as Absent. */
  read(path: string): Promise<FileState>;
  /** Names in a directory, sorted; [] when it is missing. */
  list(directory: string): Promise<string[]>;
  /**
   * Would `write` (or `remove`, when `file` is undefined) be accepted here? Touches nothing that lasts.
   * @throws HostFileError when not: read-only or full file system, a symlink or a directory in the way, a path through a file.
   */
  check(path: string, file: NewFile | undefined): Promise<void>;
  /** Whole or not at all (N1): dot-named temporary file beside the target, owner and mode before bytes, fsync, rename, fsync of the directory. Makes missing directories (0755). */
  write(path: string, file: NewFile): Promise<void>;
  /** Removes a file or symlink, fsyncs the directory; a missing one is fine. Never a directory. */
  remove(path: string): Promise<void>;
  /** Renames within one file system and fsyncs both directories; the target must not exist (a directory) or is replaced (a file). */
  rename(from: string, to: string): Promise<void>;
  /** Removes a directory of our own state with all in it; a missing one is fine. */
  removeTree(directory: string): Promise<void>;
}

export type HostFileErrorCode =
  | 'LeavesRoot'
  | 'SymlinkInTheWay'
  | 'NotAFile'
  | 'PathThroughFile'
  | 'ReadOnly'
  | 'NoSpace'
  | 'PermissionDenied'
  | 'InputOutput';

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

export type SystemdErrorCode = 'JobFailed' | 'JobUnknown' | 'TimedOut' | 'Disconnected' | 'Refused' | 'NotRunning';

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

/** Time, passed in so that tests decide it. */
export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
