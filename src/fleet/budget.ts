/** How much room an object leaves: how many of the nodes that it counts are unavailable or changing, and how many may be. Pure. */

import type { KubeletConfig } from '../api/types.ts';
import { isDeleting, isUnavailable, keyOf, type Member } from './member.ts';

export interface Budget {
  /** Name of the object. */
  readonly object: string;
  /** Nothing that the object counts may change. */
  readonly paused: boolean;
  readonly maxUnavailable: number;
  /** Its object is gone, or not seen yet: nobody could raise it, so only changes count here, not what is down anyway. */
  readonly isStranger: boolean;
  /** Names of the nodes that are unavailable, granted, or both. */
  readonly taken: Set<string>;
  /** Names of those that are granted and not finished. */
  readonly granted: Set<string>;
}

/** By the key of the object. */
export type Budgets = Map<string, Budget>;

/** Every object has one, and so has what nodes run that is no object any more. */
export function budgetsOf(objects: readonly KubeletConfig[], members: readonly Member[], granted: ReadonlySet<Member>): Budgets {
  const selected = countSelected(members);
  const budgets: Budgets = new Map(
    objects.map((object) => [keyOf(object.metadata), budgetOf(object, selected.get(object) ?? 0)]),
  );
  for (const member of members) {
    if (granted.has(member)) take(budgets, member);
    else if (isUnavailable(member)) for (const one of restingIn(budgets, member)) if (!one.isStranger) one.taken.add(member.name);
  }
  return budgets;
}

/** Sets aside the room that a grant needs. */
export function take(budgets: Budgets, member: Member): void {
  for (const budget of changingIn(budgets, member)) {
    budget.taken.add(member.name);
    budget.granted.add(member.name);
  }
}

/**
 * What a node counts for when it changes: what it counts for at rest, and what its agent is about to make of it. The agent may know of objects,
 * and of labels of its Node, before we do.
 */
export function changingIn(budgets: Budgets, member: Member): Budget[] {
  return lookUp(budgets, [...resting(member), ...(member.nodeKubelet?.status?.desired ?? [])]);
}

function restingIn(budgets: Budgets, member: Member): Budget[] {
  return lookUp(budgets, resting(member));
}

type Named = { readonly name: string; readonly uid?: string };

/** The objects that select the node, and those that it runs: they may have been deleted or may select others by now. */
function resting({ selecting, nodeKubelet }: Member): Named[] {
  return [...selecting.map(({ metadata }) => metadata), ...(nodeKubelet?.status?.inputs ?? [])];
}

function lookUp(budgets: Budgets, objects: readonly Named[]): Budget[] {
  const found: Budget[] = [];
  for (const object of objects) {
    const key = keyOf(object);
    const budget = budgets.get(key) ?? strangerBudget(object.name);
    budgets.set(key, budget);
    if (!found.includes(budget)) found.push(budget);
  }
  return found;
}

function countSelected(members: readonly Member[]): ReadonlyMap<KubeletConfig, number> {
  const counts = new Map<KubeletConfig, number>();
  for (const { selecting } of members) for (const object of selecting) counts.set(object, (counts.get(object) ?? 0) + 1);
  return counts;
}

function budgetOf(object: KubeletConfig, selected: number): Budget {
  const { paused = false, maxUnavailable = 1 } = object.spec.rollout ?? {};
  return {
    object: object.metadata.name,
    // Whoever deletes an object wants its nodes back, paused or not.
    paused: paused && !isDeleting(object),
    maxUnavailable: scaled(maxUnavailable, selected),
    isStranger: false,
    taken: new Set(),
    granted: new Set(),
  };
}

/** Of an object that is gone, or not seen yet, nobody can say what its author allows. */
function strangerBudget(object: string): Budget {
  return { object, paused: false, maxUnavailable: 1, isStranger: true, taken: new Set(), granted: new Set() };
}

/** A percentage is rounded up, as that of a DaemonSet is (k8s.io/apimachinery pkg/util/intstr, roundUp), and never to less than one node. */
export function scaled(maxUnavailable: number | string, nodes: number): number {
  if (typeof maxUnavailable === 'number') return Math.max(1, maxUnavailable);
  const percent = Number(maxUnavailable.replace('%', ''));
  return Math.max(1, Math.ceil((percent * nodes) / 100) || 1);
}
