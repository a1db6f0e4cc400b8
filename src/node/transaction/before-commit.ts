/**
 * Looks at what is about to be committed (design N13): a change that another program has altered meanwhile is
 * not called committed.
 */

import { isEnabled } from '../decide/observed-state.ts';
import type { FileContents } from '../model/file-contents.ts';
import type { Machine } from '../model/machine.ts';
import { sameState, type TransactionRecord } from '../model/record.ts';
import type { Step } from '../model/step.ts';
import { differingPaths } from './compare-host.ts';
import { lookAtUnit } from './look-at-unit.ts';

/** The parts of a transaction that the look needs. */
interface Committing {
  readonly record: TransactionRecord;
  readonly steps: readonly Step[];
  readonly contents: FileContents;
  readonly unnoticedBy?: string | undefined;
}

/**
 * Compares the host with the revision: every path with its bytes, mode and owner, whether the unit is enabled
 * and not masked, and the command, the variables and the arguments with which systemd starts it. A repair
 * without a restart answers only for what it repaired.
 *
 * @returns what is not as the revision says, in words; undefined if all is
 * @throws HostFileError, SystemdError
 */
export async function differenceBeforeCommit(
  transaction: Committing,
  machine: Machine,
  isRestarted: boolean,
): Promise<string | undefined> {
  const { record, contents, steps, unnoticedBy } = transaction;
  const files = await differingPaths(expectedPaths(transaction, isRestarted), machine.files);
  if (files.length > 0) return `another program changed the host in the middle of the change: ${files.join(', ')}`;
  const unit = await unitDifference(transaction, machine, isRestarted);
  if (unit !== undefined || unnoticedBy !== undefined || steps.length === 0) return unit;
  const isLoaded = isRestarted || steps.some(({ kind }) => kind === 'Reload');
  const look = () => lookAtUnit(record, contents, machine, { loaded: isLoaded, processes: isRestarted });
  const problems = await settled(look, machine);
  return problems.length === 0 ? undefined : problems.map(({ reason }) => reason).join('; ');
}

/** Paths that the steps left alone, because they are not repaired now, are not answered for. */
function expectedPaths({ record, steps }: Committing, isRestarted: boolean) {
  const touched = new Set(steps.flatMap((step) => ('path' in step ? [step.path] : [])));
  return record.files
    .filter(({ path, before, after }) => isRestarted || touched.has(path) || sameState(before, after))
    .map(({ path, after }) => ({ path, state: after }));
}

async function unitDifference(
  { record: { unit }, steps }: Committing,
  { systemd }: Machine,
  isRestarted: boolean,
): Promise<string | undefined> {
  const status = await systemd.status(unit.name);
  const isLinked = steps.some(({ kind }) => kind === 'Enable' || kind === 'Disable');
  const isMasked = status.unitFileState.startsWith('masked') || status.loadState === 'masked';
  if (isMasked && isRestarted) return `${unit.name} was masked in the middle of the change`;
  const isExpected = isRestarted || isLinked;
  if (!isExpected || isEnabled(status) === unit.after.enabled) return undefined;
  return `${unit.name} was ${unit.after.enabled ? 'disabled' : 'enabled'} in the middle of the change`;
}

/** Looks at a process again: it may not have become its program yet. */
const looks = 8;
const pauseMilliseconds = 250;

async function settled<T>(look: () => Promise<readonly T[]>, { clock }: Machine): Promise<readonly T[]> {
  let found = await look();
  for (let count = 1; found.length > 0 && count < looks; count += 1) {
    await clock.sleep(pauseMilliseconds);
    found = await look();
  }
  return found;
}
