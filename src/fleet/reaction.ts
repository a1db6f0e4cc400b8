/**
 * Which agents have not reacted to an object yet, and since when. Pure; all times are contact time of the
 * controller.
 */

import type { KubeletConfig } from '../api/types.ts';
import { generationOf, isCurrent, isDeleting, keyOf, type Member, type Reference, referenceTo, versionOf } from './member.ts';

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
  const known = new Map(objects.map((object) => [keyOf(object.metadata), object]));
  const memory = new Map<string, Map<string, number>>();
  const isLeaving = objects.some(isDeleting);
  let wakeAt: number | undefined;
  const silent = new Map<string, number>();
  for (const member of members) {
    if (isSilent(member)) {
      const since = before.get(anyObject)?.get(member.name) ?? now;
      silent.set(member.name, since);
      if (isLeaving && since + reactWithin > now) wakeAt = Math.min(wakeAt ?? Number.POSITIVE_INFINITY, since + reactWithin);
    }
    for (const object of unansweredObjects(member, known)) {
      const version = versionOf(object);
      const since = before.get(version)?.get(member.name) ?? firstSight(object, now, before);
      const due = memory.get(version) ?? new Map<string, number>();
      memory.set(version, due.set(member.name, since));
      if (since + reactWithin > now) wakeAt = Math.min(wakeAt ?? Number.POSITIVE_INFINITY, since + reactWithin);
    }
  }
  memory.set(anyObject, silent);
  const isMissing = (object: KubeletConfig, member: Member) => {
    const key = isDeleting(object) && isSilent(member) ? anyObject : versionOf(object);
    const since = memory.get(key)?.get(member.name);
    return since !== undefined && now >= since + reactWithin;
  };
  return { memory, isMissing, wakeAt };
}

/**
 * The objects that the agent has still to react to: it shows a new one in its status, and asks to go back
 * from a withdrawn one.
 */
function* unansweredObjects(member: Member, known: ReadonlyMap<string, KubeletConfig>): Generator<KubeletConfig> {
  if (!member.node) return;
  const status = member.nodeKubelet?.status;
  for (const object of member.selecting) if (!isDeleting(object) && !hasSeen(object, member)) yield object;
  if (status?.request) return;
  for (const reference of status?.inputs ?? []) {
    const object = known.get(keyOf(reference));
    if (object && isWithdrawn(object, member)) yield object;
  }
}

/** The node has no agent yet, or its agent has made its NodeKubelet and not reported anything. */
export function isSilent({ node, nodeKubelet }: Member): boolean {
  return node !== undefined && nodeKubelet?.status === undefined;
}

/** Whether an object that the node still runs is deleted, or selects the node no longer. */
export function isWithdrawn(object: KubeletConfig, { selecting }: Member): boolean {
  return isDeleting(object) || !selecting.includes(object);
}

/** Whether the agent shows this content of the object, or one that is newer than the controller's view. */
export function hasSeen(object: KubeletConfig, { nodeKubelet }: Member): boolean {
  const { desired, inputs } = nodeKubelet?.status ?? {};
  return [desired, inputs].some((list) => isSeen(object, referenceTo(object, list)));
}

function isSeen(object: KubeletConfig, reference: Reference | undefined): boolean {
  return (reference?.generation ?? -1) > generationOf(object) || isCurrent(object, reference);
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
