/** Has an open transaction taken back by its script, and proves what was there before. */

import type { TransactionEvent, TransactionResult } from '../model/event.ts';
import { ignoreHostFault } from '../model/host-fault.ts';
import type { Machine } from '../model/machine.ts';
import type { TransactionRecord } from '../model/record.ts';
import { finalVerdict, type Verdict } from '../model/verdict.ts';
import type { NodeReadinessSince } from '../proof/node-readiness.ts';
import { type ProofOptions, prove } from '../proof/prove.ts';
import { isArmed, readOpen } from './journal.ts';
import { recordVerdict, reopen } from './open-transaction.ts';

export interface UndoOptions {
  readonly report: (event: TransactionEvent) => void;
  readonly nodeReadiness?: NodeReadinessSince | undefined;
  readonly stop?: AbortSignal | undefined;
  /** The transaction is of this process: if the script has begun before us, one of our steps may have come after it. */
  readonly stepsMayBeUnderWay?: boolean;
}

/**
 * Has the script undo an open transaction, whether this process or a dead agent left it open, and waits until the
 * kubelet from before is back.
 *
 * @param given why; it is remembered with the inputs
 * @returns Undone, with the reason if the kubelet from before is down; NotUndone if the transaction is still open
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
    // A full disk must not keep the script from beginning.
    await recordVerdict(files, record, verdict).catch(ignoreHostFault);
    const isLate = stepsMayBeUnderWay && !(await isArmed(files));
    await deadMan.pull(name);
    if (isLate) {
      await reopen(files, record);
      await deadMan.pull(name);
    }
    if (await readOpen(files)) throw new Error('the undo script ended and left the transaction open');
    const probe = { nodeReadiness: nodeReadiness?.(since), stop };
    const kubeletDown = before.active ? await downAfterUndo(record, machine, probe) : undefined;
    await deadMan.clear().catch(ignoreHostFault);
    return { kind: 'Undone', verdict, ...(kubeletDown === undefined ? {} : { kubeletDown }) };
  } catch (error) {
    return { kind: 'NotUndone', verdict, error };
  }
}

/** For the kubelet from before to be back. */
const undoneSeconds = 120;

/**
 * Asks the probes that passed before the change. A kubelet that does not come back is no reason to keep the transaction
 * open: the next one could cure it.
 */
async function downAfterUndo(
  { unit, healthzBefore }: TransactionRecord,
  machine: Machine,
  { nodeReadiness, stop }: Pick<ProofOptions, 'nodeReadiness' | 'stop'>,
): Promise<string | undefined> {
  if (!machine.systemd.running) return undefined;
  const health = { timeoutSeconds: undoneSeconds, minReadySeconds: 0, healthz: healthzBefore };
  const shortfall = await prove(unit.name, machine, { ...health, nodeReadiness, stop });
  // A program that is told to stop does not wait for the kubelet, and none waits for the cluster.
  if (shortfall?.kind === 'Unproven' || (shortfall?.kind === 'Interrupted' && stop?.aborted)) return undefined;
  return shortfall?.reason;
}
