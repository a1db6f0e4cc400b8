/** The unit tier keeps its temporary files in memory where that is possible: a quarter of its processor time went to a disk. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const inMemory = '/dev/shm';
const neededBytes = 256 * 1024 * 1024;

/** Called once, before any worker starts. @returns what is to be done after the last test */
export function setup(): (() => void) | undefined {
  const directory = usableDirectory();
  if (directory === undefined) return undefined;
  process.env['TMPDIR'] = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}

/** Containers often have little room there, and may execute nothing. @returns undefined if the tests could not live there */
function usableDirectory(): string | undefined {
  try {
    const { bavail, bsize } = statfsSync(inMemory);
    if (bavail * bsize < neededBytes) return undefined;
    const directory = mkdtempSync(join(inMemory, 'kubelet-config-tests-'));
    try {
      const script = join(directory, 'script');
      writeFileSync(script, '#!/bin/sh\n', { mode: 0o755 });
      execFileSync(script);
      return directory;
    } catch {
      rmSync(directory, { recursive: true, force: true });
      return undefined;
    }
  } catch {
    return undefined;
  }
}
