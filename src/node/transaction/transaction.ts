/** One transaction: armed, executed, proved and committed, or undone. There is at most one at a time. */

import type { TransactionEvent, TransactionResult } from '../model/event.ts';
import { ignoreHostFault, interruption } from '../model/host-fault.ts';
import type { Machine } from '../model/machine.ts';
import { claimMilliseconds } from '../model/permission.ts';
import type { Verdict } from '../model/verdict.ts';
import { Attempt, type Transaction } from './attempt.ts';
import { madeDirectories } from './directories.ts';
import { isArmed } from './journal.ts';
import { arm, tidy } from './open-transaction.ts';
import { undo } from './undo.ts';

export type { Transaction };

/** Time for the steps before the proof: systemd takes long to reload on a machine with many units. */
const stepsMilliseconds = 30_000;

/**
 * Runs one transaction to its end: afterwards it is committed, undone, or (NotUndone) left open for the next
 * pass. The caller has made sure that `checkWrites` finds no error.
 *
 * Before the first touch the record and the pre-images are on disk, and the dead-man's switch is set. The
 * kubelet is restarted at most once, and once more to undo.
 *
 * @param report called with each event as it happens
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
  const obstacle = await begin(transaction, allowed, machine).catch(interruption);
  if (obstacle) return notBegun(transaction, obstacle, machine, report);
  report({ kind: 'Armed', steps, record });
  const attempt = new Attempt(transaction, deadline, machine, report);
  const verdict = await attempt.run();
  if (verdict) return undo(record, verdict, machine, { report, nodeReadiness, stop, stepsMayBeUnderWay: true });
  // What could not be removed does no harm; the next commit tries again.
  await tidy(files, record).catch(() => undefined);
  await deadMan.clear().catch(ignoreHostFault);
  return { kind: 'Committed', ...(attempt.settingsRead && { settings: attempt.settingsRead }) };
}

/** Time until the dead-man's switch acts. Where the cluster is asked, there may be a second proof. */
function allowedMilliseconds({ health, nodeReadiness, mainPort }: Transaction): number {
  const proofs = nodeReadiness || mainPort ? 2 : 1;
  return health.timeoutSeconds * 1000 * proofs + stepsMilliseconds;
}

/** @returns why it may not go on; undefined if it is armed in time */
async function begin(
  { record, preImages, contents, armedBy = Number.POSITIVE_INFINITY }: Transaction,
  allowed: number,
  { files, deadMan, clock }: Machine,
): Promise<Verdict | undefined> {
  if (clock.now() > armedBy) return claimEnded;
  const directories = await madeDirectories(record, files, deadMan);
  await deadMan.set(record.unit.name, allowed);
  await arm(files, { ...record, directories }, preImages, contents);
  // The agent may have been suspended in the middle of it.
  return clock.now() > armedBy ? claimEnded : undefined;
}

const claimEnded: Verdict = {
  kind: 'Interrupted',
  reason: `the change was not prepared within ${claimMilliseconds / 1000} s after its approval was claimed`,
};

async function notBegun(
  { record, nodeReadiness }: Transaction,
  obstacle: Verdict,
  machine: Machine,
  report: (event: TransactionEvent) => void,
): Promise<TransactionResult> {
  const verdict: Verdict = { ...obstacle, kubeletUntouched: true };
  // `arm` may have renamed the directory and failed only to make that durable.
  if (await isArmed(machine.files)) return undo(record, verdict, machine, { report, nodeReadiness });
  await machine.deadMan.clear().catch(ignoreHostFault);
  return { kind: 'Undone', verdict };
}
