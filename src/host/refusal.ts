/**
 * Errors of file operations as HostFileErrors: for every errno and every rule of ours, what is wrong and what
 * to do.
 */

import type { Stats } from 'node:fs';
import { constants } from 'node:os';
import { HostFileError, type HostFileErrorCode } from '../node/ports/files.ts';

type Meaning = readonly [code: HostFileErrorCode, reason: string, remedy: string];

const fullFileSystem: Meaning = ['NoSpace', 'its file system is full', 'Free space or inodes there, see `df -h` and `df -i`'];

const busy: Meaning = [
  'Busy',
  'it is a mount point or in use, so it cannot be replaced in one step',
  'Unmount it (`findmnt` shows what is mounted), or mount its whole directory in its place',
];

const meanings: Readonly<Record<string, Meaning>> = {
  ENOENT: ['Missing', 'it is not there', 'Check the path, and whether another program has removed it'],
  EEXIST: ['Exists', 'something else stands there already', 'Move it away'],
  ENOTEMPTY: ['Exists', 'a directory that is not empty stands there already', 'Move it away'],
  ENOSPC: fullFileSystem,
  EDQUOT: ['NoSpace', 'the disk quota there is used up', 'Free space or raise the quota'],
  EROFS: [
    'ReadOnly',
    'its file system is read-only',
    'Remount it writable, or choose a path on a writable file system (on an immutable system often only /etc, /opt and /var are)',
  ],
  EACCES: ['PermissionDenied', 'permission is denied', 'Run this as root'],
  EPERM: [
    'PermissionDenied',
    'the operation is not permitted',
    'Run this as root; if it is root, the file or its directory may be immutable: see `lsattr`, and `chattr -i` ends it',
  ],
  ENOTDIR: ['PathThroughFile', 'the path leads through a file', 'Move that file away, or choose another path'],
  EISDIR: ['NotAFile', 'a directory stands there', 'Move the directory away, or choose another path'],
  ELOOP: ['SymlinkInTheWay', 'a symlink stands there', 'Replace the symlink by a file, or name the path that it leads to'],
  EBUSY: busy,
  EXDEV: ['Busy', 'it lies on another file system', 'Unmount what is mounted there (`findmnt` shows it), or choose another path'],
  ETXTBSY: busy,
  EIO: ['InputOutput', 'the device reported an error', 'Look at the kernel log (`dmesg`): the disk may be failing'],
  EMFILE: ['InputOutput', 'too many files are open', 'Raise LimitNOFILE= of this process'],
  ENFILE: [
    'InputOutput',
    'too many files are open on this machine',
    'Raise fs.file-max, or stop the program that keeps them open',
  ],
  ENAMETOOLONG: ['InputOutput', 'the name is too long for its file system', 'Choose a shorter name'],
};

/** The name of the system's error, such as `ENOENT`; undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  // libuv has no name for EDQUOT and says "Unknown system error -122".
  if ('errno' in error && error.errno === -constants.errno.EDQUOT) return 'EDQUOT';
  return typeof error.code === 'string' ? error.code : undefined;
}

/**
 * The HostFileError for an error of the file system. A HostFileError is returned as it is.
 * @param doing the verb of the message: `cannot write /a: …`
 */
export function refusalOf(error: unknown, path: string, doing: string): HostFileError {
  if (error instanceof HostFileError) return error;
  const meaning = meanings[errnoOf(error) ?? ''];
  if (meaning) {
    const [code, reason, remedy] = meaning;
    return new HostFileError(code, path, `cannot ${doing} ${path}: ${reason}`, remedy, { cause: error });
  }
  const text = error instanceof Error ? error.message : String(error);
  return new HostFileError('InputOutput', path, `cannot ${doing} ${path}: ${text}`, 'Look at the kernel log (`dmesg`)', {
    cause: error,
  });
}

/**
 * The HostFileError for a condition that we found ourselves, before the kernel reported it.
 * @param errno `EEXIST`
 */
export function refusal(errno: string, path: string, doing: string): HostFileError {
  return refusalOf(Object.assign(new Error(errno), { code: errno }), path, doing);
}

/** @param reason completes a sentence that begins with the path: `/a/.. leads above the host's root` */
export function leavesRoot(path: string, reason: string): HostFileError {
  return new HostFileError(
    'LeavesRoot',
    path,
    `${path} ${reason}`,
    "Use an absolute path, and symlinks that stay inside the host's root",
  );
}

/** For a path with more symlinks than the kernel follows; nearly always a loop. */
export function tooManySymlinks(path: string): HostFileError {
  return new HostFileError(
    'SymlinkInTheWay',
    path,
    `${path} leads through more than 40 symlinks`,
    'Remove the loop: follow the symlinks of its directories with `namei`',
  );
}

/** For a file in a tree that others made. */
export function tooLarge(path: string, largest: number): HostFileError {
  return new HostFileError(
    'InputOutput',
    path,
    `${path} is larger than ${Math.floor(largest / 2 ** 20)} MiB`,
    'Look at that file: no file of a kubelet is as large',
  );
}

/** @param name of the file on the way */
export function throughFile(path: string, name: string): HostFileError {
  return new HostFileError(
    'PathThroughFile',
    path,
    `${path} leads through ${name}, which is not a directory`,
    `Move ${name} away, or choose another path`,
  );
}

/**
 * For a symlink where a file should be. A masked unit gets its own message: the symlink to /dev/null says
 * what a person wants.
 */
export function symlinkInTheWay(path: string, target: string): HostFileError {
  const unit = /\/systemd\/system\/([^/]+\.[a-z]+)$/.exec(path)?.[1];
  if (target === '/dev/null' && unit !== undefined) {
    return new HostFileError(
      'SymlinkInTheWay',
      path,
      `${unit} is masked: ${path} is a symlink to /dev/null`,
      `Run \`systemctl unmask ${unit}\` if it is to be configured here`,
    );
  }
  return new HostFileError(
    'SymlinkInTheWay',
    path,
    `${path} is a symlink to ${target}, and the file that it leads to may belong to another program`,
    'Replace the symlink by a file, or name the path that it leads to',
  );
}

/** @param what stands there: `a directory` */
export function notAFile(path: string, what: string): HostFileError {
  return new HostFileError('NotAFile', path, `${path} is ${what}, not a file`, 'Move it away, or choose another path');
}

/** For a directory that we made, and whose mode or owner somebody has changed since. */
export function changedDirectory(path: string, { mode, uid, gid }: Pick<Stats, 'mode' | 'uid' | 'gid'>): HostFileError {
  const found = `mode ${(mode & 0o7777).toString(8).padStart(4, '0')}, user ${uid} and group ${gid}`;
  return new HostFileError(
    'PermissionDenied',
    path,
    `the directory ${path} has to make room for a file, but its mode or owner was changed: it has ${found}`,
    `Run \`chown root:root ${path} && chmod 0755 ${path}\` if the directory may go, or choose another path`,
  );
}
