/** Counts, with strace, what a process does to the file system. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';

export interface DiskCalls {
  /** That make, change, rename or remove a file, or open one to be written. */
  readonly changing: number;
  readonly syncs: number;
}

const output = '/run/bench-strace';
const syncing = /^\d+ +(fsync|fdatasync|sync_file_range)\(/;
const changing =
  /^\d+ +(rename|unlink|rmdir|mkdir|mknod|link|symlink|chmod|fchmod|chown|fchown|lchown|truncate|ftruncate|utime|setxattr)/;

/** Those that succeed while `act` runs. */
export async function diskCalls(pid: number, act: () => Promise<unknown>): Promise<DiskCalls> {
  const strace = spawn('strace', ['-f', '-o', output, '-e', 'trace=%file,%desc', '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // It says "attached" when it is.
  await once(strace.stderr, 'data');
  await act();
  strace.kill('SIGINT');
  await once(strace, 'exit');
  const lines = readFileSync(output, 'utf8')
    .split('\n')
    .filter((line) => !/= -1 E/.test(line));
  rmSync(output);
  return {
    changing: lines.filter((line) => changing.test(line) || /open(at2?)?\(.*O_(WRONLY|RDWR|CREAT)/.test(line)).length,
    syncs: lines.filter((line) => syncing.test(line)).length,
  };
}
