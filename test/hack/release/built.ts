/** The files of a release for this machine's architecture, made once for a test file. */

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withPackages } from '../../outer-network.ts';

const execute = promisify(execFile);

/** 2026-11-28: of no commit, so that nothing depends on one. */
const epoch = '1795860000';

export interface Built {
  /** The directory of the files. */
  readonly out: string;
  /** The text of `SHA256SUMS`. */
  readonly sums: string;
  remove(): void;
}

/** @returns undefined, after saying so, where a program or the runtime cannot be had */
export async function buildRelease(tests: string): Promise<Built | undefined> {
  const out = mkdtempSync(join(tmpdir(), 'kubelet-config-release-'));
  const remove = () => rmSync(out, { recursive: true, force: true });
  try {
    const words = ['run', '--silent', 'release', '--', '--quick', '--arch', process.arch, '--out', out];
    const env = { ...process.env, SOURCE_DATE_EPOCH: epoch };
    await execute(...withPackages('npm', ...words), { env });
    return { out, remove, sums: readFileSync(join(out, 'SHA256SUMS'), 'utf8') };
  } catch (error) {
    remove();
    const { code, stderr } = error as { code: number | string; stderr: string };
    if (code !== 2) throw error;
    process.stderr.write(`\nNOT RUN: ${tests}: ${stderr.trim().split('\n').at(-1)}\n`);
    return undefined;
  }
}
