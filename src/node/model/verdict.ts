/** The verdict on a transaction that was not committed, and how often the same inputs are tried. */

import type { TransactionRecord } from './record.ts';

/**
 * Why a transaction was not committed. The journal keeps it, so that inputs that failed are not tried again
 * (design N4).
 */
export interface Verdict {
  /**
   * Failed: the kubelet does not work with these inputs. Interrupted: the change ended for another reason,
   * and is tried again after a pause. Superseded: another revision was desired before the proof was complete.
   */
  readonly kind: 'Failed' | 'Interrupted' | 'Superseded';
  readonly reason: string;
  /** Present if the change ended before the running kubelet was touched; such a try does not count. */
  readonly kubeletUntouched?: true;
  /** When it was given, RFC 3339; set in what is read from disk, except by earlier builds. */
  readonly at?: string;
}

/** After this many interruptions a change counts as Failed: each one costs two restarts of the kubelet. */
export const mostAttempts = 3;

/** The verdict to keep for a transaction: Failed instead of Interrupted after the last allowed try. */
export function finalVerdict(verdict: Verdict, { attempt = 1 }: TransactionRecord): Verdict {
  if (verdict.kind !== 'Interrupted' || verdict.kubeletUntouched || attempt < mostAttempts) return verdict;
  return {
    ...verdict,
    kind: 'Failed',
    reason: `${verdict.reason}; the change was interrupted ${mostAttempts} times and counts as failed`,
  };
}

/**
 * The number of the next try of the same inputs, from 1.
 *
 * @param verdict the verdict on the try before; undefined if there was none
 * @param attempt the number of the try before
 */
export function nextAttempt(verdict: Verdict | undefined, attempt = 1): number {
  if (verdict?.kind !== 'Interrupted') return 1;
  return verdict.kubeletUntouched ? attempt : attempt + 1;
}
