/** The archive with the script that installs it, for machines without a package manager, and for krew. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Names } from './architectures.ts';
import type { Documents } from './documents.ts';
import { type Entry, services, servicesFolder } from './entries.ts';
import { sharedFunctions } from './scripts.ts';
import { writeTree } from './tree.ts';

/** `kubelet-config-0.1.0-linux-amd64` */
export const archiveName = (version: string, { debian }: Names) => `kubelet-config-${version}-linux-${debian}`;

/** What is in the directory of the archive. */
export function archiveEntries(executable: string, { manPage, completions, licences }: Documents): Entry[] {
  const text = (path: string, content: string | Buffer, mode = 0o644): Entry => ({ path, mode, content: { text: content } });
  return [
    { path: 'kubelet-config', mode: 0o755, content: { file: executable } },
    text('install.sh', installScript(), 0o755),
    ...[...services, 'kubelet-config.env'].map((name) => text(name, readFileSync(`${servicesFolder}/${name}`))),
    text('kubelet-config.1.gz', manPage),
    ...Object.entries(completions).map(([shell, script]) => text(`completions/kubelet-config.${shell}`, script)),
    text('LICENSE', licences.own),
    text('THIRD_PARTY_LICENSES.txt', licences.thirdParty),
  ];
}

/** The script with the functions that it shares with packages. */
export const installScript = () =>
  readFileSync('hack/release/install.sh', 'utf8').replace(/^FUNCTIONS$/m, () => sharedFunctions.replace(/^#.*\n\n/, ''));

/**
 * Packs entries below one directory. The same entries give the same bytes.
 * @param name the directory in the archive
 * @param epoch the time of each file, in seconds since 1970
 * @returns the path of the archive that it made in `out`
 */
export function pack(name: string, entries: readonly Entry[], epoch: number, out: string, file = `${name}.tar.gz`): string {
  const place = mkdtempSync(join(tmpdir(), 'kubelet-config-archive-'));
  try {
    writeTree(join(place, name), entries, epoch);
    const path = join(out, file);
    const same = ['--sort=name', '--format=ustar', '--owner=0', '--group=0', '--numeric-owner', `--mtime=@${epoch}`];
    execFileSync('tar', [...same, '--use-compress-program=gzip --no-name', '-cf', path, '-C', place, name]);
    return path;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
