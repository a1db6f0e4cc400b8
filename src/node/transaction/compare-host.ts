/**
 * Compares the host with what a transaction says of it: with the states from before when an undo has ended,
 * and with the revision right before the commit. Reads only.
 */

import { excludeEachOther } from '../../api/paths.ts';
import { describeDrift, differenceOf } from '../decide/difference.ts';
import { isEnabled } from '../decide/observed-state.ts';
import { ignoreHostFault } from '../model/host-fault.ts';
import type { Machine } from '../model/machine.ts';
import { type RecordedFile, type RecordedState, recordedState, type TransactionRecord } from '../model/record.ts';
import { HostFileError, type HostFiles } from '../ports/files.ts';

/** The state that a path should have. */
export interface ExpectedPath {
  readonly path: string;
  readonly state: RecordedState;
}

/**
 * The paths that do not have their expected state, in words. A path that cannot be read is one of them:
 * nobody has seen that it is as it should be. Where no file is expected, one above it or below it may be.
 */
export async function differingPaths(expected: readonly ExpectedPath[], files: HostFiles): Promise<string[]> {
  const found: string[] = [];
  for (const { path, state } of expected) {
    try {
      const difference = differenceOf(path, recordedState(await files.read(path)), state);
      if (difference) found.push(describeDrift(difference));
    } catch (error) {
      if (!(error instanceof HostFileError)) throw error;
      if (!isExcluded(path, state, expected)) found.push(error.message);
    }
  }
  return found;
}

/** True if a file is expected above or below this path, and none at it. */
function isExcluded(path: string, { kind }: RecordedState, expected: readonly ExpectedPath[]): boolean {
  return kind === 'Absent' && expected.some((one) => one.state.kind === 'File' && excludeEachOther(one.path, path));
}

/**
 * What is not as it was before a transaction, after its undo: every path with its bytes, mode and owner, and
 * whether the unit is enabled. The script itself has looked at the directories that it made again. If systemd
 * does not answer, the links count as the undo script saw them.
 */
export async function leftoversOf(record: TransactionRecord, { files, systemd }: Machine): Promise<string[]> {
  const { files: recorded, removedDirectories = [], unit } = record;
  const wasDirectory = ({ path, before }: RecordedFile) => before.kind === 'Absent' && removedDirectories.includes(path);
  const expected = recorded.filter((file) => !wasDirectory(file)).map(({ path, before }) => ({ path, state: before }));
  const paths = await differingPaths(expected, files);
  const status = await systemd.status(unit.name).catch(ignoreHostFault);
  if (!status || isEnabled(status) === unit.before.enabled) return paths;
  return [...paths, `${unit.name} (${unit.before.enabled ? 'not enabled any more' : 'still enabled'})`];
}
