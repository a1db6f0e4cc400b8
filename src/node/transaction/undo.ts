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
  readonly surroundings?: NodeReadinessSince | undefined;
  readonly stop?: AbortSignal | undefined;
  /** The transaction is of this process: if the script has begun before us, a step of ours may have come after it. */
  readonly stepsMayBeUnderWay?: boolean;
}

/** Has an open transaction taken back. Also one that a dead agent left behind. */
export async function undo(
  record: TransactionRecord,
  given: Verdict,
  machine: Machine,
  { report, surroundings, stop, stepsMayBeUnderWay = false }: UndoOptions,
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
    if (await readOpen(files)) throw new Error('the script ended and has left the transaction open');
    const kubeletDown = before.active
      ? await downWith(record, machine, { surroundings: surroundings?.(since), stop })
      : undefined;
    await deadMan.clear().catch(ignoreHostFault);
    return { kind: 'Undone', verdict, ...(kubeletDown === undefined ? {} : { kubeletDown }) };
  } catch (error) {
    return { kind: 'NotUndone', verdict, error };
  }
}

/** For the kubelet that was there before, to be back. */
const undoneSeconds = 120;

/**
 * The same probes as after a change, as far as they passed before it. A kubelet that did not run then either is no reason to keep the transaction open:
 * the next one could cure it.
 */
async function downWith(
  { unit, healthzBefore }: TransactionRecord,
  machine: Machine,
  { surroundings, stop }: Pick<ProofOptions, 'surroundings' | 'stop'>,
): Promise<string | undefined> {
  if (!machine.systemd.running) return undefined;
  const health = { timeoutSeconds: undoneSeconds, minReadySeconds: 0, healthz: healthzBefore };
  const shortfall = await prove(unit.name, machine, { ...health, surroundings, stop });
  // Whoever is asked to go does not wait to see it, nor does anybody wait for the cluster.
  if (shortfall?.kind === 'Unproven' || (shortfall?.kind === 'Interrupted' && stop?.aborted)) return undefined;
  return shortfall?.reason;
}
