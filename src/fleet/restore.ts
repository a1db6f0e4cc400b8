/**
 * The finalizer that keeps a deleted object until its nodes have gone back to what they had before. There is
 * one for the object, none per node, and nodes that cannot go back do not hold it. Pure.
 */

import type { KubeletConfig } from '../api/types.ts';
import { type FleetEvent, restoreFinalizer } from './fleet.ts';
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
  return isRestored(tally) ? { kind: 'Remove', object, event: removalEvent(tally) } : undefined;
}

/** Every node that can still go back is waited for, also one that waits for its turn. */
function isRestored({ nodes: { Updating, Waiting } }: Tally): boolean {
  return Updating.length + Waiting.length === 0;
}

const action = 'Restoring';

function removalEvent({ nodes: { Failed, WithoutAgent } }: Tally): FleetEvent {
  const left = [...Failed, ...WithoutAgent];
  if (left.length === 0) {
    return { type: 'Normal', action, reason: 'Restored', message: 'All nodes have gone back to what was there before.' };
  }
  const why = Failed.length > 0 ? 'going back failed, or no agent answers' : 'no agent answers';
  const message = `${nodes(left.length)} may still have it, because there ${why}: ${listed(left)}. An agent that comes back goes back to what was there before.`;
  return { type: 'Warning', action, reason: 'NotRestoredEverywhere', message };
}
