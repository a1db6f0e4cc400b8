/** Which agents have not reacted to an object as they should have, and since when. Pure; times are those of the controller's own clock. */

import type { KubeletConfig } from '../api/types.ts';
import { generationOf, isDeleting, keyOf, type Member, referenceTo } from './member.ts';

/** After this an agent that does not react counts as missing (design F5). */
export const reactWithin = 120_000;

/** Object at one generation → name of the node → since when a reaction is owed. */
export type ReactionMemory = ReadonlyMap<string, ReadonlyMap<string, number>>;

export interface Reactions {
  readonly memory: ReactionMemory;
  /** Owes a reaction, and has for too long. */
  isMissing(object: KubeletConfig, member: Member): boolean;
  /** When the next one counts as missing. */
  readonly wakeAt: number | undefined;
}

export function trackReactions(
  objects: readonly KubeletConfig[],
  members: readonly Member[],
  now: number,
  before: ReactionMemory,
): Reactions {
  const known = new Map(objects.map((object) => [keyOf(object.metadata), object]));
  const memory = new Map<string, Map<string, number>>();
  let wakeAt: number | undefined;
  for (const member of members) {
    for (const object of owedTo(member, known)) {
      const version = versionOf(object);
      const since = before.get(version)?.get(member.name) ?? firstSight(object, now, before);
      const owing = memory.get(version) ?? new Map<string, number>();
      memory.set(version, owing.set(member.name, since));
      if (since + reactWithin > now) wakeAt = Math.min(wakeAt ?? Number.POSITIVE_INFINITY, since + reactWithin);
    }
  }
  const isMissing = (object: KubeletConfig, { name }: Member) => {
    const since = memory.get(versionOf(object))?.get(name);
    return since !== undefined && now >= since + reactWithin;
  };
  return { memory, isMissing, wakeAt };
}

/** The objects of which the agent has to take notice still: new ones by showing them, withdrawn ones by asking to be rid of them. */
function* owedTo(member: Member, known: ReadonlyMap<string, KubeletConfig>): Generator<KubeletConfig> {
  if (!member.node) return;
  const status = member.nodeKubelet?.status;
  for (const object of member.selecting) if (!isDeleting(object) && !hasSeen(object, member)) yield object;
  if (status?.request) return;
  for (const reference of status?.inputs ?? []) {
    const object = known.get(keyOf(reference));
    if (object && isWithdrawn(object, member)) yield object;
  }
}

/** From this node, which still runs it: it has been deleted, or selects the node no longer. */
export function isWithdrawn(object: KubeletConfig, { selecting }: Member): boolean {
  return isDeleting(object) || !selecting.includes(object);
}

/** An agent may be ahead of us: the generation that it shows is as good as ours or better. */
export function hasSeen(object: KubeletConfig, { nodeKubelet }: Member): boolean {
  const { desired, inputs } = nodeKubelet?.status ?? {};
  return [desired, inputs].some((list) => (referenceTo(object, list)?.generation ?? -1) >= generationOf(object));
}

/** A controller that has just started takes over what the one before had found out by waiting. */
function firstSight(object: KubeletConfig, now: number, before: ReactionMemory): number {
  const stalled = object.status?.conditions?.find(({ type }) => type === 'Stalled');
  const wasFound =
    stalled?.status === 'True' && stalled.reason === 'WithoutAgent' && stalled.observedGeneration === generationOf(object);
  return wasFound && !before.has(versionOf(object)) ? now - reactWithin : now;
}

function versionOf(object: KubeletConfig): string {
  return `${keyOf(object.metadata)} ${generationOf(object)}`;
}
