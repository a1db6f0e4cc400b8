/**
 * Reads the paths that a change is about, where a file of ours may stand on the way to one, or a directory at
 * one: such a path counts as Absent, and it is decided later whether what is in the way goes.
 */

import type { DirectoryInTheWay, Observed } from '../model/observed.ts';
import { managedFiles, type TransactionRecord } from '../model/record.ts';
import { type FileState, HostFileError, type HostFiles } from '../ports/files.ts';
import { type ObservedFiles, observeFiles, type PathsToObserve } from './observe.ts';

/**
 * Reads each desired path once, and the paths that the committed transaction released.
 *
 * @param known the committed files as they are on the host; they are part of the result
 * @throws HostFileError if a path cannot be read, or something in the way is not ours
 */
export async function observeDesired(
  desired: PathsToObserve,
  files: HostFiles,
  known: ObservedFiles,
  committed: TransactionRecord | undefined,
): Promise<ObservedFiles & Pick<Observed, 'directories'>> {
  const directories = new Map<string, DirectoryInTheWay>();
  const ours = managedFiles(committed).map(({ path }) => path);
  const made = (committed?.revision && committed.directories) || [];
  const read = reading(files, async (path, code) => {
    if (code === 'PathThroughFile') return ours.some((one) => path.startsWith(`${one}/`));
    const found = await directoryInTheWay(path, files, ours, made);
    if (found) directories.set(path, found);
    return found !== undefined;
  });
  const found = await observeFiles(desired, { ...files, read }, known);
  const released = { paths: committed?.files.map(({ path }) => path) ?? [], policyStates: [] };
  const readReleased = reading(files, async (path, code) => code === 'PathThroughFile' || isDirectory(path, files));
  return { ...(await observeFiles(released, { ...files, read: readReleased }, found)), directories };
}

type InTheWay = 'PathThroughFile' | 'NotAFile';

/** Reads a path; what stands in the way counts as Absent if it `mayStand` there. */
function reading(files: HostFiles, mayStand: (path: string, code: InTheWay) => Promise<boolean>) {
  return async (path: string): Promise<FileState> => {
    try {
      return await files.read(path);
    } catch (error) {
      const code = error instanceof HostFileError ? error.code : undefined;
      if ((code === 'PathThroughFile' || code === 'NotAFile') && (await mayStand(path, code))) return { kind: 'Absent' };
      throw error;
    }
  };
}

async function isDirectory(path: string, files: HostFiles): Promise<boolean> {
  try {
    await files.list(path);
    return true;
  } catch (error) {
    if (!(error instanceof HostFileError)) throw error;
    return false;
  }
}

/** Undefined if neither the directory at this path nor a file in it is ours. */
async function directoryInTheWay(
  path: string,
  files: HostFiles,
  ours: readonly string[],
  made: readonly string[],
): Promise<DirectoryInTheWay | undefined> {
  const real = (await files.resolve(path)).path;
  const isMade = (directory: string) => made.includes(real + directory.slice(path.length));
  if (!isMade(path)) return ours.some((one) => one.startsWith(`${path}/`)) ? { made: [], others: [path] } : undefined;
  const found: { made: string[]; others: string[] } = { made: [], others: [] };
  const look = async (directory: string) => {
    for (const name of await files.list(directory)) {
      const entry = `${directory}/${name}`;
      if (isMade(entry)) await look(entry);
      else if (!ours.includes(entry)) found.others.push(entry);
    }
    found.made.push(directory);
  };
  await look(path);
  return found;
}
