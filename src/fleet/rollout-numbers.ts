/** How far the rollout of each object is, in numbers for metrics. Pure. */

import type { KubeletConfig } from '../api/types.ts';
import type { Approvals } from './plan/approvals.ts';
import type { Waiting } from './plan/waiting.ts';
import { type Relations, relationsOf } from './relations.ts';

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

/** The numbers of every object. Nodes that stand alike count for the same objects. */
export function rolloutNumbers({
  budgets,
  waiting,
  rollouts,
}: Pick<Approvals, 'budgets' | 'waiting' | 'rollouts'>): ReadonlyMap<KubeletConfig, RolloutNumbers> {
  const groups = new Map<Relations, Counts>();
  for (const [member, { kind }] of waiting) {
    const relations = relationsOf(member);
    const counts = groups.get(relations) ?? {};
    groups.set(relations, counts);
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  const found = new Map<KubeletConfig, RolloutNumbers & { readonly waiting: Counts }>();
  for (const { source, maxUnavailable, granted } of budgets.ofObjects.values()) {
    if (source === undefined) continue;
    const failed = rollouts.get(source)?.state?.failed?.count ?? 0;
    found.set(source, { maxUnavailable, inProgress: granted.size, waiting: {}, failed });
  }
  for (const [relations, counts] of groups)
    for (const { source } of budgets.changing.get(relations) ?? []) add(source && found.get(source)?.waiting, counts);
  return found;
}

type Counts = Partial<Record<Waiting['kind'], number>>;

function add(sum: Counts | undefined, counts: Counts): void {
  if (sum === undefined) return;
  for (const [kind, count] of Object.entries(counts) as [Waiting['kind'], number][]) sum[kind] = (sum[kind] ?? 0) + count;
}
