/** The package for Debian and Ubuntu, by Debian's dpkg-deb. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Names } from './architectures.ts';
import { description, homepage } from './description.ts';
import type { Entry, PackageContent } from './entries.ts';
import { debianScripts } from './scripts.ts';
import { writeTree } from './tree.ts';

/** @returns the path of the package that it made in `out` */
export function buildDebian(content: PackageContent, out: string): string {
  const { version, architecture, entries, epoch, compression } = content;
  const place = mkdtempSync(join(tmpdir(), 'kubelet-config-deb-'));
  try {
    writeTree(place, [...entries, ...controlEntries(content)], epoch);
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

/** What dpkg reads and runs, and does not install. */
function controlEntries({ version, architecture, entries }: PackageContent): Entry[] {
  const configuration = entries.flatMap(({ path, isConfiguration }) => (isConfiguration ? [`${path}\n`] : []));
  const texts = { control: controlFile(version, architecture, sizeOf(entries)), conffiles: configuration.join('') };
  const asEntries = (files: Readonly<Record<string, string>>, mode: number) =>
    Object.entries(files).map(([name, text]): Entry => ({ path: `/DEBIAN/${name}`, mode, content: { text } }));
  return [...asEntries(texts, 0o644), ...asEntries(debianScripts, 0o755)];
}

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
