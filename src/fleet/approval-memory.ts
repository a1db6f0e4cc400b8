/** The controller's memory of approvals between two passes, because no object says it. Pure. */

import { canonicalJson } from '../api/json.ts';
import type { DisruptionRequest, NodeKubelet } from '../api/types.ts';
import { isClaimed, isGranted, type Member } from './member.ts';

/**
 * Milliseconds. An approval that is not claimed within this time is taken back: the agent is missing (design
 * F5).
 */
export const claimWithin = 120_000;
/**
 * Milliseconds. A node that let its approval lapse gets another one after this, if no other node can use the
 * room.
 */
export const askAgainAfter = 600_000;
/**
 * Milliseconds. After this a write cannot take effect any more: an API server ends every request within a
 * minute (--request-timeout).
 */
export const underWay = 90_000;

/**
 * By uid of the NodeKubelet. All times are contact time of the controller: clocks of other machines prove
 * nothing.
 */
export interface ApprovalMemory {
  /** Grants whose write may or may not have been stored: no later version of the object has been seen. */
  readonly unconfirmed: ReadonlyMap<string, Attempt>;
  /** Since when a request is known to be granted and not claimed. */
  readonly unclaimed: ReadonlyMap<string, { readonly request: string; readonly since: number }>;
  /** Nodes that let an approval lapse, with the report that they had given then. */
  readonly lapsed: ReadonlyMap<string, { readonly report: string; readonly since: number }>;
}

/** One write of a grant. */
export interface Attempt {
  /** The version of the NodeKubelet on which the write was based. */
  readonly resourceVersion: string | undefined;
  readonly since: number;
}

export const nothingRemembered: ApprovalMemory = { unconfirmed: new Map(), unclaimed: new Map(), lapsed: new Map() };

/** A member whose agent asks for a disruption. */
export interface Asking extends Member {
  readonly nodeKubelet: NodeKubelet & { readonly status: { readonly request: DisruptionRequest } };
}

/** Whether the agent has a request, granted or not. */
export function isAsking(member: Member): member is Asking {
  return member.nodeKubelet?.status?.request !== undefined;
}

/** Identifies the NodeKubelet in the memory. */
export function idOf({ metadata }: NodeKubelet): string {
  return metadata.uid ?? metadata.name;
}

/** To be called before a grant is written: from then on it counts as granted, whatever the answer will be. */
export function attempted(memory: ApprovalMemory, nodeKubelet: NodeKubelet, request: string, now: number): ApprovalMemory {
  const { resourceVersion } = nodeKubelet.metadata;
  return {
    ...memory,
    unconfirmed: new Map(memory.unconfirmed).set(idOf(nodeKubelet), { resourceVersion, since: now }),
    unclaimed: new Map(memory.unclaimed).set(idOf(nodeKubelet), { request, since: now }),
  };
}

/**
 * To be called when the object was read again after `underWay`: from then on only what the object says
 * counts.
 */
export function settled(memory: ApprovalMemory, nodeKubelet: NodeKubelet): ApprovalMemory {
  const unconfirmed = new Map(memory.unconfirmed);
  unconfirmed.delete(idOf(nodeKubelet));
  return { ...memory, unconfirmed };
}

/**
 * Grants that are still unconfirmed. Any later version of the object ends the doubt: it carries the grant, or
 * it has kept the grant from being stored, since every write is compare-and-swap.
 */
export function stillUnconfirmed(asking: readonly Asking[], { unconfirmed }: ApprovalMemory): ReadonlyMap<string, Attempt> {
  const still = new Map<string, Attempt>();
  for (const { nodeKubelet } of asking) {
    const attempt = unconfirmed.get(idOf(nodeKubelet));
    if (attempt && attempt.resourceVersion === nodeKubelet.metadata.resourceVersion) still.set(idOf(nodeKubelet), attempt);
  }
  return still;
}

/**
 * NodeKubelets whose grant is unconfirmed although no write can be under way any more: to read them now gives
 * the final answer.
 */
export function toReread(asking: readonly Asking[], now: number, { unconfirmed }: ApprovalMemory): NodeKubelet[] {
  const isOver = (attempt: Attempt | undefined) => attempt !== undefined && now >= attempt.since + underWay;
  return asking.map(({ nodeKubelet }) => nodeKubelet).filter((nodeKubelet) => isOver(unconfirmed.get(idOf(nodeKubelet))));
}

interface Claims {
  readonly unclaimed: ApprovalMemory['unclaimed'];
  /** Approvals that are to be taken back. */
  readonly overdue: readonly NodeKubelet[];
}

/** Since when each granted request waits to be claimed, and which approvals nobody has claimed in time. */
export function watchClaims(asking: readonly Asking[], now: number, before: ApprovalMemory): Claims {
  const unclaimed = new Map<string, { readonly request: string; readonly since: number }>();
  const overdue: NodeKubelet[] = [];
  for (const { nodeKubelet } of asking) {
    if (!isGranted(nodeKubelet) || isClaimed(nodeKubelet)) continue;
    const { id } = nodeKubelet.status.request;
    const known = before.unclaimed.get(idOf(nodeKubelet));
    const since = known?.request === id ? known.since : now;
    unclaimed.set(idOf(nodeKubelet), { request: id, since });
    if (now >= since + claimWithin) overdue.push(nodeKubelet);
  }
  return { unclaimed, overdue };
}

/**
 * A lapse is forgotten as soon as the agent writes anything: then it is back. That we take its approval back
 * is no write of the agent's.
 */
export function stillLapsed(
  asking: readonly Asking[],
  overdue: readonly NodeKubelet[],
  now: number,
  before: ApprovalMemory,
): ApprovalMemory['lapsed'] {
  const lapsed = new Map<string, { readonly report: string; readonly since: number }>();
  for (const { nodeKubelet } of asking) {
    const known = before.lapsed.get(idOf(nodeKubelet));
    if (known && known.report === reportOf(nodeKubelet)) lapsed.set(idOf(nodeKubelet), known);
  }
  for (const nodeKubelet of overdue) lapsed.set(idOf(nodeKubelet), { report: reportOf(nodeKubelet), since: now });
  return lapsed;
}

function reportOf({ status }: NodeKubelet): string {
  return canonicalJson(status);
}

/** The next time at which the plan changes although nothing happens; undefined if there is none. */
export function nextDue({ unconfirmed, unclaimed, lapsed }: ApprovalMemory, now: number, grants: boolean): number | undefined {
  const due = [
    ...[...unconfirmed.values()].map(({ since }) => since + underWay),
    ...[...unclaimed.values()].map(({ since }) => since + claimWithin),
    ...[...lapsed.values()].map(({ since }) => since + askAgainAfter),
    ...(grants ? [now + underWay, now + claimWithin] : []),
  ].filter((time) => time > now);
  return due.length > 0 ? Math.min(...due) : undefined;
}
