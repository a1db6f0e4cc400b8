/**
 * Which agents have not reacted to an object yet, and since when. Pure; all times are contact time of the
 * controller.
 */

import type { KubeletConfig } from '../api/types.ts';
import { generationOf, isDeleting, keyOf, type Member, versionOf } from './member.ts';
import { type Relations, relationsOf } from './relations.ts';

/** Milliseconds. An agent that does not react within this time counts as missing (design F5). */
export const reactWithin = 120_000;

/**
 * Object at one generation → name of the node → since when its reaction is due. `anyObject` has the time
 * since when its agent has reported nothing at all.
 */
export type ReactionMemory = ReadonlyMap<string, ReadonlyMap<string, number>>;

const anyObject = '';

export interface Reactions {
  readonly memory: ReactionMemory;
  /** The reaction of this agent is overdue. */
  isMissing(object: KubeletConfig, member: Member): boolean;
  /** When the next one counts as missing. */
  readonly wakeAt: number | undefined;
}

/** Notes since when each reaction is due, and forgets those that have come. */
export function trackReactions(
  objects: readonly KubeletConfig[],
  members: readonly Member[],
  now: number,
  before: ReactionMemory,
): Reactions {
  const unanswered = unansweredBy(objects);
  const due = new Map(objects.map((object) => [object, new Map<string, number>()]));
  const silent = new Map<string, number>();
  const isLeaving = objects.some(isDeleting);
  let wakeAt: number | undefined;
  const wake = (since: number) => {
    if (since + reactWithin > now) wakeAt = Math.min(wakeAt ?? Number.POSITIVE_INFINITY, since + reactWithin);
  };
  for (const member of members) {
    if (isSilent(member)) {
      const since = before.get(anyObject)?.get(member.name) ?? now;
      silent.set(member.name, since);
      if (isLeaving) wake(since);
    }
    for (const object of unanswered(member)) {
      const since = before.get(versionOf(object))?.get(member.name) ?? firstSight(object, now, before);
      due.get(object)?.set(member.name, since);
      wake(since);
    }
  }
  const isMissing = (object: KubeletConfig, member: Member) => {
    const since = (isDeleting(object) && isSilent(member) ? silent : due.get(object))?.get(member.name);
    return since !== undefined && now >= since + reactWithin;
  };
  const waiting = [...due].filter(([, names]) => names.size > 0).map(([object, names]) => [versionOf(object), names] as const);
  return { memory: new Map([...waiting, [anyObject, silent]]), isMissing, wakeAt };
}

const none: readonly KubeletConfig[] = [];

/**
 * The objects that an agent has still to react to: it shows a new one in its status, and asks to go back from
 * a withdrawn one.
 */
function unansweredBy(objects: readonly KubeletConfig[]): (member: Member) => readonly KubeletConfig[] {
  const known = new Map(objects.map((object) => [keyOf(object.metadata), object]));
  const found = new Map<Relations, { readonly unseen: readonly KubeletConfig[]; readonly all: readonly KubeletConfig[] }>();
  const find = (relations: Relations) => {
    const unseen = relations.selecting.filter((object) => !isDeleting(object) && !relations.to(object).seen);
    const running = relations.inputs.flatMap((reference) => known.get(keyOf(reference)) ?? []);
    const withdrawn = running.filter((object) => isWithdrawn(object, relations));
    return { unseen, all: [...unseen, ...withdrawn] };
  };
  return (member) => {
    if (!member.node) return none;
    const relations = relationsOf(member);
    const { unseen, all } = found.get(relations) ?? find(relations);
    found.set(relations, { unseen, all });
    return member.nodeKubelet?.status?.request ? unseen : all;
  };
}

/** The node has no agent yet, or its agent has made its NodeKubelet and not reported anything. */
export function isSilent({ node, nodeKubelet }: Member): boolean {
  return node !== undefined && nodeKubelet?.status === undefined;
}

/** Whether an object that the node still runs is deleted, or selects the node no longer. */
export function isWithdrawn(object: KubeletConfig, { selecting }: Pick<Member, 'selecting'>): boolean {
  return isDeleting(object) || !selecting.includes(object);
}

/**
 * If the status says that agents are missing, the controller before this one has waited long enough already.
 */
function firstSight(object: KubeletConfig, now: number, before: ReactionMemory): number {
  const stalled = object.status?.conditions?.find(({ type }) => type === 'Stalled');
  const wasFound =
    stalled?.status === 'True' && stalled.reason === 'WithoutAgent' && stalled.observedGeneration === generationOf(object);
  return wasFound && !before.has(versionOf(object)) ? now - reactWithin : now;
}
