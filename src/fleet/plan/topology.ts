/** The order of the parts of a topology, such as zones: one is finished before the next begins. Pure. */

import type { KubeletConfig } from '../../api/types.ts';
import type { Member } from '../member.ts';
import { bringsContent, hasSeen, runsContent } from '../relations.ts';
import type { Asking } from './asking.ts';
import type { Plan } from './plan.ts';
import type { Waiting } from './waiting.ts';

/**
 * Undefined if the node is in the part whose turn it is. If a change brings several objects with a topology,
 * the one with the highest priority decides: nodes could else wait for each other in two orders.
 */
export function isFirstZone(member: Asking, brought: readonly KubeletConfig[], plan: Plan): Waiting | undefined {
  const ordered = brought.filter(({ spec }) => spec.rollout?.topologyKey !== undefined);
  const [object] = ordered.sort(
    (a, b) => (b.spec.priority ?? 0) - (a.spec.priority ?? 0) || (a.metadata.name < b.metadata.name ? -1 : 1),
  );
  const key = object?.spec.rollout?.topologyKey;
  if (object === undefined || key === undefined) return undefined;
  const first = firstZone(object, key, plan);
  if (first === undefined || compareZones(zoneOf(member, key), first) <= 0) return undefined;
  return { kind: 'Topology', object: object.metadata.name, key, first };
}

/** The first part that is not finished; undefined if all are. */
function firstZone(object: KubeletConfig, key: string, plan: Plan): string | undefined {
  const known = plan.zones.get(object);
  if (known !== undefined) return known.first;
  let first: string | undefined;
  for (const member of plan.members) {
    if (!member.selecting.includes(object) || isFinished(object, member, plan)) continue;
    const zone = zoneOf(member, key);
    if (first === undefined || compareZones(zone, first) < 0) first = zone;
  }
  plan.zones.set(object, { first });
  return first;
}

/**
 * A node that has the content, has failed on it, is held, has no agent, or is down and does not ask: it must
 * not hold the fleet.
 */
function isFinished(object: KubeletConfig, member: Member, { isMissing }: Plan): boolean {
  const { node, nodeKubelet } = member;
  if (!node || runsContent(object, member)) return true;
  if (nodeKubelet?.status === undefined) return true;
  if (bringsContent(object, member)) return false;
  const { phase } = nodeKubelet.status;
  const isStuck = phase === 'Failed' || phase === 'Stalled' || phase === 'Held' || phase === 'Undoing';
  if (isStuck && hasSeen(object, member)) return true;
  return !node.ready || isMissing(object, member);
}

/** Nodes without the label come last. */
function zoneOf({ node }: Member, key: string): string {
  return node?.labels[key] ?? '';
}

function compareZones(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '' || b === '') return a === '' ? 1 : -1;
  return a < b ? -1 : 1;
}
