/** The standing of each node towards each object, and the nodes of each standing. Pure. */

import type { KubeletConfig } from '../api/types.ts';
import { isDeleting, keyOf, type Member, referenceTo } from './member.ts';
import { isSilent, isWithdrawn } from './reaction.ts';
import { type Relations, relationsOf } from './relations.ts';

/** Each standing says what is true of the node. The first that holds counts. */
export type Standing =
  /** It runs the content of the object; it may wait for something else. */
  | 'Updated'
  /** Its agent has tried the object and undone it, or cannot carry it out. */
  | 'Failed'
  /** A person keeps its agent from changing it. */
  | 'Held'
  /** It is granted its change, or changes now. */
  | 'Updating'
  /** No agent has ever reported, or the agent has not reacted in time. */
  | 'WithoutAgent'
  /** Its agent prepares the change, or has asked for it and is not granted yet. */
  | 'Waiting';

export interface Knowledge {
  /** Members that are granted and not finished. */
  readonly granted: ReadonlySet<Member>;
  /** Those of them whose agent has been silent for longer than its change may take. */
  readonly silent: ReadonlySet<Member>;
  /** The agent has not reacted in time, to this object or to its approval. */
  isMissing(object: KubeletConfig, member: Member): boolean;
}

export interface Tally {
  /** The nodes that should have the object; for an object that is being deleted, those that still have it. */
  readonly nodes: Readonly<Record<Standing, readonly Member[]>>;
  /** Nodes that the object selects no longer and that are about to go back from it. */
  readonly leaving: readonly Member[];
  /** The nodes of WithoutAgent whose time is over: a node that has just joined has no agent yet. */
  readonly missing: readonly Member[];
}

type Growing = { [Key in keyof Tally]: Key extends 'nodes' ? Record<Standing, Member[]> : Member[] };

/** One tally for each object. A Node that is gone counts for none. */
export function tally(
  objects: readonly KubeletConfig[],
  members: readonly Member[],
  knowledge: Knowledge,
): ReadonlyMap<KubeletConfig, Tally> {
  const tallies = new Map(objects.map((object) => [object, empty()]));
  const known = new Map(objects.map((object) => [keyOf(object.metadata), object]));
  const isLeaving = objects.some(isDeleting);
  const withdrawnBy = withdrawnFrom(known);
  const count = (object: KubeletConfig, member: Member, standing: Standing) => {
    const growing = tallies.get(object);
    growing?.nodes[standing].push(member);
    if (standing === 'WithoutAgent' && knowledge.isMissing(object, member)) growing?.missing.push(member);
  };
  for (const member of members) {
    if (!member.node) continue;
    const relations = relationsOf(member);
    for (const object of member.selecting)
      if (!isDeleting(object)) count(object, member, arrival(object, member, relations, knowledge));
    if (isLeaving && isSilent(member))
      for (const [object, standing] of mayStillHave(objects, member, knowledge)) count(object, member, standing);
    for (const object of withdrawnBy(relations)) {
      const standing = departure(object, member, knowledge);
      if (isDeleting(object)) count(object, member, standing);
      else if (standing === 'Updating' || standing === 'Waiting') tallies.get(object)?.leaving.push(member);
    }
    if (!isLeaving || !knowledge.granted.has(member)) continue;
    // A granted change may still bring an object that is being deleted to the node, which then has to go
    // back.
    for (const reference of member.nodeKubelet?.status?.desired ?? []) {
      const object = known.get(keyOf(reference));
      if (object && isDeleting(object) && !referenceTo(object, member.nodeKubelet?.status?.inputs))
        count(object, member, 'Updating');
    }
  }
  return tallies;
}

/** The objects that nodes of a group still run and should not run any longer. */
function withdrawnFrom(known: ReadonlyMap<string, KubeletConfig>): (relations: Relations) => readonly KubeletConfig[] {
  const found = new Map<Relations, readonly KubeletConfig[]>();
  return (relations) => {
    const withdrawn =
      found.get(relations) ??
      relations.inputs.flatMap((reference) => {
        const object = known.get(keyOf(reference));
        return object && isWithdrawn(object, relations) ? [object] : [];
      });
    found.set(relations, withdrawn);
    return withdrawn;
  };
}

/** The standing towards an object that selects the node. */
function arrival(
  object: KubeletConfig,
  member: Member,
  relations: Relations,
  { granted, silent, isMissing }: Knowledge,
): Standing {
  if (!member.nodeKubelet) return 'WithoutAgent';
  const { runs, seen } = relations.to(object);
  if (runs) return 'Updated';
  if (seen && isInTrouble(member)) return 'Failed';
  if (seen && isHeld(member)) return 'Held';
  if (granted.has(member)) return silent.has(member) ? 'WithoutAgent' : 'Updating';
  if (isMissing(object, member)) return 'WithoutAgent';
  return 'Waiting';
}

/** The standing towards an object that the node runs and should not run any longer. */
function departure(object: KubeletConfig, member: Member, { granted, silent, isMissing }: Knowledge): Standing {
  const { status } = member.nodeKubelet ?? {};
  if (granted.has(member)) return silent.has(member) ? 'WithoutAgent' : 'Updating';
  // If the agent still asks for the object, its trouble is older than the withdrawal.
  const isAware = !status?.request && !referenceTo(object, status?.desired);
  if (isInTrouble(member) && isAware) return 'Failed';
  if (isHeld(member) && isAware) return 'Held';
  if (isMissing(object, member)) return 'WithoutAgent';
  return 'Waiting';
}

/**
 * The deleted objects that a node may still run whose agent has not said what it runs: those that select it,
 * until its agent reports; and for two minutes any other, since a Node that was registered anew may have lost
 * its labels.
 */
function* mayStillHave(
  objects: readonly KubeletConfig[],
  member: Member,
  { isMissing }: Knowledge,
): Generator<[KubeletConfig, Standing]> {
  for (const object of objects) {
    if (!isDeleting(object)) continue;
    if (member.selecting.includes(object)) yield [object, 'WithoutAgent'];
    else if (!isMissing(object, member)) yield [object, 'Waiting'];
  }
}

function isHeld({ nodeKubelet }: Member): boolean {
  return nodeKubelet?.status?.phase === 'Held';
}

function isInTrouble({ nodeKubelet }: Member): boolean {
  const phase = nodeKubelet?.status?.phase;
  return phase === 'Failed' || phase === 'Stalled' || phase === 'Undoing';
}

function empty(): Growing {
  return { nodes: { Updated: [], Failed: [], Held: [], Updating: [], WithoutAgent: [], Waiting: [] }, leaving: [], missing: [] };
}
