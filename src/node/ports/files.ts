/** Files of one host. `src/host` implements it for real machines, `test/fakes` in memory; both pass the same contract suite. */

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

/** Where a path leads when the symlinks on the way are followed, and none at its end. */
export interface ResolvedPath {
  /** A path to the same place that leads through no symlink. */
  readonly path: string;
  /** Directories on the way that do not exist, the outermost first. */
  readonly missing: readonly string[];
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
  /** Follows the symlinks on the way to the path, inside the root, and none at its end. Neither needs to exist. */
  resolve(path: string): Promise<ResolvedPath>;
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
