/** How many of the nodes that an object counts are unavailable or changing, and how many may be. Pure. */

import type { KubeletConfig } from '../api/types.ts';
import { isDeleting, isUnavailable, keyOf, type Member } from './member.ts';

export interface Budget {
  /** Name of the object. */
  readonly object: string;
  /** No node that the object counts may change. */
  readonly paused: boolean;
  readonly maxUnavailable: number;
  /**
   * The object is gone or not seen yet, so a person could not raise maxUnavailable: only changes count here,
   * not nodes that are unavailable anyway.
   */
  readonly isUnknownObject: boolean;
  /** Names of the nodes that are unavailable, granted, or both. */
  readonly taken: Set<string>;
  /** Names of the nodes that are granted and not finished. */
  readonly granted: Set<string>;
}

/** By the key of the object. */
export type Budgets = Map<string, Budget>;

/** One for each object, and one for each object that nodes still run although it is gone. */
export function budgetsOf(objects: readonly KubeletConfig[], members: readonly Member[], granted: ReadonlySet<Member>): Budgets {
  const selected = countMembers(members);
  const budgets: Budgets = new Map(
    objects.map((object) => [keyOf(object.metadata), budgetOf(object, selected.get(keyOf(object.metadata)) ?? 0)]),
  );
  for (const member of members) {
    if (granted.has(member)) take(budgets, member);
    else if (isUnavailable(member))
      for (const one of restingIn(budgets, member)) if (!one.isUnknownObject) one.taken.add(member.name);
  }
  return budgets;
}

/** Counts the member as granted in every budget that its change needs. */
export function take(budgets: Budgets, member: Member): void {
  for (const budget of changingIn(budgets, member)) {
    budget.taken.add(member.name);
    budget.granted.add(member.name);
  }
}

/**
 * The budgets that a node counts for when it changes: those that it counts for anyway, and those of the
 * objects that its agent asks for. The agent may have seen objects, or labels of its Node, before the
 * controller did.
 */
export function changingIn(budgets: Budgets, member: Member): Budget[] {
  return lookUp(budgets, [...resting(member), ...(member.nodeKubelet?.status?.desired ?? [])]);
}

function restingIn(budgets: Budgets, member: Member): Budget[] {
  return lookUp(budgets, resting(member));
}

type Named = { readonly name: string; readonly uid?: string };

/**
 * The objects that select the node, and those that it runs: these may be deleted, or select other nodes by
 * now.
 */
function resting({ selecting, nodeKubelet }: Member): Named[] {
  return [...selecting.map(({ metadata }) => metadata), ...(nodeKubelet?.status?.inputs ?? [])];
}

function lookUp(budgets: Budgets, objects: readonly Named[]): Budget[] {
  const found: Budget[] = [];
  for (const object of objects) {
    const key = keyOf(object);
    const budget = budgets.get(key) ?? unknownObjectBudget(object.name);
    budgets.set(key, budget);
    if (!found.includes(budget)) found.push(budget);
  }
  return found;
}

/** By the key of an object, how many nodes it counts: those that it selects, and those that run it. */
function countMembers(members: readonly Member[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const member of members) {
    if (!member.node) continue;
    for (const key of new Set(resting(member).map(keyOf))) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function budgetOf(object: KubeletConfig, selected: number): Budget {
  const { paused = false, maxUnavailable = 1 } = object.spec.rollout ?? {};
  return {
    object: object.metadata.name,
    // A person who deletes an object wants its nodes to go back, paused or not.
    paused: paused && !isDeleting(object),
    maxUnavailable: scaled(maxUnavailable, selected),
    isUnknownObject: false,
    taken: new Set(),
    granted: new Set(),
  };
}

/** The object cannot be read, so the default of maxUnavailable counts: one node at a time. */
function unknownObjectBudget(object: string): Budget {
  return { object, paused: false, maxUnavailable: 1, isUnknownObject: true, taken: new Set(), granted: new Set() };
}

/**
 * maxUnavailable as a number of nodes, at least 1. A percentage is rounded down, so that no more nodes than
 * it says are unavailable.
 */
export function scaled(maxUnavailable: number | string, nodes: number): number {
  if (typeof maxUnavailable === 'number') return Math.max(1, maxUnavailable);
  const percent = Number(maxUnavailable.replace('%', ''));
  return Math.max(1, Math.floor((percent * nodes) / 100) || 1);
}
