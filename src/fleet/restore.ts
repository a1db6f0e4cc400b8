/**
 * The finalizer that keeps a deleted object until its nodes have gone back to what they had before. There is
 * one for the object, none per node. Pure.
 */

import type { KubeletConfig } from '../api/types.ts';
import { type FleetEvent, restoreFinalizer } from './fleet.ts';
import { type Remaining, remaining } from './leaving.ts';
import { isDeleting } from './member.ts';
import type { Tally } from './tally.ts';
import { listed, nodes } from './words.ts';

export interface FinalizerStep {
  readonly kind: 'Add' | 'Remove';
  readonly object: KubeletConfig;
  /** To be recorded when the step is done. */
  readonly event?: FleetEvent;
}

/** The next step for the finalizer of this object; undefined if it is as it should be. */
export function finalizerStep(object: KubeletConfig, tally: Tally): FinalizerStep | undefined {
  const isHeld = object.metadata.finalizers?.includes(restoreFinalizer) ?? false;
  const isWanted = object.spec.deletionPolicy !== 'Orphan';
  if (!isDeleting(object)) {
    if (isWanted === isHeld) return undefined;
    return { kind: isWanted ? 'Add' : 'Remove', object };
  }
  if (!isHeld) return undefined;
  if (!isWanted) return { kind: 'Remove', object };
  const left = remaining(object, tally);
  const isDone = left.going.length + left.failed.length + left.missing.length === 0;
  return isDone ? { kind: 'Remove', object, event: removalEvent(left) } : undefined;
}

const action = 'Restoring';

function removalEvent({ leftBehind }: Remaining): FleetEvent {
  if (leftBehind.length === 0) {
    return { type: 'Normal', action, reason: 'Restored', message: 'All nodes have gone back to what was there before.' };
  }
  const message = `${nodes(leftBehind.length)} may still have it, and a person said that ${leftBehind.length === 1 ? 'it is' : 'they are'} left behind: ${listed(leftBehind)}. An agent that comes back goes back to what was there before.`;
  return { type: 'Warning', action, reason: 'NotRestoredEverywhere', message };
}
