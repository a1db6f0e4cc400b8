/**
 * Files of one host. `src/host` implements them on disk, `test/fakes` in memory; both pass the same contract
 * suite.
 */

/** What stands at a path of the host. `mode` holds the permission bits only (0o7777). */
export type FileState =
  | { readonly kind: 'Absent' }
  | { readonly kind: 'File'; readonly mode: number; readonly uid: number; readonly gid: number; readonly content: Buffer }
  | { readonly kind: 'Symlink'; readonly target: string };

/** A file as it is to be written. `mode` holds the permission bits only (0o7777). */
export interface NewFile {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly content: Buffer;
}

/** Where a path leads when the symlinks on the way are followed, and none at its end. */
export interface ResolvedPath {
  /** A path to the same place that leads through no symlink. */
  readonly path: string;
  /**
   * Directories on the way that do not exist, the outermost first. Where a file stands, no directory exists.
   */
  readonly missing: readonly string[];
}

/**
 * Files inside one root. Paths are absolute as the host sees them. Symlinks on the way are resolved inside
 * the root and never lead out of it. Every method fails with a HostFileError and nothing else; a path that
 * leads out of the root (LeavesRoot), through a file (PathThroughFile, but not from `resolve`) or through a
 * loop of symlinks (SymlinkInTheWay) is refused by all of them. A caller that changes anything, or calls
 * `check`, holds the single-writer lock.
 */
export interface HostFiles {
  /**
   * What stands at a path. A symlink at its end is not followed. Missing directories read as Absent.
   * @throws HostFileError NotAFile for a directory, a pipe, a device
   */
  read(path: string): Promise<FileState>;
  /**
   * Names in a directory, sorted; [] when it is missing. A symlink to a directory inside the root is
   * followed.
   */
  list(directory: string): Promise<string[]>;
  /** Follows the symlinks on the way to a path, and none at its end. Neither needs to exist. */
  resolve(path: string): Promise<ResolvedPath>;
  /**
   * A text that changes whenever the regular file at the end of the path is replaced or rewritten; undefined
   * if there is none. Symlinks are followed. Reads no byte of the file.
   */
  identity(path: string): Promise<string | undefined>;
  /**
   * When the regular file at the end of the path, or a symlink on the way from there, last got other bytes, a
   * name or a mode: milliseconds since the epoch by the host's clock; undefined if there is none. Absent
   * where nobody can say.
   */
  changedAt?(path: string): Promise<number | undefined>;
  /**
   * Checks that `write` would be accepted, or `remove` if `file` is undefined. Changes nothing, but removes
   * temporary files that we left behind.
   * @param instead 'Directory' if a directory that we made stands there, and is removed when it is empty
   * @throws HostFileError for a read-only or full file system; a symlink, directory or mount in the way; a
   * directory with another mode or owner than we make; missing permission
   */
  check(path: string, file: NewFile | undefined, instead?: 'Directory'): Promise<void>;
  /**
   * Writes a file whole or not at all (N1): a dot-named temporary file beside the target gets owner and mode
   * before its bytes; then fsync, rename, and fsync of the directory. Makes missing directories with mode
   * 0755.
   * @throws HostFileError SymlinkInTheWay, NotAFile when something other than a file stands there; NoSpace,
   * ReadOnly, …
   */
  write(path: string, file: NewFile): Promise<void>;
  /**
   * Makes or replaces a symlink in one step, with exactly this target. Makes missing directories with mode
   * 0755.
   * @throws HostFileError Exists when a file or directory stands there
   */
  link(path: string, target: string): Promise<void>;
  /**
   * Makes a directory with this mode, its missing parents with 0755. One that exists gets the mode. For our
   * own state only.
   */
  makeDirectory(directory: string, mode: number): Promise<void>;
  /**
   * Makes a directory that holds these files. All of it is on disk afterwards but the name of the directory,
   * which `rename` makes durable. For our own state, under a name that nothing reads. `removeTree` removes
   * what a failure leaves behind.
   * @param files by their paths inside the directory: `/a/b`
   * @throws HostFileError Exists when something stands at `directory`
   */
  makeTree(directory: string, files: ReadonlyMap<string, NewFile>): Promise<void>;
  /**
   * Removes a file or symlink and fsyncs its directory. A missing one is fine.
   * @throws HostFileError NotAFile for a directory
   */
  remove(path: string): Promise<void>;
  /**
   * Renames within one file system and fsyncs both directories. A file may replace a file. If several callers
   * rename the same thing, one succeeds.
   * @throws HostFileError Exists when something else stands at the target; Missing when there is nothing to
   * rename
   */
  rename(from: string, to: string): Promise<void>;
  /**
   * Removes an empty directory and fsyncs its parent. One that is missing, or not empty, is fine and stays as
   * it is.
   * @throws HostFileError PathThroughFile for a file or symlink
   */
  removeDirectory(directory: string): Promise<void>;
  /**
   * Removes a directory of our own state with everything in it, and follows no symlink. A missing one is
   * fine.
   */
  removeTree(directory: string): Promise<void>;
}

/** Why a file could not be read or changed. docs/errors.md explains each. */
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
  'OthersMayWrite',
  'InputOutput',
] as const;

export type HostFileErrorCode = (typeof hostFileErrorCodes)[number];

/** A file of the host could not be read or changed. The message says what is wrong. */
export class HostFileError extends Error {
  override readonly name = 'HostFileError';
  readonly code: HostFileErrorCode;
  readonly path: string;
  /** What the person should do about it. */
  readonly remedy: string;

  constructor(code: HostFileErrorCode, path: string, reason: string, remedy: string, options?: ErrorOptions) {
    super(reason, options);
    this.code = code;
    this.path = path;
    this.remedy = remedy;
  }
}
