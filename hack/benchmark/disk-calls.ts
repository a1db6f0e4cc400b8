/** Counts, with strace, what a process does to the file system. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface DiskCalls {
  /** That make, change, rename or remove a file, or open one to be written. */
  readonly changing: number;
  readonly syncs: number;
}

const syncing = /^\d+ +(fsync|fdatasync|sync_file_range)\(/;
const changing =
  /^\d+ +(rename|unlink|rmdir|mkdir|mknod|link|symlink|chmod|fchmod|chown|fchown|lchown|truncate|ftruncate|utime|setxattr)/;

/**
 * Counts the calls of process `pid` that succeed while `act` runs. The trace is in a directory that no agent
 * watches: tracing an agent that reads an event for each write to its trace would never end.
 */
export async function diskCalls(pid: number, act: () => Promise<unknown>): Promise<DiskCalls> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-strace-'));
  const output = join(directory, 'calls');
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
  rmSync(directory, { recursive: true });
  return {
    changing: lines.filter((line) => changing.test(line) || /open(at2?)?\(.*O_(WRONLY|RDWR|CREAT)/.test(line)).length,
    syncs: lines.filter((line) => syncing.test(line)).length,
  };
}
