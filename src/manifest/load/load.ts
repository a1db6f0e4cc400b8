/** Loads objects from the paths of `-f`: files, directories and standard input. */

import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { locateProblems } from '../../api/locate-problems.ts';
import { hasErrors, type Problem } from '../../api/problem.ts';
import type { KubeletConfig } from '../../api/types.ts';
import { nullProblems } from '../../api/validate/nulls.ts';
import type { ManifestDocument, Manifests } from '../read/read.ts';
import { type KubeletConfigDocument, selectKubeletConfigs } from '../read/select.ts';
import { expandPath } from './expand.ts';
import { readManifestFile, readManifestStream, type Take, unreadableFile } from './manifest-file.ts';

/** Finds the problems of one object, without positions. Without an error the value is a KubeletConfig. */
export type Validate = (value: unknown) => readonly Problem[];

export interface LoadedObject {
  readonly object: KubeletConfig;
  readonly file: string;
  readonly locate: ManifestDocument['locate'];
}

export interface LoadedObjects {
  /** The objects without errors. */
  readonly objects: readonly LoadedObject[];
  readonly problems: readonly Problem[];
  /** The number of files that were read. */
  readonly files: number;
}

/**
 * Finds what can still be said of an object that has errors already, so that one run shows everything. The
 * problems have no positions.
 */
export type Continue = (value: unknown, found: readonly Problem[]) => readonly Problem[];

export interface LoadOptions {
  readonly validate: Validate;
  /** Absent: an object with errors is looked at no further. */
  readonly goOn?: Continue;
  /** The stream that the path `-` stands for. */
  readonly standardInput: Readable;
  readonly take?: Take | undefined;
}

/**
 * Reads a path that is given twice once. Nothing that a person can correct is thrown: it is among the
 * problems.
 */
export async function loadPaths(
  paths: readonly string[],
  { validate, goOn, standardInput, take }: LoadOptions,
): Promise<LoadedObjects> {
  const problems: Problem[] = [];
  const files = new Set<string>();
  for (const path of paths) {
    const found = await expandPath(path);
    problems.push(...found.problems);
    for (const file of found.files) files.add(file);
  }
  const read: Manifests[] = [];
  for (const file of withoutDuplicates([...files])) read.push(await readOne(file, standardInput, take));
  const loaded = selectAndValidate(read, validate, goOn);
  return { ...loaded, problems: [...problems, ...loaded.problems], files: read.length };
}

/** The valid objects in the manifests of all files, and all problems. */
export function selectAndValidate(
  read: readonly Manifests[],
  validate: Validate,
  goOn: Continue = () => [],
): Omit<LoadedObjects, 'files'> {
  const selection = selectKubeletConfigs(read.flatMap(({ documents }) => documents));
  const problems = [...read.flatMap((manifests) => manifests.problems), ...selection.problems];
  const objects: LoadedObject[] = [];
  for (const document of selection.objects) {
    const dropped = nullProblems(document.nulls).map((problem) => ({ ...problem, object: document.name }));
    const own = [...validate(document.value), ...dropped];
    const found = locateProblems(hasErrors(own) ? [...own, ...goOn(document.value, own)] : own, document.locate);
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

function withoutDuplicates(files: readonly string[]): string[] {
  const seen = new Set<string>();
  return files.filter((file) => {
    const whole = file === '-' ? file : resolve(file);
    const isNew = !seen.has(whole);
    seen.add(whole);
    return isNew;
  });
}

async function readOne(file: string, standardInput: Readable, take: Take | undefined): Promise<Manifests> {
  try {
    return file === '-' ? await readManifestStream(standardInput, 'standard input', take) : await readManifestFile(file, take);
  } catch (error) {
    return { documents: [], problems: [unreadableFile(file, error)] };
  }
}
