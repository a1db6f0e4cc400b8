/** From a commit to the files of a release. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { version } from '../../src/cli/version.ts';
import { buildExecutable } from '../executable/build.ts';
import { bundle } from '../executable/bundle.ts';
import { type Architecture, runtimeLicence, runtimeVersion, runtimeVersions } from '../executable/runtime.ts';
import { names } from './architectures.ts';
import { archiveEntries, archiveName, pack } from './archive.ts';
import { billOfMaterials } from './bill-of-materials.ts';
import { butaneConfiguration } from './butane.ts';
import { chartEntries } from './chart.ts';
import { buildDebian } from './debian.ts';
import { type Documents, makeDocuments } from './documents.ts';
import { packageEntries } from './entries.ts';
import { type Archive, krewManifest } from './krew.ts';
import { thirdPartyLicences } from './licences.ts';
import { manifestFiles } from './manifests.ts';
import { releaseNotes } from './notes.ts';
import { buildRpm } from './rpm.ts';

export interface ReleaseOptions {
  readonly architectures: readonly Architecture[];
  readonly out: string;
  /** From 1 to 19, of zstd. */
  readonly compression: number;
  /** Is told what is being made. */
  readonly say: (line: string) => void;
}

/** Something that a release needs is not there. */
export class Missing extends Error {}

const cache = 'node_modules/.cache/kubelet-config';

/**
 * Makes all files, and `SHA256SUMS` of them as the last one.
 * @returns the text of `SHA256SUMS`
 * @throws Missing, NoRuntime, NoLicenceText
 */
export async function makeRelease({ architectures, out, compression, say }: ReleaseOptions): Promise<string> {
  checkPrograms();
  const epoch = releaseTime();
  mkdirSync(out, { recursive: true });
  // The files of a release that was interrupted have no checksums.
  rmSync(join(out, 'SHA256SUMS'), { force: true });
  const made: string[] = [];
  const write = (name: string, text: string) => {
    writeFileSync(join(out, name), text);
    made.push(join(out, name));
  };
  say('bill of materials and licences');
  const bill = await ownBill();
  const licences = thirdPartyLicences(bill);
  write(`kubelet-config-${version}.cdx.json`, `${JSON.stringify(bill, null, 2)}\n`);
  write('THIRD_PARTY_LICENSES.txt', licences);
  const documents = await makeDocuments(licences, epoch);
  const archives: Archive[] = [];
  for (const architecture of architectures) {
    say(`executable for linux-${architecture}, with Node.js ${runtimeVersion}`);
    const { path } = await buildExecutable(architecture, out, cache);
    say(`packages for ${names[architecture].debian}`);
    const { files, archive } = packages(path, { architecture, documents, epoch, compression, out });
    made.push(path, ...files);
    archives.push({ architecture: names[architecture], sha256: sha256(archive) });
    write(
      `kubelet-config-${names[architecture].debian}.bu`,
      butaneConfiguration(version, { file: basename(path), sha256: sha256(path) }),
    );
  }
  say('manifests, chart, krew, notes, checksums');
  write('krew.yaml', krewManifest(version, archives));
  for (const [name, text] of Object.entries(manifestFiles())) write(name, text);
  made.push(pack('kubelet-config', chartEntries(), epoch, out, `kubelet-config-${version}.tgz`));
  write('RELEASE_NOTES.md', releaseNotes(readFileSync('CHANGELOG.md', 'utf8'), version));
  const sums = made.map((path) => `${sha256(path)}  ${basename(path)}\n`).toSorted(byName);
  writeFileSync(join(out, 'SHA256SUMS'), sums.join(''));
  return sums.join('');
}

interface PackageOptions {
  readonly architecture: Architecture;
  readonly documents: Documents;
  readonly epoch: number;
  readonly compression: number;
  readonly out: string;
}

/** The packages for one architecture, and its archive. */
function packages(executable: string, { architecture, documents, epoch, compression, out }: PackageOptions) {
  const own = names[architecture];
  const content = { version, architecture: own, entries: packageEntries(executable, documents), epoch, compression };
  const archive = pack(archiveName(version, own), archiveEntries(executable, documents), epoch, out);
  return { archive, files: [buildDebian(content, out), buildRpm(content, out), archive] };
}

async function ownBill() {
  const { metafile } = await bundle();
  const runtime = { version: runtimeVersion, parts: runtimeVersions(cache), licence: runtimeLicence(cache) };
  return billOfMaterials(metafile, runtime);
}

/** Debian's packages, by a program of each. */
const needed = { 'dpkg-deb': 'dpkg', rpmbuild: 'rpm', tar: 'tar', gzip: 'gzip' };

function checkPrograms(): void {
  const missing = Object.entries(needed).filter(([program]) => !canRun(program));
  if (missing.length === 0) return;
  const [programs, debian] = [missing.map(([program]) => program), missing.map(([, name]) => name)];
  throw new Missing(`there is no ${programs.join(', no ')}. On Debian or Ubuntu: apt-get install ${debian.join(' ')}`);
}

function canRun(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** In seconds since 1970: https://reproducible-builds.org/specs/source-date-epoch/ */
function releaseTime(): number {
  const text = process.env['SOURCE_DATE_EPOCH'] ?? timeOfCommit();
  if (!/^\d+$/.test(text)) throw new Missing(`SOURCE_DATE_EPOCH is ${JSON.stringify(text)}: set it to seconds since 1970`);
  return Number(text);
}

function timeOfCommit(): string {
  try {
    return execFileSync('git', ['log', '-1', '--format=%ct'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch (error) {
    throw new Missing('git knows no commit here: set SOURCE_DATE_EPOCH to seconds since 1970', { cause: error });
  }
}

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

const byName = (one: string, other: string) => (one.slice(66) < other.slice(66) ? -1 : 1);
