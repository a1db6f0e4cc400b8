/** What of approvals has to be remembered between two passes, because no object says it. Pure. */

import { canonicalJson } from '../api/json.ts';
import type { DisruptionRequest, NodeKubelet } from '../api/types.ts';
import { isClaimed, isGranted, type Member } from './member.ts';

/** An approval that is not claimed for so long is taken back: the agent is missing (design F5). */
export const claimWithin = 120_000;
/** Whoever let an approval lapse is asked again after this, when no other node can use the room. */
export const askAgainAfter = 600_000;
/** After this no write is under way any more: an API server ends every request within a minute (--request-timeout). */
export const underWay = 90_000;

/** By the uid of the NodeKubelet. Times are those of the controller's own monotonic clock: clocks of other machines prove nothing. */
export interface ApprovalMemory {
  /** Grants that may have been written, of which no later version of the object has told yet. */
  readonly unsure: ReadonlyMap<string, Attempt>;
  /** Since when a granted request is known and not claimed. */
  readonly unclaimed: ReadonlyMap<string, { readonly request: string; readonly since: number }>;
  /** Whoever let an approval lapse, and what it reported then. */
  readonly lapsed: ReadonlyMap<string, { readonly report: string; readonly since: number }>;
}

export interface Attempt {
  readonly resourceVersion: string | undefined;
  readonly since: number;
}

export const nothingRemembered: ApprovalMemory = { unsure: new Map(), unclaimed: new Map(), lapsed: new Map() };

/** A member whose agent asks for a disruption. */
export interface Asking extends Member {
  readonly nodeKubelet: NodeKubelet & { readonly status: { readonly request: DisruptionRequest } };
}

export function isAsking(member: Member): member is Asking {
  return member.nodeKubelet?.status?.request !== undefined;
}

export function idOf({ metadata }: NodeKubelet): string {
  return metadata.uid ?? metadata.name;
}

/** To be called before a grant is written: from then on it counts, whatever comes of the write. */
export function attempted(memory: ApprovalMemory, nodeKubelet: NodeKubelet, request: string, now: number): ApprovalMemory {
  const { resourceVersion } = nodeKubelet.metadata;
  return {
    ...memory,
    unsure: new Map(memory.unsure).set(idOf(nodeKubelet), { resourceVersion, since: now }),
    unclaimed: new Map(memory.unclaimed).set(idOf(nodeKubelet), { request, since: now }),
  };
}

/** To be called when the object has been read again, and nothing is under way to it: what it says is true. */
export function settled(memory: ApprovalMemory, nodeKubelet: NodeKubelet): ApprovalMemory {
  const unsure = new Map(memory.unsure);
  unsure.delete(idOf(nodeKubelet));
  return { ...memory, unsure };
}

/** A grant is no longer in doubt once any later version of the object is there: it either carries the grant, or has kept it from being written. */
export function stillUnsure(asking: readonly Asking[], { unsure }: ApprovalMemory): ReadonlyMap<string, Attempt> {
  const still = new Map<string, Attempt>();
  for (const { nodeKubelet } of asking) {
    const attempt = unsure.get(idOf(nodeKubelet));
    if (attempt && attempt.resourceVersion === nodeKubelet.metadata.resourceVersion) still.set(idOf(nodeKubelet), attempt);
  }
  return still;
}

/** Of which no watch has told in all the time in which a write can be under way: who looks now knows for good. */
export function stillDoubtful(asking: readonly Asking[], now: number, { unsure }: ApprovalMemory): NodeKubelet[] {
  const isOld = (attempt: Attempt | undefined) => attempt !== undefined && now >= attempt.since + underWay;
  return asking.map(({ nodeKubelet }) => nodeKubelet).filter((nodeKubelet) => isOld(unsure.get(idOf(nodeKubelet))));
}

interface Claims {
  readonly unclaimed: ApprovalMemory['unclaimed'];
  /** To be taken back. */
  readonly overdue: readonly NodeKubelet[];
}

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

/** Until the agent writes anything; that its approval is taken back is no write of its own. */
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

/** When time alone makes a difference. */
export function nextDue({ unsure, unclaimed, lapsed }: ApprovalMemory, now: number, grants: boolean): number | undefined {
  const due = [
    ...[...unsure.values()].map(({ since }) => since + underWay),
    ...[...unclaimed.values()].map(({ since }) => since + claimWithin),
    ...[...lapsed.values()].map(({ since }) => since + askAgainAfter),
    ...(grants ? [now + underWay, now + claimWithin] : []),
  ].filter((time) => time > now);
  return due.length > 0 ? Math.min(...due) : undefined;
}
