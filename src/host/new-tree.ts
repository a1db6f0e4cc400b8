/**
 * Makes a directory with everything in it, which a rename then gives its name. Nothing reads it before, so
 * its files need no temporary names, and one fsync for each directory is enough.
 */

import { closeSync, fchmodSync, mkdirSync } from 'node:fs';
import type { NewFile } from '../node/ports/files.ts';
import { refusal, refusalOf } from './refusal.ts';
import { createFile, syncDescriptor } from './temporary.ts';
import { componentsOf, openDirectory, type Place, within } from './walk.ts';

/** A file, or the entries of a directory. */
type Branch = NewFile | Map<string, Branch>;

/**
 * Everything is on disk afterwards, except the name of the directory itself.
 * @param files by path inside the directory: `/a/b`
 * @throws HostFileError
 */
export async function makeTree(place: Place, files: ReadonlyMap<string, NewFile>): Promise<void> {
  const tree = treeOf(files);
  try {
    await makeBranch(place.directory, place.name, tree);
  } catch (error) {
    throw refusalOf(error, place.path, 'make');
  }
}

function treeOf(files: ReadonlyMap<string, NewFile>): Map<string, Branch> {
  const tree = new Map<string, Branch>();
  for (const [path, file] of files) {
    const names = componentsOf(path);
    const last = names.pop();
    if (last === undefined || [last, ...names].includes('..')) throw refusal('EINVAL', path, 'make');
    let directory = tree;
    for (const name of names) {
      const inner = directory.get(name) ?? new Map<string, Branch>();
      if (!(inner instanceof Map)) throw refusal('ENOTDIR', path, 'make');
      directory.set(name, inner);
      directory = inner;
    }
    directory.set(last, file);
  }
  return tree;
}

async function makeBranch(parent: number, name: string, branch: Branch): Promise<void> {
  if (!(branch instanceof Map)) return createFile(within(parent, name), branch);
  mkdirSync(within(parent, name), 0o700);
  const made = openDirectory(parent, name);
  try {
    fchmodSync(made, 0o755); // mkdir's own mode is cut by the umask
    // Concurrently: then one commit of the file system's journal serves several of them.
    const results = await Promise.allSettled([...branch].map(([inner, child]) => makeBranch(made, inner, child)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    await syncDescriptor(made);
  } finally {
    closeSync(made);
  }
}
