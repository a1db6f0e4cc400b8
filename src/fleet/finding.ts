/** What is said of one object in its conditions, and why nodes wait. Pure. */

import type { Waiting } from './approve.ts';
import type { Member } from './member.ts';
import { listed } from './words.ts';

export interface Finding {
  /** One word in CamelCase. */
  readonly reason: string;
  readonly message: string;
}

export interface Findings {
  /** The rollout cannot go on without a person. */
  readonly stalled: Finding | undefined;
  /** Nodes change now, or will when it is their turn. */
  readonly reconciling: Finding | undefined;
  /** The message if neither of the others holds. */
  readonly ready: Finding;
}

export type WaitingNodes = ReadonlyMap<Member, Waiting>;

/** Why none of the waiting nodes can be granted, if no change that is under way will make room. */
export function heldUp(asking: readonly Member[], waiting: WaitingNodes): Finding | undefined {
  const reasons = asking.map((member) => waiting.get(member));
  if (reasons.length === 0 || reasons.some((reason) => reason === undefined)) return undefined;
  const paused = reasons.find((reason) => reason?.kind === 'Paused');
  if (paused && reasons.every((reason) => reason?.kind === 'Paused')) {
    return { reason: 'Paused', message: `Set rollout.paused of ${paused.object} to false to go on.` };
  }
  const full = reasons.find((reason) => reason?.kind === 'NoRoom');
  if (!full || reasons.some((reason) => reason?.kind === 'NoRoom' && reason.budget.granted.size > 0)) return undefined;
  const { object, maxUnavailable, taken } = full.budget;
  const down = listed([...taken].map((name) => ({ name })));
  const message = `No room: rollout.maxUnavailable of ${object} is ${maxUnavailable} here, and these nodes are unavailable: ${down}. Bring them back, delete the Nodes that are gone for good, or raise maxUnavailable.`;
  return { reason: 'WaitingForApproval', message };
}

/** A person keeps these nodes as they are: a reason to wait, and no failure (design F8). */
export function heldNodes(held: readonly Member[]): Finding {
  const message = `Held by a person: ${listed(held)}. kubectl describe nodekubelet ${held[0]?.name} says by whom, and how to release it.`;
  return { reason: 'Held', message };
}
