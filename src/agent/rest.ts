/** How long an interrupted change rests before the agent tries it again. Pure. */

import { backOff } from '../loop/work-queue.ts';
import type { Rest } from '../node/model/action.ts';
import { isOpen } from '../node/model/event.ts';
import type { Outcome } from '../node/model/outcome.ts';

export interface CountedRest extends Rest {
  /** How often the change of these inputs was interrupted in a row. */
  readonly tries: number;
  /** Milliseconds, monotonic. */
  readonly until: number;
}

/** The first rest is 16 to 32 s, the second 32 to 64 s, and so on: backOff counts one second as its first. */
const restExponent = 5;

/**
 * An interruption says nothing about the change itself, so it is tried again; but each try costs two restarts
 * of the kubelet, so the rest doubles each time. A commit ends the rest; every other outcome leaves it as it
 * is.
 * @param now milliseconds, monotonic
 * @param random from 0 to 1
 */
export function restAfter(
  outcome: Outcome,
  before: CountedRest | undefined,
  now: number,
  random: number,
): CountedRest | undefined {
  if (outcome.kind !== 'Changed') return before;
  const { result, record } = outcome;
  if (result.kind === 'Committed') return undefined;
  if (result.kind === 'Refused' || isOpen(result) || result.verdict.kind !== 'Interrupted') return before;
  const inputs = record.inputs?.id ?? null;
  const tries = before?.inputs === inputs ? before.tries + 1 : 1;
  return { inputs, reason: result.verdict.reason, tries, until: now + backOff(tries + restExponent, random) };
}
