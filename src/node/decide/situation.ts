/** Puts together what a decision depends on. Pure. */

import type { DecideOptions, Situation } from '../model/action.ts';
import type { Journal } from '../model/journal.ts';
import type { Observed } from '../model/observed.ts';

/** The situation of one pass; the journal and the host must have been read in that pass. */
export function situationOf(journal: Journal, observed: Observed, options: DecideOptions): Situation {
  return { journal, observed, options, restartPending: isRestartPending(journal, observed, options) };
}

/**
 * True if the kubelet still runs as it did before the last commit, that is, in the same boot and the same
 * invocation. It is true too if the running invocation is suspect, because it started while drift was being
 * repaired.
 */
function isRestartPending({ committed }: Journal, { unit }: Observed, { bootId, suspectInvocation }: DecideOptions): boolean {
  const isSuspect = suspectInvocation !== undefined && suspectInvocation === unit.invocationId && unit.activeState !== 'inactive';
  return (
    (isSuspect && committed?.revision != null) ||
    (committed?.restartOwed === bootId && committed.unit.invocationBefore === unit.invocationId)
  );
}
