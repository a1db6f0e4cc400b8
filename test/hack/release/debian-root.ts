/** A Debian that has nothing but systemd, made by debootstrap, for machines on which packages are installed. */

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withPackages } from '../../outer-network.ts';

export interface DebianRoot {
  readonly path: string;
  remove(): void;
}

const debootstrap = '/usr/sbin/debootstrap';
/** What packages depend on, and what installs an RPM: a machine of a test has no network. */
const laterInstalled = ['default-dbus-system-bus', 'rpm'];

const execute = promisify(execFile);
const run = (program: string, ...words: string[]) => execute(...withPackages(program, ...words), { maxBuffer: 16 * 1024 * 1024 });

/** @returns undefined, after saying so, without debootstrap or without Debian's archive of packages */
export async function makeDebianRoot(tests: string): Promise<DebianRoot | undefined> {
  const notRun = (why: string) => {
    process.stderr.write(`\nNOT RUN: ${tests}: ${why}\n`);
    return undefined;
  };
  if (!existsSync(debootstrap)) return notRun('there is no debootstrap. On Debian or Ubuntu: apt-get install debootstrap');
  const path = mkdtempSync(join(tmpdir(), 'kubelet-config-debian-'));
  const remove = () => rmSync(path, { recursive: true, force: true });
  try {
    await run(debootstrap, '--variant=minbase', '--include=systemd-sysv', 'bookworm', path);
    await run('chroot', path, 'apt-get', 'update', '-q');
    await run('chroot', path, 'apt-get', 'install', '-y', '-q', '--download-only', ...laterInstalled);
    return { path, remove };
  } catch (error) {
    remove();
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return notRun(`Debian could not be had: ${`${stdout}${stderr}`.trim().split('\n').at(-1) || String(error)}`);
  }
}
