/** What the host would refuse, asked without doing it. */

import type { FileContents } from '../model/file-contents.ts';
import type { Step } from '../model/step.ts';
import { HostFileError, type HostFiles, type NewFile } from '../ports/files.ts';
import { transactionRoom } from '../transaction/open-transaction.ts';

/** Everything that can be known to fail is found before anything is touched, or asked for (design N1). */
export async function checkWrites(steps: readonly Step[], contents: FileContents, files: HostFiles): Promise<HostFileError[]> {
  const errors: HostFileError[] = [];
  const check = async (path: string, file: NewFile | undefined) => {
    try {
      await files.check(path, file);
    } catch (error) {
      if (!(error instanceof HostFileError)) throw error;
      errors.push(error);
    }
  };
  for (const step of steps) {
    if (step.kind === 'Write') await check(step.path, { ...step.state, content: contents.get(step.path) ?? Buffer.alloc(0) });
    if (step.kind === 'Remove' || step.kind === 'SetAside') await check(step.path, undefined);
  }
  if (steps.length > 0) await check(...transactionRoom(contents));
  return errors;
}
