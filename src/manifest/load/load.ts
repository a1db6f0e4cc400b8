/** Objects from the paths of `-f`: files, directories and standard input, read, selected and validated. */

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { locateProblems } from '../../api/locate-problems.ts';
import { hasErrors, type Problem } from '../../api/problem.ts';
import type { KubeletConfig } from '../../api/types.ts';
import type { ManifestDocument, Manifests } from '../read/read.ts';
import { type KubeletConfigDocument, selectKubeletConfigs } from '../read/select.ts';
import { fileProblem, listManifests, readManifestFile, readManifestStream, unreadableFile } from './manifest-file.ts';

/** Of one object, without positions. No error means that the value is a KubeletConfig. */
export type Validate = (value: unknown) => readonly Problem[];

export interface LoadedObject {
  readonly object: KubeletConfig;
  readonly file: string;
  readonly locate: ManifestDocument['locate'];
}

export interface LoadedObjects {
  /** Those without errors. */
  readonly objects: readonly LoadedObject[];
  readonly problems: readonly Problem[];
  /** How many were read. */
  readonly files: number;
}

export interface LoadOptions {
  readonly validate: Validate;
  /** What `-` means. */
  readonly standardInput: Readable;
}

/** A path given twice is read once. Nothing is thrown for what a person can put right: that is among the problems. */
export async function loadPaths(paths: readonly string[], { validate, standardInput }: LoadOptions): Promise<LoadedObjects> {
  const problems: Problem[] = [];
  const files = new Set<string>();
  for (const path of paths) {
    const found = await expandPath(path);
    problems.push(...found.problems);
    for (const file of found.files) files.add(file);
  }
  const read: Manifests[] = [];
  for (const file of withoutTwins([...files])) read.push(await readOne(file, standardInput));
  const loaded = selectAndValidate(read, validate);
  return { ...loaded, problems: [...problems, ...loaded.problems], files: read.length };
}

/** What the manifests of all files together hold. */
export function selectAndValidate(read: readonly Manifests[], validate: Validate): Omit<LoadedObjects, 'files'> {
  const selection = selectKubeletConfigs(read.flatMap(({ documents }) => documents));
  const problems = [...read.flatMap((manifests) => manifests.problems), ...selection.problems];
  const objects: LoadedObject[] = [];
  for (const document of selection.objects) {
    const found = locateProblems(validate(document.value), document.locate);
    problems.push(...found);
    if (isValid(document, found)) objects.push({ object: document.value, file: document.file, locate: document.locate });
  }
  return { objects, problems };
}

function isValid(
  document: KubeletConfigDocument,
  found: readonly Problem[],
): document is KubeletConfigDocument & { readonly value: KubeletConfig } {
  return document.value !== null && !hasErrors(found);
}

function withoutTwins(files: readonly string[]): string[] {
  const seen = new Set<string>();
  return files.filter((file) => {
    const whole = file === '-' ? file : resolve(file);
    const isNew = !seen.has(whole);
    seen.add(whole);
    return isNew;
  });
}

async function expandPath(path: string): Promise<{ files: readonly string[]; problems: readonly Problem[] }> {
  if (path === '-') return { files: [path], problems: [] };
  try {
    if (!(await stat(path)).isDirectory()) return { files: [path], problems: [] };
    const files = await listManifests(path);
    return { files, problems: files.length === 0 ? [noObjects(path)] : [] };
  } catch (error) {
    return { files: [], problems: [unreadableFile(path, error)] };
  }
}

async function readOne(file: string, standardInput: Readable): Promise<Manifests> {
  try {
    return file === '-' ? await readManifestStream(standardInput, 'standard input') : await readManifestFile(file);
  } catch (error) {
    return { documents: [], problems: [unreadableFile(file, error)] };
  }
}

function noObjects(directory: string): Problem {
  const remedy = 'put files ending in .yaml, .yml or .json there (subdirectories are not searched), or give another path';
  return fileProblem('NoObjects', directory, `the directory ${directory} holds no manifests`, remedy);
}
