/** The agent's loop over one node: whenever something may have changed, one pass; what failed for no fault of the change is tried again. */

import type { Problem } from '../api/problem.ts';
import type { Clock } from './host.ts';
import type { Outcome } from './reconcile.ts';
import { WorkQueue } from './work-queue.ts';

export interface AgentOptions {
  readonly pass: () => Promise<Outcome>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: AgentLog;
}

/** One line for a pass that changed something or found something new to complain of, none for any other. */
export interface AgentLog {
  outcome(outcome: Outcome): void;
  retry(error: unknown, delayMilliseconds: number): void;
}

export interface Agent {
  /** Something may have changed. */
  notice(): void;
  run(stop: AbortSignal): Promise<void>;
}

/** A pass that should be repeated although nobody changed anything. */
export class TryAgain extends Error {
  override readonly name = 'TryAgain';
}

const node = 'node';

export function makeAgent({ pass, clock, random, log }: AgentOptions): Agent {
  let lastComplaint = '';
  const work = async () => {
    const outcome = await pass();
    const complaint = complaintOf(outcome);
    if (outcome.kind === 'Changed' || complaint !== lastComplaint) log.outcome(outcome);
    lastComplaint = complaint;
    const again = reasonToTryAgain(outcome);
    if (again !== undefined) throw new TryAgain(again);
  };
  const queue = new WorkQueue<string>({
    work,
    clock,
    random,
    onError: (_key, error, delay) => log.retry(error, delay),
  });
  queue.add(node);
  return { notice: () => queue.add(node), run: (stop) => queue.run(stop) };
}

function complaintOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'Kept':
      return JSON.stringify([outcome.problems.map(essence), outcome.failedBefore]);
    case 'Unreadable':
      return outcome.error.message;
    case 'Unchanged':
    case 'Changed':
      return outcome.warnings.length === 0 ? '' : JSON.stringify(outcome.warnings.map(essence));
    default:
      return outcome satisfies never;
  }
}

function essence({ code, path, reason, position }: Problem) {
  return [code, path, reason, position?.file, position?.line];
}

/** Not for what only a person can put right: then the source will change. */
function reasonToTryAgain(outcome: Outcome): string | undefined {
  if (outcome.kind === 'Unreadable') return outcome.error.message;
  if (outcome.kind !== 'Changed') return undefined;
  const { result } = outcome;
  switch (result.kind) {
    case 'Committed':
      return undefined;
    case 'Refused':
      return result.errors[0]?.message;
    case 'Undone':
      return result.verdict.kind === 'Interrupted' ? result.verdict.reason : undefined;
    case 'NotUndone':
      return result.verdict.reason;
    default:
      return result satisfies never;
  }
}
