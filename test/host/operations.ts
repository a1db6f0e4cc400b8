/** Starts operations.child.ts, as the user and among the mounts that a test needs. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import type { HostFileErrorCode } from '../../src/node/ports/files.ts';

export interface Operation {
  readonly method: 'write' | 'check' | 'read' | 'list' | 'remove';
  readonly path: string;
  readonly size?: number;
  readonly letter?: string;
  readonly owner?: { readonly uid: number; readonly gid: number };
}

export interface Work {
  readonly root: string;
  readonly ownership?: 'Exact' | 'AsRoot';
  readonly operations: readonly Operation[];
  /** Repeats the operations until it is killed. */
  readonly forever?: boolean;
}

export type Outcome =
  | { readonly done: unknown }
  | { readonly code: HostFileErrorCode | 'Unexpected'; readonly message: string; readonly remedy: string };

export interface Child {
  /** Runs to the end. `shell` is run first, in a mount namespace of the child, which ends with it. */
  run(work: Work, options?: { readonly uid?: number; readonly shell?: string }): Promise<Outcome[]>;
  start(work: Work): ChildProcess;
  end(): void;
}

/** Bundles the child into one file of JavaScript: it then starts ten times as fast as from its sources. */
export function bundleChild(entry: URL): { readonly program: string; end(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'kubelet-config-child-'));
  chmodSync(directory, 0o755); // also for children of other users
  const program = join(directory, 'child.mjs');
  buildSync({
    entryPoints: [fileURLToPath(entry)],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  return { program, end: () => rmSync(directory, { recursive: true, force: true }) };
}

export function operationsChild(): Child {
  const { program, end } = bundleChild(new URL('./operations.child.ts', import.meta.url));
  const wordsOf = (work: Work) => [process.execPath, program, JSON.stringify(work)];
  return {
    end,
    start: (work) => spawn(process.execPath, wordsOf(work).slice(1), { stdio: ['ignore', 'pipe', 'inherit'] }),
    run: async (work, { uid, shell } = {}) => {
      const user = uid === undefined ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
      const mounts = shell === undefined ? [] : ['unshare', '--mount', 'sh', '-ec', `${shell}\nexec "$@"`, 'sh'];
      const [command = '', ...words] = [...mounts, ...user, ...wordsOf(work)];
      const { stdout } = await promisify(execFile)(command, words);
      return stdout
        .trim()
        .split('\n')
        .map((line): Outcome => JSON.parse(line));
    },
  };
}
