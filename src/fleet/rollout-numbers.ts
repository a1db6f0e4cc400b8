/** How far the rollout of each object is, in numbers for metrics. Pure. */

import type { KubeletConfig } from '../api/types.ts';
import { keyOf } from './member.ts';
import type { Approvals } from './plan/approve.ts';
import type { Waiting } from './plan/waiting.ts';
import type { Tally } from './tally.ts';

export interface RolloutNumbers {
  /** How many of its nodes may be unavailable at once. */
  readonly maxUnavailable: number;
  /** Nodes that it counts and that are granted and not finished. */
  readonly inProgress: number;
  /** Nodes that asked to change and are not granted, by the kind of `Waiting`; no kind without nodes. */
  readonly waiting: Readonly<Partial<Record<Waiting['kind'], number>>>;
  /** Nodes on which its content failed, also those that are gone by now: rollout.maxFailures limits them. */
  readonly failed: number;
}

/** @returns undefined for an object that the plan does not know */
export function rolloutNumbers(
  object: KubeletConfig,
  { nodes, leaving }: Tally,
  { budgets, waiting, rollouts }: Pick<Approvals, 'budgets' | 'waiting' | 'rollouts'>,
): RolloutNumbers | undefined {
  const budget = budgets.ofObjects.get(keyOf(object.metadata));
  if (budget === undefined) return undefined;
  const counts: Partial<Record<Waiting['kind'], number>> = {};
  for (const member of [...Object.values(nodes).flat(), ...leaving]) {
    const kind = waiting.get(member)?.kind;
    if (kind !== undefined) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  const { maxUnavailable, granted } = budget;
  return { maxUnavailable, inProgress: granted.size, waiting: counts, failed: rollouts.get(object)?.state?.failed?.count ?? 0 };
}
