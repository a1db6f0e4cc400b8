/** The memory of the machine as expressions were told last: it sticks, also when the agent starts anew. */

import type { HostFiles } from '../ports/files.ts';
import { stateDirectory } from './state-directory.ts';
import { ignoreDamage, readState, stateFile } from './state-file.ts';

const memoryFile = `${stateDirectory}/memory.json`;

interface LastMemory {
  readonly memoryGiB: number;
}

/** In GiB; undefined if none was told, or if its file is damaged. @throws HostFileError */
export async function readLastMemory(files: HostFiles): Promise<number | undefined> {
  const last = await readState<LastMemory>(files, memoryFile).catch(ignoreDamage);
  return Number.isInteger(last?.memoryGiB) ? last?.memoryGiB : undefined;
}

/** @throws HostFileError */
export async function writeLastMemory(files: HostFiles, memoryGiB: number): Promise<void> {
  await files.makeDirectory(stateDirectory, 0o700);
  await files.write(memoryFile, stateFile({ memoryGiB } satisfies LastMemory));
}
