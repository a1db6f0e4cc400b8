/** The package for Debian and Ubuntu, by Debian's dpkg-deb. */

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Names } from './architectures.ts';
import { description, homepage } from './description.ts';
import type { Entry } from './entries.ts';
import { debianScripts } from './scripts.ts';
import { writeTree } from './tree.ts';

export interface PackageContent {
  /** Of the release, as `1.0.0-rc.1`. */
  readonly version: string;
  readonly architecture: Names;
  readonly entries: readonly Entry[];
  /** The time of the release, in seconds since 1970. */
  readonly epoch: number;
  /** From 1 to 19, of zstd: 19 takes a minute for each package. */
  readonly compression: number;
}

/** @returns the path of the package that it made in `out` */
export function buildDebian({ version, architecture, entries, epoch, compression }: PackageContent, out: string): string {
  const place = mkdtempSync(join(tmpdir(), 'kubelet-config-deb-'));
  try {
    writeTree(place, entries, epoch);
    const control = join(place, 'DEBIAN');
    mkdirSync(control, { mode: 0o755 });
    chmodSync(control, 0o755);
    writeFileSync(join(control, 'control'), controlFile(version, architecture, sizeOf(entries)));
    writeFileSync(
      join(control, 'conffiles'),
      entries.flatMap((entry) => (entry.isConfiguration ? [`${entry.path}\n`] : [])).join(''),
    );
    for (const [name, text] of Object.entries(debianScripts)) writeFileSync(join(control, name), text, { mode: 0o755 });
    for (const name of ['control', 'conffiles']) chmodSync(join(control, name), 0o644);
    for (const name of Object.keys(debianScripts)) chmodSync(join(control, name), 0o755);
    const path = join(out, `kubelet-config_${debianVersion(version)}_${architecture.debian}.deb`);
    // Programs of Debian 12 and Ubuntu 20.04 and later read zstd.
    execFileSync('dpkg-deb', ['--root-owner-group', '-Zzstd', `-z${compression}`, '--build', place, path], {
      env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch) },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return path;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** A release candidate comes before its release: `1.0.0~rc.1`. */
export const debianVersion = (version: string) => version.replace('-', '~');

function controlFile(version: string, architecture: Names, bytes: number): string {
  const fields = {
    Package: 'kubelet-config',
    Version: debianVersion(version),
    Architecture: architecture.debian,
    Maintainer: `kubelet-config <${homepage}>`,
    'Installed-Size': String(Math.ceil(bytes / 1024)),
    // What Node.js 24 needs, and what the agent talks to.
    Depends: 'libc6 (>= 2.28), libgcc-s1, libstdc++6, systemd (>= 236), default-dbus-system-bus | dbus-system-bus',
    Section: 'admin',
    Priority: 'optional',
    Homepage: homepage,
    Description: [description.short, ...description.long.map((line) => ` ${line}`)].join('\n'),
  };
  return `${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')}\n`;
}

function sizeOf(entries: readonly Entry[]): number {
  const sizes = entries.map(({ content }) => {
    if (content === 'directory' || 'link' in content) return 0;
    return 'file' in content ? statSync(content.file).size : Buffer.byteLength(content.text);
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}
