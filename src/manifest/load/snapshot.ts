/**
 * The content of a directory of manifests at one moment. Only a directory that was read completely and
 * without an error can withdraw an object: a missing, unreadable or empty directory proves nothing, and a
 * file with an error may be written at this moment.
 */

import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasErrors, type Problem } from '../../api/problem.ts';
import type { Manifests } from '../read/read.ts';
import { type LoadedObject, selectAndValidate, type Validate } from './load.ts';
import {
  explainSystemError,
  fileProblem,
  isSystemError,
  listManifests,
  readManifestFile,
  unreadableFile,
} from './manifest-file.ts';

export type DirectorySnapshot =
  /** These are all objects. The problems are warnings and notices. */
  | { readonly state: 'Answers'; readonly objects: readonly LoadedObject[]; readonly problems: readonly Problem[] }
  /** A file has an error; the objects that were read before stay in force. */
  | { readonly state: 'Invalid'; readonly problems: readonly Problem[] }
  /** There is nothing to read; the objects that were read before stay in force. */
  | { readonly state: 'SourceLost'; readonly reason: 'Missing' | 'Unreadable' | 'Empty'; readonly message: string };

export interface SnapshotOptions {
  readonly validate: Validate;
}

/** How often a directory that changes while it is read is read, and the pause before each new try. */
const attempts = 5;
const pauseMilliseconds = 50;

/**
 * Reads a directory, several times if it changes meanwhile. Never throws for an error of the system.
 * @param afterListing called between listing the files and reading them; tests change the directory there
 */
export async function readDirectory(
  directory: string,
  { validate }: SnapshotOptions,
  afterListing = async () => {},
): Promise<DirectorySnapshot> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const read = await readOnce(directory, afterListing);
      if (!read.isWhole && attempt < attempts) await sleep(pauseMilliseconds);
      else if (!read.isWhole && !read.isStable) return { state: 'Invalid', problems: [neverQuiet(directory)] };
      else return read.files.length === 0 ? empty(directory) : objectsOf(read.files, validate);
    } catch (error) {
      return lost(directory, error);
    }
  }
}

interface ReadDirectory {
  readonly files: readonly ReadFile[];
  /** Nothing changed while it was read. */
  readonly isStable: boolean;
  /** Stable, and no file was missing although it was listed. */
  readonly isWhole: boolean;
}

interface ReadFile {
  readonly manifests: Manifests;
  readonly problem?: Problem;
  readonly isMissing?: boolean;
}

async function readOnce(directory: string, afterListing: () => Promise<void>): Promise<ReadDirectory> {
  const before = await fingerprint(directory);
  await afterListing();
  const files: ReadFile[] = [];
  for (const { path } of before) files.push(await readFile(path));
  const isStable = isSame(before, await fingerprint(directory));
  return { files, isStable, isWhole: isStable && !files.some(({ isMissing }) => isMissing) };
}

async function readFile(path: string): Promise<ReadFile> {
  try {
    const stats = await stat(path);
    // To read a pipe could take for ever. A full disk or a crash leaves a file without a byte.
    if (!stats.isFile())
      return { manifests: nothing, problem: unusable(path, 'is not a regular file', 'remove it from the directory') };
    if (stats.size === 0) return { manifests: nothing, problem: unusable(path, 'is empty', emptyRemedy) };
    return { manifests: await readManifestFile(path) };
  } catch (error) {
    const isMissing = isSystemError(error) && error.code === 'ENOENT';
    return { manifests: nothing, problem: unreadableFile(path, error), isMissing };
  }
}

const nothing: Manifests = { documents: [], problems: [] };
const emptyRemedy = 'write it again, or remove it to withdraw its objects';

function objectsOf(files: readonly ReadFile[], validate: Validate): DirectorySnapshot {
  const { objects, problems } = selectAndValidate(
    files.map(({ manifests }) => manifests),
    validate,
  );
  const all = [...files.flatMap(({ problem }) => problem ?? []), ...problems];
  return hasErrors(all) ? { state: 'Invalid', problems: all } : { state: 'Answers', objects, problems: all };
}

interface FileIdentity {
  readonly path: string;
  /** Identifies the content of the file, behind links: it changes with each write and each rename. */
  readonly version: string;
}

async function fingerprint(directory: string): Promise<FileIdentity[]> {
  const paths = await listManifests(directory);
  return Promise.all(paths.map(async (path) => ({ path, version: await fileVersion(path) })));
}

async function fileVersion(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    if (isSystemError(error)) return error.code ?? '';
    throw error;
  }
}

function isSame(before: readonly FileIdentity[], after: readonly FileIdentity[]): boolean {
  return (
    before.length === after.length &&
    before.every(({ path, version }, index) => path === after[index]?.path && version === after[index].version)
  );
}

function lost(directory: string, error: unknown): DirectorySnapshot {
  if (!isSystemError(error)) throw error;
  const [reason, remedy] = explainSystemError(error.code ?? '');
  const message = `cannot read the directory ${directory}: ${reason}; ${remedy}. Until then the last configuration stays`;
  return { state: 'SourceLost', reason: error.code === 'ENOENT' ? 'Missing' : 'Unreadable', message };
}

function empty(directory: string): DirectorySnapshot {
  const message =
    `the directory ${directory} holds no manifests, so the last configuration stays; ` +
    'put files ending in .yaml, .yml or .json there (one with nothing but a comment withdraws every object)';
  return { state: 'SourceLost', reason: 'Empty', message };
}

function neverQuiet(directory: string): Problem {
  return unusable(directory, 'changed each time while it was read', 'write files elsewhere and rename them into the directory');
}

function unusable(path: string, what: string, remedy: string): Problem {
  return fileProblem('UnreadableFile', path, `${path} ${what}`, remedy);
}
