/** One transaction: armed, executed, proved, committed; or undone. Never stacked. */

import type { TransactionEvent, TransactionResult } from '../model/event.ts';
import { ignoreHostFault, interruption } from '../model/host-fault.ts';
import type { Machine } from '../model/machine.ts';
import type { Verdict } from '../model/verdict.ts';
import { Attempt, type Transaction } from './attempt.ts';
import { madeDirectories } from './directories.ts';
import { isArmed } from './journal.ts';
import { arm, tidy } from './open-transaction.ts';
import { undo } from './undo.ts';

export type { Transaction };

/** Beside the time of the proof, for the steps before it: reloading a machine with many units takes long. */
const stepsMilliseconds = 30_000;

/**
 * Runs one transaction to its end: afterwards it is committed, undone, or (NotUndone) left open for the next pass.
 * `checkWrites` has found nothing in the way of its steps.
 *
 * Intent and pre-images are on disk before the first touch, and the dead-man's switch is set. At most one restart of
 * the kubelet, and one more to undo it.
 *
 * @param report is told of each step as it happens
 * @throws only for a fault of this program
 */
export async function runTransaction(
  transaction: Transaction,
  machine: Machine,
  report: (event: TransactionEvent) => void,
): Promise<TransactionResult> {
  const { record, steps, nodeReadiness, stop } = transaction;
  const { files, deadMan, clock } = machine;
  const allowed = allowedMilliseconds(transaction);
  const deadline = clock.now() + allowed;
  const obstacle = await begin(transaction, allowed, machine).then(() => undefined, interruption);
  if (obstacle) return notBegun(transaction, obstacle, machine, report);
  report({ kind: 'Armed', steps, record });
  const verdict = await new Attempt(transaction, deadline, machine, report).run();
  if (verdict) return undo(record, verdict, machine, { report, nodeReadiness, stop, stepsMayBeUnderWay: true });
  // What is left over does no harm; the next commit tries again to remove it.
  await tidy(files, record).catch(() => undefined);
  await deadMan.clear().catch(ignoreHostFault);
  return { kind: 'Committed' };
}

/** An unproved kubelet is waited for once more where the cluster is asked. */
function allowedMilliseconds({ health, nodeReadiness }: Transaction): number {
  const proofs = nodeReadiness ? 2 : 1;
  return health.timeoutSeconds * 1000 * proofs + stepsMilliseconds;
}

async function begin({ record, preImages, contents }: Transaction, allowed: number, machine: Machine): Promise<void> {
  const { files, deadMan } = machine;
  const directories = await madeDirectories(record, files, deadMan);
  await deadMan.set(record.unit.name, allowed);
  await arm(files, { ...record, directories }, preImages, contents);
}

async function notBegun(
  { record, nodeReadiness }: Transaction,
  obstacle: Verdict,
  machine: Machine,
  report: (event: TransactionEvent) => void,
): Promise<TransactionResult> {
  const verdict: Verdict = { ...obstacle, kubeletUntouched: true };
  // A rename that could not be made durable may have happened all the same.
  if (await isArmed(machine.files)) return undo(record, verdict, machine, { report, nodeReadiness });
  await machine.deadMan.clear().catch(ignoreHostFault);
  return { kind: 'Undone', verdict };
}
