/** What a word of `-f` means: a file, a directory, a pattern, or several of them with commas between. */

import type { Dirent } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '../../api/problem.ts';
import { matchesPattern } from '../../systemd/glob.ts';
import { fileProblem, isSystemError, listManifests, unreadableFile } from './manifest-file.ts';

export interface Expanded {
  /** Paths in a stable order; `-` for standard input. */
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

/**
 * Finds the files that a word means. A path that is there is that path, whatever characters it has; else
 * commas separate words, and `*`, `?` and `[…]` match names as in a shell, `**` any directories.
 */
export async function expandPath(path: string): Promise<Expanded> {
  if (path === '-') return { files: [path], problems: [] };
  if (await isThere(path)) return readPath(path);
  if (path.includes(',')) {
    const parts = path.split(',').filter((part) => part !== '');
    return together(await each(parts, expandPath));
  }
  return /[*?[]/.test(path) ? expandPattern(path) : readPath(path);
}

/** A path that is there as it is written, or that has to be named in a problem. */
async function readPath(path: string): Promise<Expanded> {
  try {
    if (!(await stat(path)).isDirectory()) return { files: [path], problems: [] };
    const files = await listManifests(path);
    return { files, problems: files.length === 0 ? [noObjects(path)] : [] };
  } catch (error) {
    return { files: [], problems: [unreadableFile(path, error)] };
  }
}

async function expandPattern(pattern: string): Promise<Expanded> {
  try {
    const matches = await matchesOf(pattern);
    if (matches.length === 0) return { files: [], problems: [noMatch(pattern)] };
    const found = together(await each(matches, readPath));
    // A pattern that finds manifests may also match directories without one.
    return { ...found, problems: found.problems.filter(({ code }) => code !== 'NoObjects' || found.files.length === 0) };
  } catch (error) {
    return { files: [], problems: [unreadableFile(pattern, error)] };
  }
}

/**
 * Paths that match, in the order of their names. @throws the system's error if a directory cannot be
 * listed
 */
async function matchesOf(pattern: string): Promise<string[]> {
  const [first = '', ...rest] = pattern.split('/').filter((part, index) => part !== '' || index === 0);
  const start = first === '' ? { bases: ['/'], parts: rest } : { bases: [''], parts: [first, ...rest] };
  let bases = start.bases;
  for (const [index, part] of start.parts.entries()) {
    const isLast = index === start.parts.length - 1;
    bases = [...new Set((await each(bases, (base) => below(base, part, isLast))).flat())];
  }
  return bases;
}

async function below(base: string, part: string, isLast: boolean): Promise<string[]> {
  if (part === '**') return (await treeOf(base)).map((path) => (path === '' && isLast ? '.' : path));
  if (!/[*?[]/.test(part)) return (await isThere(join(base, part))) ? [join(base, part)] : [];
  return (await entriesOf(base)).filter(({ name }) => matchesPattern(name, part)).map(({ name }) => join(base, name));
}

/**
 * A directory and all below it, without hidden ones. Links are not followed, for they may lead in a
 * circle.
 */
async function treeOf(directory: string): Promise<string[]> {
  const inner = (await entriesOf(directory)).filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  return [directory, ...(await each(inner, ({ name }) => treeOf(join(directory, name)))).flat()];
}

/** In the order of the names; nothing for what is no directory. @throws the system's error */
async function entriesOf(directory: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(directory === '' ? '.' : directory, { withFileTypes: true });
    return entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  } catch (error) {
    if (isSystemError(error) && ['ENOENT', 'ENOTDIR'].includes(error.code ?? '')) return [];
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    // Whatever else is wrong with the path is told when it is read.
    (error) => !isSystemError(error) || !['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(error.code ?? ''),
  );
}

async function each<Item, Result>(items: readonly Item[], action: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await action(item));
  return results;
}

function together(found: readonly Expanded[]): Expanded {
  return { files: found.flatMap(({ files }) => files), problems: found.flatMap(({ problems }) => problems) };
}

function noMatch(pattern: string): Problem {
  const remedy = 'correct the pattern: * and ? match no slash and no dot at the start of a name, and ** any directories';
  return fileProblem('UnreadableFile', pattern, `the pattern ${pattern} matches no file`, remedy);
}

function noObjects(directory: string): Problem {
  const remedy = 'put files ending in .yaml, .yml or .json there (subdirectories are not searched), or give another path';
  return fileProblem('NoObjects', directory, `the directory ${directory} holds no manifests`, remedy);
}
