/**
 * A directory made with all in it, for a rename to give it its name: until then nobody reads it, so its files need no temporary names,
 * and each directory one fsync for all its entries.
 */

import { closeSync, fchmodSync, mkdirSync } from 'node:fs';
import type { NewFile } from '../node/ports/files.ts';
import { refusal, refusalOf } from './refusal.ts';
import { createFile, syncDescriptor } from './temporary.ts';
import { componentsOf, openDirectory, type Place, within } from './walk.ts';

/** A file, or what is in a directory. */
type Branch = NewFile | Map<string, Branch>;

/** On disk when it returns, all but the name of the directory itself. @param files by path inside the directory, with a slash first */
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
    // At once: one commit of the file system's journal then serves several of them.
    const results = await Promise.allSettled([...branch].map(([inner, child]) => makeBranch(made, inner, child)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    await syncDescriptor(made);
  } finally {
    closeSync(made);
  }
}
