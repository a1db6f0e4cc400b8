/** One transaction: check, arm, carry out, prove, commit; or undo. Never stacked. */

import { type ContentOf, carryOut } from './carry-out.ts';
import { type Clock, type FileState, HostFileError, type HostFiles, type NewFile, type Systemd, SystemdError } from './host.ts';
import { arm, type Contents, closeUndone, commit, readPreImage, recordVerdict, tidy, transactionRoom } from './journal.ts';
import { type Observed, planUndo, type Step } from './plan.ts';
import { type ProofOptions, prove } from './prove.ts';
import { finalVerdict, type TransactionRecord, type Verdict } from './record.ts';

export interface Machine {
  readonly files: HostFiles;
  readonly systemd: Systemd;
  readonly clock: Clock;
}

export type TransactionEvent =
  | { readonly kind: 'Armed'; readonly steps: readonly Step[] }
  | { readonly kind: 'Done'; readonly step: Step }
  | { readonly kind: 'Proving'; readonly unit: string; readonly minReadySeconds: number }
  | { readonly kind: 'Undoing'; readonly verdict: Verdict };

export type TransactionResult =
  | { readonly kind: 'Committed' }
  /** Nothing was touched. */
  | { readonly kind: 'Refused'; readonly errors: readonly HostFileError[] }
  /** The files are as they were; `kubeletDown` tells that the kubelet does not start with them either. */
  | { readonly kind: 'Undone'; readonly verdict: Verdict; readonly kubeletDown?: string }
  /** The host is somewhere in between; the transaction stays open and the next run tries again. */
  | { readonly kind: 'NotUndone'; readonly verdict: Verdict; readonly error: unknown };

export interface Transaction {
  readonly record: TransactionRecord;
  readonly steps: readonly Step[];
  /** Bytes of every file that is to be there. */
  readonly contents: Contents;
  /** What the record says was there before, with its bytes. */
  readonly preImages: ReadonlyMap<string, FileState>;
  readonly health: ProofOptions;
  /** Reads the host again, for the undo. */
  observe(): Promise<Observed>;
}

/** Of steps that nothing stands in the way of: `refusals` has said so. */
export async function runTransaction(
  transaction: Transaction,
  machine: Machine,
  report: (event: TransactionEvent) => void,
): Promise<TransactionResult> {
  const { record, steps, contents, health } = transaction;
  const obstacle = await arm(machine.files, record, transaction.preImages, contents).then(() => undefined, hostFault);
  // Should it be armed all the same, the next pass finds it.
  if (obstacle) return { kind: 'Undone', verdict: { ...obstacle, kubeletUntouched: true } };
  report({ kind: 'Armed', steps });
  const verdict = await attempt(steps, record, health, contentFrom(contents), machine, report);
  if (verdict) return undo(record, verdict, machine, transaction.observe, report);
  // Left-overs do no harm, and the next commit tries again to remove them.
  await tidy(machine.files).catch(() => undefined);
  return { kind: 'Committed' };
}

/** Brings back what an open transaction found. Also for one that a dead agent left behind. */
export async function undo(
  record: TransactionRecord,
  given: Verdict,
  machine: Machine,
  observe: () => Promise<Observed>,
  report: (event: TransactionEvent) => void,
): Promise<TransactionResult> {
  const verdict = finalVerdict(given, record);
  report({ kind: 'Undoing', verdict });
  try {
    // Should the undo be cut off too, the next one must still know why it was begun. A full disk must not keep it from beginning.
    await recordVerdict(machine.files, verdict).catch(() => undefined);
    const steps = planUndo(await observe(), record);
    const carry = (some: readonly Step[]) =>
      carryOut(
        some,
        machine,
        (path) => readPreImage(machine.files, path),
        (step) => report({ kind: 'Done', step }),
      );
    await carry(steps.filter((step) => step.kind !== 'Restart'));
    const kubeletDown = await carry(steps.filter((step) => step.kind === 'Restart')).then(() => undefined, startFailure);
    await closeUndone(machine.files);
    return { kind: 'Undone', verdict, ...(kubeletDown === undefined ? {} : { kubeletDown }) };
  } catch (error) {
    return { kind: 'NotUndone', verdict, error };
  }
}

/** A kubelet that did not start before the change either is no reason to keep the transaction open: the next one could cure it. */
function startFailure(error: unknown): string {
  if (error instanceof SystemdError && error.code === 'JobFailed') return error.message;
  throw error;
}

/** Everything that can be known to fail is found before anything is touched, or asked for (design N1). */
export async function refusals(steps: readonly Step[], contents: Contents, files: HostFiles): Promise<HostFileError[]> {
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
    if (step.kind === 'Remove') await check(step.path, undefined);
  }
  if (steps.length > 0) await check(...transactionRoom(contents));
  return errors;
}

/** @returns undefined when the steps were carried out, proved and committed, else why not. */
async function attempt(
  steps: readonly Step[],
  record: TransactionRecord,
  health: ProofOptions,
  content: ContentOf,
  machine: Machine,
  report: (event: TransactionEvent) => void,
): Promise<Verdict | undefined> {
  let done = 0;
  try {
    await carryOut(steps, machine, content, (step) => {
      done += 1;
      report({ kind: 'Done', step });
    });
    if (steps.some((step) => step.kind === 'Restart')) {
      report({ kind: 'Proving', unit: record.unit.name, minReadySeconds: health.minReadySeconds });
      const verdict = await prove(record.unit.name, machine.systemd, machine.clock, health);
      if (verdict) return verdict;
    }
    await commit(machine.files, record);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (blamesTheChange(error)) return { kind: 'Failed', reason };
    const begun = steps.slice(0, done + 1);
    const isTouched = begun.some(({ kind }) => kind === 'Restart' || kind === 'Stop');
    return { kind: 'Interrupted', reason, ...(isTouched ? {} : { kubeletUntouched: true }) };
  }
}

function hostFault(error: unknown): Verdict {
  if (error instanceof HostFileError) return { kind: 'Interrupted', reason: `${error.message}; ${error.remedy}` };
  throw error;
}

/** A unit that systemd refuses, a job that failed, or a bug of ours would fail again; a lost bus or a full disk says nothing about the change. */
function blamesTheChange(error: unknown): boolean {
  if (error instanceof SystemdError) return error.code === 'JobFailed' || error.code === 'Refused';
  return !(error instanceof HostFileError);
}

function contentFrom(contents: Contents): ContentOf {
  return (path) => {
    const content = contents.get(path);
    return content ? Promise.resolve(content) : Promise.reject(new Error(`no bytes for ${path}`));
  };
}
