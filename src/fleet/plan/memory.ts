/**
 * The controller's memory of approvals between two passes, because no object says it. All times are contact
 * time of the controller: clocks of other machines prove nothing. Pure.
 */

import { canonicalJson } from '../../api/json.ts';
import type { NodeKubelet } from '../../api/types.ts';
import { type Asking, idOf } from './asking.ts';
import type { Sent } from './doubt.ts';
import type { CountedFailures } from './failures.ts';
import type { Holder } from './holders.ts';

/**
 * Milliseconds. An approval that is not claimed within this time is taken back: the agent is missing (design
 * F5).
 */
export const claimWithin = 120_000;
/**
 * Milliseconds. A node that let its approval lapse, or could not be drained, gets another one after this, if
 * no other node can use the room.
 */
export const askAgainAfter = 600_000;

export interface ApprovalMemory {
  /**
   * By uid of a NodeKubelet: the version on which the last approval was based. As long as no later version is
   * seen, it may or may not have been stored. No time ends that doubt.
   */
  readonly sent: Sent;
  /** By uid of a NodeKubelet: since when a request is known to be granted and not claimed. */
  readonly unclaimed: ReadonlyMap<string, { readonly request: string; readonly since: number }>;
  /** By uid of a NodeKubelet: nodes that let an approval lapse, with the report that they had given then. */
  readonly lapsed: ReadonlyMap<string, { readonly report: string; readonly since: number }>;
  /** By uid of a NodeKubelet: requests whose drain was given up. */
  readonly undrained: ReadonlyMap<string, { readonly request: string; readonly since: number; readonly why: string }>;
  /** By name of the node: every node that held a grant when it was last seen. */
  readonly holders: ReadonlyMap<string, Holder>;
  /** By key of an object. */
  readonly failures: ReadonlyMap<string, CountedFailures>;
}

export const nothingRemembered: ApprovalMemory = {
  sent: new Map(),
  unclaimed: new Map(),
  lapsed: new Map(),
  undrained: new Map(),
  holders: new Map(),
  failures: new Map(),
};

/**
 * To be called before an approval is written: until a later version of the object is seen it counts as
 * granted, whatever the answer will be. Its agent is given time from now on.
 */
export function attempted(memory: ApprovalMemory, nodeKubelet: NodeKubelet, request: string, now: number): ApprovalMemory {
  const { resourceVersion } = nodeKubelet.metadata;
  const id = idOf(nodeKubelet);
  const known = memory.unclaimed.get(id);
  return {
    ...memory,
    sent: new Map(memory.sent).set(id, { resourceVersion }),
    unclaimed: known?.request === request ? memory.unclaimed : new Map(memory.unclaimed).set(id, { request, since: now }),
  };
}

interface Claims {
  readonly unclaimed: ApprovalMemory['unclaimed'];
  /** Approvals that nobody has claimed in time. */
  readonly overdue: ReadonlySet<Asking>;
}

/**
 * Since when each approval waits to be claimed. While a node is drained its agent has nothing to claim.
 * @param approved nodes with an approval that is not claimed
 */
export function watchClaims(approved: readonly Asking[], now: number, before: ApprovalMemory): Claims {
  const unclaimed = new Map<string, { readonly request: string; readonly since: number }>();
  const overdue = new Set<Asking>();
  for (const member of approved) {
    const { nodeKubelet } = member;
    if (nodeKubelet.spec?.approval?.stage === 'Drain') continue;
    const { id } = nodeKubelet.status.request;
    const known = before.unclaimed.get(idOf(nodeKubelet));
    const since = known?.request === id ? known.since : now;
    unclaimed.set(idOf(nodeKubelet), { request: id, since });
    if (now >= since + claimWithin) overdue.add(member);
  }
  return { unclaimed, overdue };
}

/**
 * A lapse is forgotten as soon as the agent writes anything: then it is back. That we take its approval back
 * is no write of the agent's.
 */
export function stillLapsed(
  asking: readonly Asking[],
  overdue: ReadonlySet<Asking>,
  now: number,
  before: ApprovalMemory,
): ApprovalMemory['lapsed'] {
  const lapsed = new Map<string, { readonly report: string; readonly since: number }>();
  if (before.lapsed.size > 0)
    for (const { nodeKubelet } of asking) {
      const known = before.lapsed.get(idOf(nodeKubelet));
      if (known && known.report === reportOf(nodeKubelet)) lapsed.set(idOf(nodeKubelet), known);
    }
  for (const { nodeKubelet } of overdue) lapsed.set(idOf(nodeKubelet), { report: reportOf(nodeKubelet), since: now });
  return lapsed;
}

function reportOf({ status }: NodeKubelet): string {
  return canonicalJson(status);
}
