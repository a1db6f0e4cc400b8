/** Directories that we made on the way to our files. They go when nothing of ours is wanted any more, as long as nothing else is in them (design N7). */

import type { TransactionRecord } from '../model/record.ts';
import type { DeadMansSwitch } from '../ports/dead-man.ts';
import { HostFileError, type HostFiles } from '../ports/files.ts';
import { stateDirectory } from './state-directory.ts';
import { missingOnTheWay } from './undo/facts.ts';

/** Those of earlier transactions, and those that this one will make. Asked before anything is made: afterwards it cannot be seen any more. */
export async function madeDirectories(
  { files: changed, directories = [] }: TransactionRecord,
  files: HostFiles,
  { installs }: DeadMansSwitch,
): Promise<string[]> {
  const written = changed.filter(({ after }) => after.kind === 'File').map(({ path }) => path);
  const missing = await missingOnTheWay([...written, ...installs], files);
  const ours = missing.filter((path) => !stateDirectory.startsWith(path));
  return [...new Set([...directories, ...ours])].sort();
}

/** The innermost first. One that cannot be removed does no harm. */
export async function removeDirectories(directories: readonly string[], files: HostFiles): Promise<void> {
  for (const path of directories.toSorted((a, b) => b.length - a.length)) {
    try {
      await files.removeDirectory(path);
    } catch (error) {
      if (!(error instanceof HostFileError)) throw error;
    }
  }
}
