/**
 * Which nodes may change now (design F1): of the nodes that an object counts, at most maxUnavailable are
 * unavailable or changing. Pure: what has to be remembered between two passes goes in and comes out.
 */

import type { DisruptionRequest, KubeletConfig, NodeKubelet } from '../api/types.ts';
import {
  type ApprovalMemory,
  type Asking,
  askAgainAfter,
  idOf,
  isAsking,
  nextDue,
  stillLapsed,
  stillUnconfirmed,
  toReread,
  watchClaims,
} from './approval-memory.ts';
import { type Budget, type Budgets, budgetsOf, changingIn, take } from './budget.ts';
import { type Failures, failuresOf } from './failures.ts';
import { generationOf, isGranted, isUnavailable, keyOf, type Member, referenceTo } from './member.ts';

export interface Grant {
  readonly nodeKubelet: NodeKubelet;
  readonly request: DisruptionRequest;
}

/** Why a node's request is not granted now. */
export type Waiting =
  | { readonly kind: 'NodeGone' }
  /** It let an approval lapse, and its agent has not written since. */
  | { readonly kind: 'AgentMissing' }
  /**
   * Its agent asks for another generation of this object than the controller sees, or one of the two sees it
   * and the other does not. Either is behind for a moment.
   */
  | { readonly kind: 'OutOfStep'; readonly object: string }
  | { readonly kind: 'Paused'; readonly object: string }
  /** The object has failed on rollout.maxFailures nodes. */
  | { readonly kind: 'Stopped'; readonly object: string }
  /** No kubelet of its nodes would start with the object. */
  | { readonly kind: 'Refused'; readonly object: string }
  | { readonly kind: 'NoRoom'; readonly budget: Budget };

export interface Approvals {
  /** To be written in this order. */
  readonly grants: readonly Grant[];
  readonly revocations: readonly NodeKubelet[];
  /** To be read again, because it is unknown whether they carry a grant. */
  readonly rereads: readonly NodeKubelet[];
  /** All that are granted and not finished, including `grants`. */
  readonly granted: ReadonlySet<Member>;
  /** Every other node with a request. */
  readonly waiting: ReadonlyMap<Member, Waiting>;
  readonly memory: ApprovalMemory;
  /** When the plan may be another one although nothing happens. */
  readonly wakeAt: number | undefined;
}

/**
 * Which requests are to be granted and which approvals to be taken back.
 *
 * It promises for every object that the node counts for, and for every object in the inputs of what it runs:
 * no grant makes the nodes that are unavailable, or granted and not finished, more than maxUnavailable. A
 * node that is down already takes no room, but at most maxUnavailable such nodes are granted at once. The
 * same arguments give the same plan.
 * @param now contact time in milliseconds
 * @param before the memory that the pass before returned, with `attempted` and `settled` for what was written
 * since
 * @param refused the objects that no kubelet of their nodes would start with
 */
export function planApprovals(
  objects: readonly KubeletConfig[],
  members: readonly Member[],
  now: number,
  before: ApprovalMemory,
  refused: readonly KubeletConfig[] = [],
): Approvals {
  const asking = members.filter(isAsking);
  const unconfirmed = stillUnconfirmed(asking, before);
  const isCounted = ({ nodeKubelet }: Asking) => isGranted(nodeKubelet) || unconfirmed.has(idOf(nodeKubelet));
  const granted = new Set<Member>(asking.filter(isCounted));
  const budgets = budgetsOf(objects, members, granted);
  const { unclaimed, overdue } = watchClaims(asking, now, before);
  const lapsed = stillLapsed(asking, overdue, now, before);
  const generations = new Map(objects.map((object) => [keyOf(object.metadata), generationOf(object)]));
  const circumstances = { budgets, generations, failures: failuresOf(objects, members), refused, lapsed, now };
  const grants: Grant[] = [];
  const waiting = new Map<Member, Waiting>();
  for (const member of inOrder(asking, { unconfirmed, lapsed })) {
    const { nodeKubelet } = member;
    if (isGranted(nodeKubelet)) continue;
    const reason = reasonToWait(member, { ...circumstances, isReserved: granted.has(member) });
    if (!reason) {
      grants.push({ nodeKubelet, request: nodeKubelet.status.request });
      granted.add(member);
      take(budgets, member);
    } else if (!granted.has(member)) waiting.set(member, reason);
  }
  const memory = { unconfirmed, unclaimed, lapsed };
  return {
    grants,
    revocations: overdue,
    rereads: toReread(asking, now, memory),
    granted,
    waiting,
    memory,
    wakeAt: nextDue(memory, now, grants.length > 0),
  };
}

/**
 * Grants that may be stored already, then nodes that are unavailable, then the others; last, those that let
 * an approval lapse. By name.
 */
function inOrder(asking: readonly Asking[], { unconfirmed, lapsed }: Pick<ApprovalMemory, 'unconfirmed' | 'lapsed'>): Asking[] {
  const rank = (member: Asking) => {
    const id = idOf(member.nodeKubelet);
    if (unconfirmed.has(id)) return 0;
    if (lapsed.has(id)) return 3;
    return isUnavailable(member) ? 1 : 2;
  };
  return [...asking].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

interface Circumstances {
  readonly budgets: Budgets;
  /** By the key of the object, as the controller sees it. */
  readonly generations: ReadonlyMap<string, number>;
  readonly failures: Failures;
  readonly refused: readonly KubeletConfig[];
  readonly lapsed: ApprovalMemory['lapsed'];
  readonly now: number;
  /** Its grant may be stored already, so it has its place in the budgets. */
  readonly isReserved: boolean;
}

function reasonToWait(
  member: Asking,
  { budgets, generations, failures, refused, lapsed, now, isReserved }: Circumstances,
): Waiting | undefined {
  if (!member.node) return { kind: 'NodeGone' };
  const { desired = [] } = member.nodeKubelet.status;
  // An older generation must wait too: it may have failed, and only the controller has seen its correction
  // yet.
  const other = desired.find((reference) => reference.uid !== '' && reference.generation !== generations.get(keyOf(reference)));
  if (other) return { kind: 'OutOfStep', object: other.name };
  const counted = changingIn(budgets, member);
  const paused = counted.find((budget) => budget.paused);
  if (paused) return { kind: 'Paused', object: paused.object };
  const stopped = failures.stops(member.nodeKubelet);
  if (stopped !== undefined) return { kind: 'Stopped', object: stopped };
  const wrong = refused.find((object) => brings(object, member));
  if (wrong) return { kind: 'Refused', object: wrong.metadata.name };
  const since = lapsed.get(idOf(member.nodeKubelet))?.since;
  if (since !== undefined && now < since + askAgainAfter) return { kind: 'AgentMissing' };
  const own = isReserved ? 1 : 0;
  const isCure = isUnavailable(member);
  const full = counted.find(({ taken, granted, maxUnavailable }) => {
    // A node that is down already takes no more room when it changes; still, at most maxUnavailable of them
    // at once.
    return (isCure ? granted.size : taken.size) - own >= maxUnavailable;
  });
  return full && { kind: 'NoRoom', budget: full };
}

/** Whether the change that is asked for puts this generation of the object on the node. */
function brings(object: KubeletConfig, { nodeKubelet: { status } }: Asking): boolean {
  const generation = generationOf(object);
  return (
    referenceTo(object, status.desired)?.generation === generation &&
    referenceTo(object, status.inputs)?.generation !== generation
  );
}
