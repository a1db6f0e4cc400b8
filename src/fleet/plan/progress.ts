/** How far the content of each object has come. Pure. */

import type { KubeletConfig } from '../../api/types.ts';
import { isClaimed, type Member } from '../member.ts';
import { bringsContent, type Relations, relationsOf } from '../relations.ts';

export interface Progress {
  /** Nodes that run the content of the object. */
  running(object: KubeletConfig): number;
  /** Those of them that got it by an approval. A node that joined with the content has proved nothing. */
  proved(object: KubeletConfig): number;
  /** Names of the nodes that are granted the content, and do not run it yet; without cures and new nodes. */
  inFlight(object: KubeletConfig): ReadonlySet<string>;
  /** The same with cures and new nodes. */
  allInFlight(object: KubeletConfig): ReadonlySet<string>;
  /** Counts one more node as granted. */
  grant(candidate: Granted): void;
}

/** What counts of a grant. */
interface Granted {
  readonly member: Member;
  /** The objects whose content its change brings. */
  readonly brought: readonly KubeletConfig[];
  readonly place: 'Rollout' | 'Cure' | 'NewNode';
}

/** @param granted the nodes that hold a grant */
export function progressOf(objects: readonly KubeletConfig[], members: readonly Member[], granted: readonly Granted[]): Progress {
  const groups = countByGroup(members);
  const sums = new Map<KubeletConfig, Sum>();
  const sumOf = (object: KubeletConfig): Sum => {
    const known = sums.get(object) ?? sum(groups, object);
    sums.set(object, known);
    return known;
  };
  const emptySets = () => new Map(objects.map((object) => [object, new Set<string>()]));
  const [rollouts, all] = [emptySets(), emptySets()];
  const grant = ({ member, brought, place }: Granted) => {
    for (const object of brought) {
      all.get(object)?.add(member.name);
      if (place === 'Rollout') rollouts.get(object)?.add(member.name);
    }
  };
  for (const one of granted) grant(one);
  return {
    running: (object) => sumOf(object).running,
    proved: (object) => sumOf(object).proved,
    inFlight: (object) => rollouts.get(object) ?? new Set(),
    allInFlight: (object) => all.get(object) ?? new Set(),
    grant,
  };
}

interface Sum {
  running: number;
  proved: number;
}

/** How many nodes there are of each group, and how many of them have proved what they run. */
function countByGroup(members: readonly Member[]): ReadonlyMap<Relations, Sum> {
  const groups = new Map<Relations, Sum>();
  for (const member of members) {
    if (!member.node) continue;
    const relations = relationsOf(member);
    const group = groups.get(relations) ?? { running: 0, proved: 0 };
    groups.set(relations, group);
    group.running += 1;
    if (isProved(member)) group.proved += 1;
  }
  return groups;
}

function sum(groups: ReadonlyMap<Relations, Sum>, object: KubeletConfig): Sum {
  const found = { running: 0, proved: 0 };
  for (const [relations, { running, proved }] of groups) {
    if (!relations.to(object).runs) continue;
    found.running += running;
    found.proved += proved;
  }
  return found;
}

/** The objects whose content the change of a node brings. */
export function broughtBy(member: Member, objects: readonly KubeletConfig[]): KubeletConfig[] {
  return objects.filter((object) => bringsContent(object, member));
}

/** Whether the last change of the node was approved, claimed, and is over. */
export function isProved({ nodeKubelet }: Member): boolean {
  const approval = nodeKubelet?.spec?.approval;
  const { claimed } = nodeKubelet?.status ?? {};
  return (
    nodeKubelet !== undefined &&
    approval !== undefined &&
    approval.request !== '' &&
    approval.request === claimed &&
    approval.place !== 'Cure' &&
    approval.place !== 'NewNode' &&
    !isClaimed(nodeKubelet)
  );
}
