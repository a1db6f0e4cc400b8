/** Debian's packages, unpacked without being installed, also those of another architecture. */

import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outside, ran } from './outside.ts';

/** Unpacks the newest version of each, from the archives that this machine's apt knows, into a directory. */
export async function unpackPackages(architecture: string, names: readonly string[], tree: string): Promise<void> {
  const place = mkdtempSync(join(tmpdir(), 'kubelet-config-debian-'));
  try {
    mkdirSync(join(place, 'lists/partial'), { recursive: true });
    mkdirSync(join(place, 'debs'));
    // With lists of its own, apt knows no other architecture and no package of this machine.
    const settings = {
      'APT::Architecture': architecture,
      'APT::Architectures': architecture,
      'APT::Sandbox::User': 'root',
      'Dir::State::Lists': join(place, 'lists'),
      'Dir::State::status': '/dev/null',
      'Dir::Cache': place,
    };
    const options = ['-q', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
    await outside('apt-get', [...options, 'update'], place);
    await outside('apt-get', [...options, 'download', ...names], join(place, 'debs'));
    mkdirSync(tree, { recursive: true });
    for (const name of readdirSync(join(place, 'debs'))) await ran('dpkg', ['-x', join(place, 'debs', name), tree]);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
