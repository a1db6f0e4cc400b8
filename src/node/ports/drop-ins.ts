/** The drop-ins of a unit, found as systemd finds them. */

import type { UnitText } from '../../systemd/environment.ts';
import { dropInDirectories, effectiveDropIns } from '../../systemd/load-path.ts';
import { HostFileError } from './files.ts';
import { readThrough } from './follow-links.ts';
import type { ReadableFiles } from './overlay.ts';

/** Paths in the order in which systemd reads them. @throws HostFileError as `files.list` */
export async function dropInPaths(files: ReadableFiles, unit: string): Promise<string[]> {
  return effectiveDropIns(await allDropInPaths(files, unit));
}

/**
 * Every path in a directory of drop-ins, also of files that another one of the same name hides.
 * @throws HostFileError as `files.list`
 */
export async function allDropInPaths(files: ReadableFiles, unit: string): Promise<string[]> {
  const paths: string[] = [];
  for (const directory of dropInDirectories(unit)) {
    for (const name of await files.list(directory)) paths.push(`${directory}/${name}`);
  }
  return paths;
}

/**
 * The drop-ins with their texts, in the order in which systemd reads them.
 *
 * @param loaded paths of those that systemd has loaded: it knows more directories than we do
 * @throws HostFileError
 */
export async function readDropIns(files: ReadableFiles, unit: string, loaded: readonly string[] = []): Promise<UnitText[]> {
  return await readAll(files, effectiveDropIns([...(await dropInPaths(files, unit)), ...loaded]));
}

/** The drop-ins that systemd does not read: one of the same name comes first. @throws HostFileError */
export async function readHiddenDropIns(files: ReadableFiles, unit: string): Promise<UnitText[]> {
  const all = await allDropInPaths(files, unit);
  const effective = effectiveDropIns(all);
  return await readAll(
    files,
    all.filter((path) => path.endsWith('.conf') && !effective.includes(path)),
  );
}

async function readAll(files: ReadableFiles, paths: readonly string[]): Promise<UnitText[]> {
  const dropIns: UnitText[] = [];
  for (const path of paths) dropIns.push({ path, content: (await textOf(path, files)) ?? '' });
  return dropIns;
}

/**
 * Reads through links, as systemd does; a link to /dev/null hides a drop-in of that name. systemd ignores a
 * path that is no file; so it counts as empty.
 */
async function textOf(path: string, files: ReadableFiles): Promise<string | undefined> {
  try {
    return (await readThrough(files, path))?.toString();
  } catch (error) {
    if (error instanceof HostFileError && error.code === 'NotAFile') return undefined;
    throw error;
  }
}
