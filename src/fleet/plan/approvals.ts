/** What the planner has decided, as data. */

import type { KubeletConfig, NodeKubelet } from '../../api/types.ts';
import type { Drain } from '../drain/drainer.ts';
import type { Approval } from '../fleet.ts';
import type { Member } from '../member.ts';
import type { Budgets } from './budget.ts';
import type { Failures } from './failures.ts';
import type { ApprovalMemory } from './memory.ts';
import type { ObjectRollout } from './rollout-state.ts';
import type { Waiting } from './waiting.ts';

export interface Grant {
  readonly nodeKubelet: NodeKubelet;
  readonly approval: Approval;
  /** The node held a place for this request before: as a stranger's, in doubt, or while it was drained. */
  readonly isRenewal: boolean;
}

export interface Revocation {
  readonly nodeKubelet: NodeKubelet;
  /** Why, for a log. */
  readonly because: 'Unclaimed' | 'Stopped' | 'NoRoom' | 'NotDrained' | 'Doubt';
}

export interface Approvals {
  /** To be written in this order. */
  readonly grants: readonly Grant[];
  readonly revocations: readonly Revocation[];
  readonly retries: Failures['retries'];
  readonly drains: readonly Drain[];
  /** All that are granted and not finished, including `grants`. */
  readonly granted: ReadonlySet<Member>;
  /** Members with a claimed grant whose agents have been silent for too long. */
  readonly silent: ReadonlySet<Member>;
  /** Every other node with a request. */
  readonly waiting: ReadonlyMap<Member, Waiting>;
  readonly budgets: Budgets;
  readonly failures: Failures;
  readonly rollouts: ReadonlyMap<KubeletConfig, ObjectRollout>;
  readonly memory: ApprovalMemory;
  /** When the plan may be another one although nothing happens. */
  readonly wakeAt: number | undefined;
}
