/**
 * The finalizer that keeps a deleted object until its nodes have gone back to what they had before. One for the object, never one per node, and
 * nothing that is gone for good holds it. Pure.
 */

import type { KubeletConfig } from '../api/types.ts';
import { type FleetEvent, restoreFinalizer } from './fleet.ts';
import { isDeleting } from './member.ts';
import type { Tally } from './tally.ts';
import { listed, nodes } from './words.ts';

export interface FinalizerStep {
  readonly kind: 'Add' | 'Remove';
  readonly object: KubeletConfig;
  /** What is to be told once it is done. */
  readonly event?: FleetEvent;
}

export function finalizerStep(object: KubeletConfig, tally: Tally): FinalizerStep | undefined {
  const isHeld = object.metadata.finalizers?.includes(restoreFinalizer) ?? false;
  const isWanted = object.spec.deletionPolicy !== 'Orphan';
  if (!isDeleting(object)) {
    if (isWanted === isHeld) return undefined;
    return { kind: isWanted ? 'Add' : 'Remove', object };
  }
  if (!isHeld) return undefined;
  if (!isWanted) return { kind: 'Remove', object };
  return isRestored(tally) ? { kind: 'Remove', object, event: farewell(tally) } : undefined;
}

/** As long as a node can still go back it is waited for, also when it is not its turn yet. */
function isRestored({ nodes: { Updating, Waiting } }: Tally): boolean {
  return Updating.length + Waiting.length === 0;
}

const action = 'Restoring';

function farewell({ nodes: { Failed, WithoutAgent } }: Tally): FleetEvent {
  const left = [...Failed, ...WithoutAgent];
  if (left.length === 0) {
    return { type: 'Normal', action, reason: 'Restored', message: 'All nodes have gone back to what was there before.' };
  }
  const why = Failed.length > 0 ? 'going back failed, or no agent answers' : 'no agent answers';
  const message = `${nodes(left.length)} may still have it, because there ${why}: ${listed(left)}. An agent that comes back goes back to what was there before.`;
  return { type: 'Warning', action, reason: 'NotRestoredEverywhere', message };
}
