/** Has an open transaction undone by its script, and proves the kubelet from before the change. */

import type { TransactionEvent, TransactionResult } from '../model/event.ts';
import { ignoreHostFault } from '../model/host-fault.ts';
import type { Machine } from '../model/machine.ts';
import { managedFiles, sameState, type TransactionRecord } from '../model/record.ts';
import { finalVerdict, type Verdict } from '../model/verdict.ts';
import type { NodeReadinessSince } from '../proof/node-readiness.ts';
import { type ProofOptions, prove } from '../proof/prove.ts';
import { leftoversOf } from './compare-host.ts';
import { isArmed, readJournal, readOpen } from './journal.ts';
import { recordVerdict, reopen } from './open-transaction.ts';
import { readProvenInvocation, recordProvenInvocation } from './proven-invocation.ts';

export interface UndoOptions {
  readonly report: (event: TransactionEvent) => void;
  readonly nodeReadiness?: NodeReadinessSince | undefined;
  readonly stop?: AbortSignal | undefined;
  /**
   * True if this process ran the transaction: if the script has already begun, one of our steps may have come
   * after it.
   */
  readonly stepsMayBeUnderWay?: boolean;
}

/**
 * Has the script undo an open transaction, which this process or a dead agent left open, and waits for the
 * kubelet from before the change.
 *
 * @param given why the transaction is undone; it is recorded with the inputs
 * @returns Undone, with the reason if that kubelet is down; NotUndone, with the error, if the transaction is
 * still open, or if the host is not as it was before. It never throws
 */
export async function undo(
  record: TransactionRecord,
  given: Verdict,
  machine: Machine,
  { report, nodeReadiness, stop, stepsMayBeUnderWay = false }: UndoOptions,
): Promise<TransactionResult> {
  const { files, deadMan, clock } = machine;
  const { name, before } = record.unit;
  const since = clock.now();
  const verdict = finalVerdict(given, record);
  report({ kind: 'Undoing', verdict });
  try {
    // The script must run even if the disk is full.
    await recordVerdict(files, record, verdict, machine.date?.()).catch(ignoreHostFault);
    const isLate = stepsMayBeUnderWay && !(await isArmed(files));
    await deadMan.pull(name);
    if (isLate) {
      await reopen(files, record);
      await deadMan.pull(name);
    }
    if (await readOpen(files)) throw new Error('the undo script ended and left the transaction open');
    const leftovers = await leftoversOf(record, machine);
    if (leftovers.length > 0) return await notAsBefore(record, verdict, leftovers, machine);
    report({ kind: 'Undone' });
    const probe = { nodeReadiness: nodeReadiness?.(since), stop };
    const kubeletDown = before.active ? await downAfterUndo(record, machine, probe) : undefined;
    if (before.active && kubeletDown === undefined) await noteRun(record, machine).catch(ignoreHostFault);
    await deadMan.clear().catch(ignoreHostFault);
    return { kind: 'Undone', verdict, ...(kubeletDown === undefined ? {} : { kubeletDown }) };
  } catch (error) {
    return { kind: 'NotUndone', verdict, error };
  }
}

/**
 * The script has restarted the kubelet after the files were back. If those are the committed ones, the run is
 * known to have begun with them, so that a later drift costs no restart.
 */
async function noteRun({ unit, files: recorded }: TransactionRecord, { files, systemd }: Machine): Promise<void> {
  const { committed } = await readJournal(files);
  if (committed?.revision == null || committed.unit.name !== unit.name) return;
  const isBack = managedFiles(committed).every(({ path, after }) =>
    recorded.some((file) => file.path === path && sameState(file.before, after)),
  );
  const { activeState, invocationId } = await systemd.status(unit.name);
  if (!isBack || activeState !== 'active' || invocationId === unit.invocationBefore) return;
  const known = await readProvenInvocation(files, committed.revision);
  await recordProvenInvocation(files, { ...known, revision: committed.revision, invocation: invocationId });
}

/**
 * The undo has ended, and the host is not as it was: another program has changed it, or our own records were
 * removed. The verdict that is kept says so too.
 */
async function notAsBefore(
  record: TransactionRecord,
  verdict: Verdict,
  leftovers: readonly string[],
  { files, deadMan }: Machine,
): Promise<TransactionResult> {
  const error = new Error(`these are not as they were before: ${leftovers.join(', ')}`);
  await recordVerdict(files, record, { ...verdict, reason: `${verdict.reason}; ${error.message}` }).catch(ignoreHostFault);
  await deadMan.clear().catch(ignoreHostFault);
  return { kind: 'NotUndone', verdict, error, leftovers };
}

/** How long the kubelet from before may take to come back. */
const undoneSeconds = 120;

/**
 * Asks the probes that passed before the change. If the kubelet does not come back, the transaction is closed
 * all the same: the next one could cure it.
 *
 * @returns why the kubelet is down; undefined if it is up, or if that is unknown
 */
async function downAfterUndo(
  { unit, healthzBefore }: TransactionRecord,
  machine: Machine,
  { nodeReadiness, stop }: Pick<ProofOptions, 'nodeReadiness' | 'stop'>,
): Promise<string | undefined> {
  if (!machine.systemd.running) return undefined;
  const health = { timeoutSeconds: undoneSeconds, minReadySeconds: 0, healthz: healthzBefore };
  const shortfall = await prove(unit.name, machine, { ...health, nodeReadiness, stop });
  // Unproven: only the cluster could not be asked. Stopped: there is no time left to wait for the kubelet.
  if (shortfall?.kind === 'Unproven' || (shortfall?.kind === 'Interrupted' && stop?.aborted)) return undefined;
  return shortfall?.reason;
}
