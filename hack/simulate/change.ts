/** What an agent of the simulation does to its host once it has claimed an approval. */

import type { DisruptionRequest } from '../../src/api/types.ts';
import type { Clock } from '../../src/loop/clock.ts';
import type { TransactionResult } from '../../src/node/model/event.ts';
import type { Outcome } from '../../src/node/model/outcome.ts';
import type { TransactionRecord } from '../../src/node/model/record.ts';
import { finalVerdict, type Verdict } from '../../src/node/model/verdict.ts';
import type { Progress } from '../../src/node/report/progress.ts';
import type { Machine, OpenChange } from './machine.ts';
import type { SimulatedProcess } from './process.ts';
import type { Random } from './random.ts';

export interface ChangeOptions {
  readonly process: SimulatedProcess;
  readonly machine: Machine;
  readonly random: Random;
  /** Whether the kubelet of this machine runs with what the record brings. */
  readonly isGood: (machine: Machine, record: TransactionRecord) => boolean;
  /** Aborted when the node should have something else by now. */
  readonly superseded: AbortSignal;
  readonly progress?: (progress: Progress) => Promise<void>;
  readonly date: () => string;
  readonly observer: ChangeObserver;
}

export interface ChangeObserver {
  /** The host is about to be touched. */
  begun(machine: Machine, request: DisruptionRequest, record: TransactionRecord): void;
  /** The host is committed, or as it was before. */
  ended(machine: Machine, request: string, result: TransactionResult): void;
}

/** The default of health.timeoutSeconds. */
const proofTimeout = 120_000;
const progressEvery = 15_000;

export async function carryOut(
  { record, request }: { readonly record: TransactionRecord; readonly request: DisruptionRequest },
  isLate: boolean,
  options: ChangeOptions,
): Promise<Outcome> {
  const { process, machine, random, isGood, observer } = options;
  if (isLate) return ended(record, undone(machine, record, untouched, undefined));
  machine.open = { record, request: request.id };
  observer.begun(machine, request, record);
  await process.clock.sleep(random.between(200, 2_000));
  const takes = machine.restart(isGood(machine, record));
  const isProved = await prove(Math.min(takes, proofTimeout), options);
  if (isProved && takes <= proofTimeout && machine.isPowered) {
    machine.open = undefined;
    machine.journal = { committed: record, lastSequence: record.sequence };
    observer.ended(machine, request.id, { kind: 'Committed' });
    return ended(record, { kind: 'Committed' });
  }
  const verdict: Verdict = isProved
    ? { kind: 'Failed', reason: 'the kubelet did not become healthy' }
    : { kind: 'Superseded', reason: 'another revision is desired' };
  return undo({ record, request: request.id }, verdict, options);
}

/** Undoes what an agent that died has left behind. */
export function undoOpen(open: OpenChange, options: Omit<ChangeOptions, 'superseded'>): Promise<Outcome> {
  return undo(open, { kind: 'Interrupted', reason: 'the agent ended in the middle of the change' }, options);
}

async function undo(
  { record, request }: OpenChange,
  verdict: Verdict,
  { process, machine, random, observer }: Omit<ChangeOptions, 'superseded'>,
): Promise<Outcome> {
  await process.clock.sleep(random.between(500, 3_000));
  const takes = machine.restart(true);
  await process.clock.sleep(takes);
  machine.open = undefined;
  const result = undone(machine, record, finalVerdict(verdict, record), request);
  observer.ended(machine, request, result);
  return ended(record, result);
}

const untouched: Verdict = {
  kind: 'Interrupted',
  reason: 'the claim was too old when it was answered',
  kubeletUntouched: true,
};

function undone(
  machine: Machine,
  record: TransactionRecord,
  verdict: Verdict,
  request: string | undefined,
): Extract<TransactionResult, { kind: 'Undone' }> {
  const { inputs, revision, attempt = 1, sequence } = record;
  const objects = inputs?.objects ?? [];
  machine.journal = {
    ...machine.journal,
    lastSequence: sequence,
    undone: { inputs: inputs?.id, revision, objects, verdict, attempt, ...(request !== undefined && { request }) },
  };
  return { kind: 'Undone', verdict };
}

function ended(record: TransactionRecord, result: TransactionResult): Outcome {
  return { kind: 'Changed', record, result, warnings: [], foreign: [], reason: 'Change' };
}

/** @returns false if the change was superseded before that time */
async function prove(milliseconds: number, options: ChangeOptions): Promise<boolean> {
  const { process, superseded, progress, date } = options;
  const clock: Clock = process.clock;
  const since = date();
  const until = clock.now() + milliseconds;
  while (clock.now() < until) {
    const isOver = await clock.sleep(Math.min(progressEvery, until - clock.now()), superseded).then(
      () => false,
      () => true,
    );
    if (isOver) return false;
    if (clock.now() < until) await progress?.({ step: 'Proving', objects: [], since, timeoutSeconds: proofTimeout / 1_000 });
  }
  return true;
}
