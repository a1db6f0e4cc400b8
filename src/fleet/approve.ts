/**
 * Which nodes may change now (design F1): at most maxUnavailable of the nodes that an object counts are unavailable or changing. Pure: what has
 * to be remembered between two passes goes in and comes out.
 */

import type { DisruptionRequest, KubeletConfig, NodeKubelet } from '../api/types.ts';
import {
  type ApprovalMemory,
  type Asking,
  askAgainAfter,
  idOf,
  isAsking,
  nextDue,
  stillDoubtful,
  stillLapsed,
  stillUnsure,
  watchClaims,
} from './approval-memory.ts';
import { type Budget, type Budgets, budgetsOf, changingIn, take } from './budget.ts';
import { type Failures, failuresOf } from './failures.ts';
import { generationOf, isGranted, isUnavailable, keyOf, type Member } from './member.ts';

export interface Grant {
  readonly nodeKubelet: NodeKubelet;
  readonly request: DisruptionRequest;
}

/** Why a node that asks is not granted. */
export type Waiting =
  | { readonly kind: 'NodeGone' }
  /** It let an approval lapse, and has not written since. */
  | { readonly kind: 'AgentMissing' }
  /** Its agent goes by another generation than the one that we know, or by an object that is gone for one of us: whoever lags catches up any moment. */
  | { readonly kind: 'OutOfStep'; readonly object: string }
  | { readonly kind: 'Paused'; readonly object: string }
  /** The object has failed on as many nodes as it may. */
  | { readonly kind: 'Stopped'; readonly object: string }
  | { readonly kind: 'NoRoom'; readonly budget: Budget };

export interface Approvals {
  /** To be written in this order. */
  readonly grants: readonly Grant[];
  readonly revocations: readonly NodeKubelet[];
  /** To be read again: only so can be found out whether they carry a grant. */
  readonly doubtful: readonly NodeKubelet[];
  /** All that are granted and not finished, with those of `grants`. */
  readonly granted: ReadonlySet<Member>;
  /** Every other node that asks. */
  readonly waiting: ReadonlyMap<Member, Waiting>;
  readonly memory: ApprovalMemory;
  /** When the plan may be another one although nothing happens. */
  readonly wakeAt: number | undefined;
}

export function planApprovals(
  objects: readonly KubeletConfig[],
  members: readonly Member[],
  now: number,
  before: ApprovalMemory,
): Approvals {
  const asking = members.filter(isAsking);
  const unsure = stillUnsure(asking, before);
  const granted = new Set<Member>(asking.filter(({ nodeKubelet }) => isGranted(nodeKubelet) || unsure.has(idOf(nodeKubelet))));
  const budgets = budgetsOf(objects, members, granted);
  const { unclaimed, overdue } = watchClaims(asking, now, before);
  const lapsed = stillLapsed(asking, overdue, now, before);
  const generations = new Map(objects.map((object) => [keyOf(object.metadata), generationOf(object)]));

  const failures = failuresOf(objects, members);

  const grants: Grant[] = [];
  const waiting = new Map<Member, Waiting>();
  for (const member of inOrder(asking, { unsure, lapsed })) {
    const { nodeKubelet } = member;
    if (isGranted(nodeKubelet)) continue;
    const refusal = refuse(member, { budgets, generations, failures, lapsed, now, isReserved: granted.has(member) });
    if (!refusal) {
      grants.push({ nodeKubelet, request: nodeKubelet.status.request });
      granted.add(member);
      take(budgets, member);
    } else if (!granted.has(member)) waiting.set(member, refusal);
  }
  const memory = { unsure, unclaimed, lapsed };
  return {
    grants,
    revocations: overdue,
    doubtful: stillDoubtful(asking, now, memory),
    granted,
    waiting,
    memory,
    wakeAt: nextDue(memory, now, grants.length > 0),
  };
}

/** What was begun first, then cures, then by name; whoever let an approval lapse last of all. */
function inOrder(asking: readonly Asking[], { unsure, lapsed }: Pick<ApprovalMemory, 'unsure' | 'lapsed'>): Asking[] {
  const rank = (member: Asking) => {
    const id = idOf(member.nodeKubelet);
    if (unsure.has(id)) return 0;
    if (lapsed.has(id)) return 3;
    return isUnavailable(member) ? 1 : 2;
  };
  return [...asking].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

interface Circumstances {
  readonly budgets: Budgets;
  /** By the key of the object, as we know it. */
  readonly generations: ReadonlyMap<string, number>;
  readonly failures: Failures;
  readonly lapsed: ApprovalMemory['lapsed'];
  readonly now: number;
  /** It was to be granted already, and has its place in the budgets. */
  readonly isReserved: boolean;
}

function refuse(member: Asking, { budgets, generations, failures, lapsed, now, isReserved }: Circumstances): Waiting | undefined {
  if (!member.node) return { kind: 'NodeGone' };
  const { desired = [] } = member.nodeKubelet.status;
  // Also an older one: what failed must not be tried once more just because its correction has been seen here first.
  const other = desired.find((reference) => reference.uid !== '' && reference.generation !== generations.get(keyOf(reference)));
  if (other) return { kind: 'OutOfStep', object: other.name };
  const counted = changingIn(budgets, member);
  const paused = counted.find((budget) => budget.paused);
  if (paused) return { kind: 'Paused', object: paused.object };
  const stopped = failures.stops(member.nodeKubelet);
  if (stopped !== undefined) return { kind: 'Stopped', object: stopped };
  const since = lapsed.get(idOf(member.nodeKubelet))?.since;
  if (since !== undefined && now < since + askAgainAfter) return { kind: 'AgentMissing' };
  const own = isReserved ? 1 : 0;
  const isCure = isUnavailable(member);
  const full = counted.find(({ taken, granted, maxUnavailable }) => {
    // A node that is down already takes up no more room when it changes; but that many at once would be no caution at all.
    return (isCure ? granted.size : taken.size) - own >= maxUnavailable;
  });
  return full && { kind: 'NoRoom', budget: full };
}
