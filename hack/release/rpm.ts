/** The package for Fedora, RHEL and SUSE, by rpmbuild. */

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { description, homepage } from './description.ts';
import type { Entry, PackageContent } from './entries.ts';
import { rpmScriptlets } from './scripts.ts';
import { writeTree } from './tree.ts';

/** @returns the path of the package that it made in `out` */
export function buildRpm(content: PackageContent, out: string): string {
  const { version, architecture, entries, epoch, compression } = content;
  const place = mkdtempSync(join(tmpdir(), 'kubelet-config-rpm-'));
  try {
    writeTree(join(place, 'tree'), entries, epoch);
    writeFileSync(join(place, 'kubelet-config.spec'), specification(content));
    const defined = {
      _topdir: place,
      _builddir: place,
      buildroot: join(place, 'root'),
      ...reproducible,
      _binary_payload: `w${compression}.zstdio`,
    };
    const definitions = Object.entries(defined).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
    const words = ['-bb', '--quiet', '--target', `${architecture.rpm}-linux`, ...definitions, join(place, 'kubelet-config.spec')];
    execFileSync('rpmbuild', words, {
      env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch) },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const name = `kubelet-config-${rpmVersion(version)}-1.${architecture.rpm}.rpm`;
    copyFileSync(join(place, 'RPMS', architecture.rpm, name), join(out, name));
    return join(out, name);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** A release candidate comes before its release. */
const rpmVersion = (version: string) => version.replace('-', '~');

/** What would make two builds differ, or change the executable: one that was stripped no longer starts. */
const reproducible = {
  __os_install_post: '%{nil}',
  debug_package: '%{nil}',
  _build_id_links: 'none',
  _buildhost: 'release',
  use_source_date_epoch_as_buildtime: '1',
  clamp_mtime_to_source_date_epoch: '1',
};

function specification({ version, entries }: PackageContent): string {
  return `Name: kubelet-config
Version: ${rpmVersion(version)}
Release: 1
Summary: ${description.short}
License: Apache-2.0
URL: ${homepage}
# What is linked is found by rpmbuild itself, and systemd brings D-Bus.
Requires: systemd >= 236

%description
${description.long.join('\n')}

%install
mkdir -p %{buildroot}
cp -a %{_topdir}/tree/. %{buildroot}/
${Object.entries(rpmScriptlets)
  .map(([name, text]) => `\n%${name}\n${text.replaceAll('%', '%%')}`)
  .join('')}
%files
${entries.map(fileLine).join('\n')}
`;
}

function fileLine({ path, mode, content, isConfiguration }: Entry): string {
  const kind = isConfiguration ? '%config(noreplace) ' : content === 'directory' ? '%dir ' : '';
  const attributes =
    typeof content === 'object' && 'link' in content ? '' : `%attr(${mode.toString(8).padStart(4, '0')}, root, root) `;
  return `${kind}${attributes}${path}`;
}
