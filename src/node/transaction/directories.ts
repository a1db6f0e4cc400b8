/**
 * The directories that we made for our files. They are removed once none of our files is desired any more,
 * unless something else is in them (design N7).
 */

import { isAtOrBelow } from '../../api/paths.ts';
import type { TransactionRecord } from '../model/record.ts';
import type { DeadMansSwitch } from '../ports/dead-man.ts';
import { HostFileError, type HostFiles } from '../ports/files.ts';
import { stateDirectory } from './state-directory.ts';
import { missingOnTheWay, realPaths } from './undo/facts.ts';

/**
 * Lists the directories that earlier transactions made and that this one will make, without the ones that
 * become files. Call it before the first touch: afterwards it cannot be seen which directories were missing.
 *
 * @returns absolute paths, sorted; none of our state directory
 * @throws HostFileError
 */
export async function madeDirectories(
  { files: changed, directories = [] }: TransactionRecord,
  files: HostFiles,
  { installs }: DeadMansSwitch,
): Promise<string[]> {
  const written = changed.filter(({ after }) => after.kind === 'File').map(({ path }) => path);
  const missing = await missingOnTheWay([...written, ...installs], files);
  const ours = missing.filter((path) => !stateDirectory.startsWith(path));
  const places = await realPaths(written, files);
  const isFile = (directory: string) => places.some((place) => isAtOrBelow(directory, place));
  return [...new Set([...directories, ...ours])].filter((directory) => !isFile(directory)).sort();
}

/**
 * Removes empty directories, the innermost first. A directory that cannot be removed does no harm, and stays.
 */
export async function removeDirectories(directories: readonly string[], files: HostFiles): Promise<void> {
  for (const path of directories.toSorted((a, b) => b.length - a.length)) {
    try {
      await files.removeDirectory(path);
    } catch (error) {
      if (!(error instanceof HostFileError)) throw error;
    }
  }
}
