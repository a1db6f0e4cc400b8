/** Asks the host whether it would refuse the writes of a change, without writing. */

import type { FileContents } from '../model/file-contents.ts';
import type { Step } from '../model/step.ts';
import { HostFileError, type HostFiles, type NewFile } from '../ports/files.ts';
import { transactionRoom } from '../transaction/open-transaction.ts';

/**
 * Checks every path that the steps write, remove or set aside, and the room for the transaction itself. It
 * runs before approval is asked for and before anything is touched (design N1).
 *
 * @returns one error for each path that the host would refuse; empty if all would succeed
 * @throws every error but HostFileError
 */
export async function checkWrites(steps: readonly Step[], contents: FileContents, files: HostFiles): Promise<HostFileError[]> {
  const errors: HostFileError[] = [];
  const check = async (path: string, file: NewFile | undefined, instead?: 'Directory') => {
    try {
      await files.check(path, file, instead);
    } catch (error) {
      if (!(error instanceof HostFileError)) throw error;
      errors.push(error);
    }
  };
  const removed = steps.flatMap((step) => (step.kind === 'Remove' ? [step.path] : []));
  const directories = steps.flatMap((step) => (step.kind === 'RemoveDirectory' ? [step.path] : []));
  for (const step of steps) {
    if (step.kind === 'Write') {
      const { path, state } = step;
      // Where a file makes room for a directory, what counts is that the file can be replaced.
      const place = removed.find((one) => path.startsWith(`${one}/`)) ?? path;
      const file = { ...state, content: contents.get(path) ?? Buffer.alloc(0) };
      await check(place, file, directories.includes(path) ? 'Directory' : undefined);
    }
    // The check of the file that takes its place has looked at it.
    if (step.kind === 'RemoveDirectory' && !contents.has(step.path)) await check(step.path, undefined, 'Directory');
    if (step.kind === 'Remove' || step.kind === 'SetAside') await check(step.path, undefined);
  }
  if (steps.length > 0) await check(...transactionRoom(contents));
  return errors;
}
