/** A Debian that has nothing but systemd, made by debootstrap, for machines on which packages are installed. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface DebianRoot {
  readonly path: string;
  remove(): void;
}

const debootstrap = '/usr/sbin/debootstrap';

/** @returns undefined, after saying so, without debootstrap or without Debian's archive of packages */
export function makeDebianRoot(tests: string): DebianRoot | undefined {
  const notRun = (why: string) => {
    process.stderr.write(`\nNOT RUN: ${tests}: ${why}\n`);
    return undefined;
  };
  if (!existsSync(debootstrap)) return notRun('there is no debootstrap. On Debian or Ubuntu: apt-get install debootstrap');
  const path = mkdtempSync(join(tmpdir(), 'kubelet-config-debian-'));
  const remove = () => rmSync(path, { recursive: true, force: true });
  try {
    const words = ['--variant=minbase', '--include=systemd-sysv', 'bookworm', path];
    execFileSync(debootstrap, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    return { path, remove };
  } catch (error) {
    remove();
    const { stdout } = error as { stdout?: string };
    return notRun(`debootstrap failed: ${stdout?.trim().split('\n').at(-1) ?? String(error)}`);
  }
}
