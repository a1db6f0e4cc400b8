/** How each node stands towards each object, and how many stand how. Pure. */

import type { KubeletConfig } from '../api/types.ts';
import { generationOf, isDeleting, keyOf, type Member, referenceTo } from './member.ts';
import { hasSeen, isWithdrawn } from './reaction.ts';

/** What is true of a node in each of them. The first that holds is the one that counts. */
export type Standing =
  /** It runs the object at its generation, whatever else it may be waiting for. */
  | 'Updated'
  /** Its agent has tried and undone the object, or cannot carry it out. */
  | 'Failed'
  /** It may change, or does so now. */
  | 'Updating'
  /** No agent has ever reported, or it has not reacted in time. */
  | 'WithoutAgent'
  /** Its agent prepares the change, or asks for it and is not granted yet. */
  | 'Waiting';

export interface Knowledge {
  /** Granted and not finished. */
  readonly granted: ReadonlySet<Member>;
  /** The agent has not reacted to this object in time, or not to what it was granted. */
  isMissing(object: KubeletConfig, member: Member): boolean;
}

export interface Tally {
  /** Those that should have the object; of an object that is being deleted, those that have it still. */
  readonly nodes: Readonly<Record<Standing, readonly Member[]>>;
  /** Those that it selects no longer and that are on their way to lose it. */
  readonly leaving: readonly Member[];
  /** Those of WithoutAgent that have had their time: a node that has just joined has no agent yet, and that is nobody's fault. */
  readonly missing: readonly Member[];
}

type Growing = { [Key in keyof Tally]: Key extends 'nodes' ? Record<Standing, Member[]> : Member[] };

/** One for each object. */
export function tally(
  objects: readonly KubeletConfig[],
  members: readonly Member[],
  knowledge: Knowledge,
): ReadonlyMap<KubeletConfig, Tally> {
  const tallies = new Map(objects.map((object) => [object, empty()]));
  const known = new Map(objects.map((object) => [keyOf(object.metadata), object]));
  const count = (object: KubeletConfig, member: Member, standing: Standing) => {
    const growing = tallies.get(object);
    growing?.nodes[standing].push(member);
    if (standing === 'WithoutAgent' && knowledge.isMissing(object, member)) growing?.missing.push(member);
  };
  for (const member of members) {
    if (!member.node) continue;
    for (const object of member.selecting) if (!isDeleting(object)) count(object, member, arrival(object, member, knowledge));
    for (const reference of member.nodeKubelet?.status?.inputs ?? []) {
      const object = known.get(keyOf(reference));
      if (!object || !isWithdrawn(object, member)) continue;
      const standing = departure(object, member, knowledge);
      if (isDeleting(object)) count(object, member, standing);
      else if (standing === 'Updating' || standing === 'Waiting') tallies.get(object)?.leaving.push(member);
    }
    if (!knowledge.granted.has(member)) continue;
    // What is under way may still bring an object that is being deleted to the node, and then it has to go back.
    for (const reference of member.nodeKubelet?.status?.desired ?? []) {
      const object = known.get(keyOf(reference));
      if (object && isDeleting(object) && !referenceTo(object, member.nodeKubelet?.status?.inputs))
        count(object, member, 'Updating');
    }
  }
  return tallies;
}

/** Towards an object that selects the node. */
function arrival(object: KubeletConfig, member: Member, { granted, isMissing }: Knowledge): Standing {
  const { status } = member.nodeKubelet ?? {};
  if (!member.nodeKubelet) return 'WithoutAgent';
  if ((referenceTo(object, status?.inputs)?.generation ?? -1) >= generationOf(object)) return 'Updated';
  if (isInTrouble(member) && hasSeen(object, member)) return 'Failed';
  if (granted.has(member)) return 'Updating';
  if (isMissing(object, member)) return 'WithoutAgent';
  return 'Waiting';
}

/** Towards an object that the node runs and should not run any longer. */
function departure(object: KubeletConfig, member: Member, { granted, isMissing }: Knowledge): Standing {
  const { status } = member.nodeKubelet ?? {};
  if (granted.has(member)) return 'Updating';
  // As long as the agent wants the object, its trouble is an older one.
  if (isInTrouble(member) && !status?.request && !referenceTo(object, status?.desired)) return 'Failed';
  if (isMissing(object, member)) return 'WithoutAgent';
  return 'Waiting';
}

function isInTrouble({ nodeKubelet }: Member): boolean {
  const phase = nodeKubelet?.status?.phase;
  return phase === 'Failed' || phase === 'Stalled' || phase === 'Undoing';
}

function empty(): Growing {
  return { nodes: { Updated: [], Failed: [], Updating: [], WithoutAgent: [], Waiting: [] }, leaving: [], missing: [] };
}
