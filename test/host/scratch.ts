/** A directory of the real file system as a host's root, for one test. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openHostFiles } from '../../src/host/files.ts';
import type { FilesWorld } from './files.contract.ts';

export interface Scratch extends FilesWorld {
  /** The root as this process sees it. */
  readonly root: string;
  /** A path of the host as this process sees it. */
  at(path: string): string;
}

/**
 * The root is one directory below the scratch directory, so a test can see whether anything was written
 * outside of the root.
 */
export function scratchRoot(): Scratch {
  const scratch = mkdtempSync(join(tmpdir(), 'kubelet-config-test-'));
  const root = join(scratch, 'root');
  mkdirSync(root);
  const at = (path: string) => {
    const real = join(root, path);
    mkdirSync(dirname(real), { recursive: true });
    return real;
  };
  return {
    root,
    at,
    files: openHostFiles(root),
    owner: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    put: (path, content) => writeFileSync(at(path), content),
    putSymlink: (path, target) => symlinkSync(target, at(path)),
    putPipe: (path) => void execFileSync('mkfifo', [at(path)]),
    putDirectory: (path) => mkdirSync(at(path)),
    end: () => rmSync(scratch, { recursive: true, force: true }),
  };
}
