/** Everything that the planning of one pass knows. */

import type { KubeletConfig } from '../../api/types.ts';
import type { DrainState } from '../drain/drainer.ts';
import type { Member } from '../member.ts';
import type { Budgets } from './budget.ts';
import type { Failures } from './failures.ts';
import type { Progress } from './progress.ts';
import type { ObjectRollout } from './rollout-state.ts';

/** What the planner cannot read from the objects. */
export interface Situation {
  /** Contact time in milliseconds. */
  readonly now: number;
  /** The clock of the API server in milliseconds; undefined if no answer had a date. */
  readonly time: number | undefined;
  /** The term of the leader: `<uid of the Lease>/<leaseTransitions>`. */
  readonly term: string;
  /** When the leader took office, by the clock of the API server. */
  readonly inOffice: number | undefined;
  /** Key of the taint of new nodes. */
  readonly newNodeTaint: string;
  /** The objects that no kubelet of their nodes would start with. */
  readonly refused: ReadonlySet<KubeletConfig>;
  /** By id of the request: how the drains are doing that were begun. */
  readonly drains: ReadonlyMap<string, DrainState>;
  /** The agent has not reacted to this object in time. */
  isMissing(object: KubeletConfig, member: Member): boolean;
}

export interface Plan extends Situation {
  readonly members: readonly Member[];
  readonly byKey: ReadonlyMap<string, KubeletConfig>;
  readonly budgets: Budgets;
  readonly failures: Failures;
  readonly progress: Progress;
  readonly rollouts: ReadonlyMap<KubeletConfig, ObjectRollout>;
  /** The first unfinished part of the topology of an object, once it was asked for. */
  readonly zones: Map<KubeletConfig, { readonly first: string | undefined }>;
}
