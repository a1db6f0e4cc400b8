/**
 * Who holds a grant: nodes whose change is approved or runs, and those of which that cannot be excluded. A
 * node whose NodeKubelet is gone keeps its place (docs/decisions/0034). Pure.
 */

import { mergedDefaults } from '../../api/defaults.ts';
import type { KubeletConfig } from '../../api/types.ts';
import { fromRfc3339 } from '../../loop/time.ts';
import type { FleetNode } from '../fleet.ts';
import { isClaimed, isUnavailable, keyOf, type Member, type Reference } from '../member.ts';
import { type Asking, idOf } from './asking.ts';
import { isUnsettled, type Sent } from './doubt.ts';

/**
 * How a node holds its grant. Claimed: its change runs. Own: approved in the term of this leader. Stranger:
 * approved in another term. Sent: an approval was sent, and whether it was stored has not been seen.
 */
export type Holding = 'Claimed' | 'Own' | 'Stranger' | 'Sent';

/** Undefined for a node that holds none. */
export function holdingOf({ nodeKubelet }: Asking, term: string, sent: Sent): Holding | undefined {
  const { spec, status } = nodeKubelet;
  if (isClaimed(nodeKubelet)) return 'Claimed';
  if (spec?.approval?.request === status.request.id) return spec.approval.term === term ? 'Own' : 'Stranger';
  return isUnsettled(nodeKubelet, sent) ? 'Sent' : undefined;
}

/** A node that held a grant when it was last seen. */
export interface Holder {
  readonly name: string;
  /** Identifies its NodeKubelet. */
  readonly id: string;
  /** The objects that it counted for. */
  readonly objects: readonly Named[];
  /** The objects whose content its change brings. */
  readonly desired: readonly Reference[];
  readonly request: string;
  readonly isClaimed: boolean;
  readonly isCure: boolean;
  readonly wasReady: boolean;
  readonly node: FleetNode | undefined;
  /** Milliseconds that its transaction may take. */
  readonly deadline: number;
  /** The version of its NodeKubelet, and since when that is the latest. */
  readonly version: string | undefined;
  readonly since: number;
  /** Since when its Node is gone; absent while there is one. */
  readonly goneSince?: number;
}

export interface Named {
  readonly name: string;
  readonly uid?: string;
}

const { health: defaultHealth } = mergedDefaults;

/** Milliseconds: an agent and its API server may take so long beyond the time-outs of its change. */
const slack = 120_000;
/** Milliseconds from its claim within which an agent begins. */
const claimLasts = 60_000;

/** Milliseconds that a change to these objects may take, from its claim to its report. */
export function deadlineOf(desired: readonly Reference[], objects: ReadonlyMap<string, KubeletConfig>): number {
  const seconds = desired.map((reference) => {
    const { timeoutSeconds, minReadySeconds } = objects.get(keyOf(reference))?.spec.health ?? {};
    return (timeoutSeconds ?? defaultHealth.timeoutSeconds) + (minReadySeconds ?? defaultHealth.minReadySeconds);
  });
  return Math.max(...seconds, defaultHealth.timeoutSeconds + defaultHealth.minReadySeconds) * 1_000 + slack;
}

/** The holders among the members of this pass. */
export function holdersOf(
  granted: readonly Asking[],
  objects: ReadonlyMap<string, KubeletConfig>,
  now: number,
  before: ReadonlyMap<string, Holder>,
): Map<string, Holder> {
  return new Map(
    granted.map((member) => {
      const { name, node, nodeKubelet, selecting } = member;
      const { status, spec, metadata } = nodeKubelet;
      const desired = status.desired ?? [];
      const known = before.get(name);
      const isSame = known?.version === metadata.resourceVersion && known?.id === idOf(nodeKubelet);
      const holder: Holder = {
        name,
        id: idOf(nodeKubelet),
        objects: [...selecting.map((object) => object.metadata), ...(status.inputs ?? []), ...desired],
        desired,
        request: status.request.id,
        isClaimed: isClaimed(nodeKubelet),
        isCure: spec?.approval?.place === 'Cure',
        wasReady: !isUnavailable(member),
        node,
        deadline: deadlineOf(desired, objects),
        version: metadata.resourceVersion,
        since: isSame && known ? known.since : now,
        ...(!node && { goneSince: known?.goneSince ?? now }),
      };
      return [name, holder];
    }),
  );
}

/** Whether the Node of a holder has been gone for so long that no change of it runs any more. */
export function isOver(holder: Holder, now: number): boolean {
  return now >= overAt(holder);
}

/** When that will be so, in contact time. */
export function overAt({ goneSince, deadline }: Holder): number {
  return goneSince === undefined ? Number.POSITIVE_INFINITY : goneSince + claimLasts + deadline;
}

/** A claimed grant whose agent has been silent for longer than its change may take. It still counts. */
export function isSilent(holder: Holder, now: number): boolean {
  return holder.isClaimed && now >= silentAt(holder);
}

/** When a claimed grant counts as silent unless its agent writes, in contact time. */
export function silentAt({ since, deadline }: Holder): number {
  return since + deadline;
}

/**
 * Holders whose NodeKubelet is gone. They keep their places until their agent reports in another one, which
 * it does only when no change is open, or until their Node has been gone for so long that no change runs.
 */
export function vanishedHolders(members: readonly Member[], now: number, before: ReadonlyMap<string, Holder>): Holder[] {
  if (before.size === 0) return [];
  const nodes = new Set<string>();
  const reporting = new Set<string>();
  for (const { name, node, nodeKubelet } of members) {
    if (node) nodes.add(name);
    // An agent makes its NodeKubelet and reports in two steps; how the change ended stands in the report.
    if (nodeKubelet?.status) reporting.add(name);
  }
  const kept: Holder[] = [];
  for (const holder of before.values()) {
    if (reporting.has(holder.name)) continue;
    const { goneSince, ...known } = holder;
    const vanished = nodes.has(holder.name) ? known : { ...known, goneSince: goneSince ?? now };
    if (!isOver(vanished, now)) kept.push(vanished);
  }
  return kept;
}

/** Milliseconds for which a Node without a NodeKubelet may have a change under way that nobody knows of. */
const unknownFor = 600_000;

/**
 * Whether a Node may hold a grant that this leader cannot know of: it has no NodeKubelet, it was registered
 * less than ten minutes ago, and that was before this leader took office. Nodes that are registered later
 * are no riddle, since this leader saw what was there before them.
 * @param time the clock of the API server in milliseconds
 * @param inOffice when this leader took office, by the same clock
 */
export function mayHoldUnseen({ node, nodeKubelet }: Member, time: number | undefined, inOffice: number | undefined): boolean {
  if (!node || nodeKubelet) return false;
  const createdAt = fromRfc3339(node.createdAt ?? '');
  if (Number.isNaN(createdAt) || time === undefined || inOffice === undefined) return false;
  return createdAt < inOffice + slack && time < createdAt + unknownFor;
}
