/** Why an open transaction was not committed, and how often the same inputs may be tried. */

import type { TransactionRecord } from './record.ts';

/** Why an open transaction was not committed: remembered, so that the same bad inputs are not tried again (design N4). */
export interface Verdict {
  /**
   * Failed: the kubelet's own fault. Interrupted: something came between, and it is tried again after a rest. Superseded: something else is wanted
   * by now, and nobody is to blame.
   */
  readonly kind: 'Failed' | 'Interrupted' | 'Superseded';
  readonly reason: string;
  /** Given up before the kubelet felt anything: a try that does not count, be it the hundredth. */
  readonly kubeletUntouched?: true;
}

/** An interruption says nothing of the change. Three of them do: each is a restart of the kubelet and another to undo it. */
export const mostAttempts = 3;

export function finalVerdict(verdict: Verdict, { attempt = 1 }: TransactionRecord): Verdict {
  if (verdict.kind !== 'Interrupted' || verdict.kubeletUntouched || attempt < mostAttempts) return verdict;
  return { kind: 'Failed', reason: `${verdict.reason}; interrupted ${mostAttempts} times by now` };
}

/** Of the next try of the same inputs. */
export function nextAttempt(verdict: Verdict | undefined, attempt = 1): number {
  if (verdict?.kind !== 'Interrupted') return 1;
  return verdict.kubeletUntouched ? attempt : attempt + 1;
}
