/** What the controller says of an object, as far as it speaks of the present object. Pure. */

import type { KubeletConfig } from '../../api/types.ts';
import { generationOf } from '../../fleet/member.ts';
import { isRetryAsked } from '../../fleet/plan/failures.ts';

export interface RolloutState {
  /**
   * Unobserved: the controller has not written a status for this generation, or has not heeded a retry that
   * was asked for since the object stalled.
   */
  readonly state: 'Ready' | 'Reconciling' | 'Stalled' | 'Unobserved';
  /** Of the condition that gives the state. */
  readonly reason: string;
  readonly message: string;
}

const unobserved: RolloutState = {
  state: 'Unobserved',
  reason: 'Unobserved',
  message: 'The controller has not looked at this object yet. If that stays so, see whether it runs.',
};

/** Stalled counts before Reconciling: it cannot be finished without a person. */
export function stateOf(object: KubeletConfig): RolloutState {
  const { status } = object;
  if ((status?.observedGeneration ?? -1) !== generationOf(object)) return unobserved;
  const condition = (type: string) =>
    status?.conditions?.find(
      (one) => one.type === type && one.status === 'True' && one.observedGeneration === generationOf(object),
    );
  const stalled = condition('Stalled');
  if (stalled) return isRetryAsked(object) ? unobserved : { state: 'Stalled', reason: stalled.reason, message: stalled.message };
  const ready = condition('Ready');
  if (ready) return { state: 'Ready', reason: ready.reason, message: ready.message };
  const reconciling = condition('Reconciling');
  return reconciling ? { state: 'Reconciling', reason: reconciling.reason, message: reconciling.message } : unobserved;
}
