/** How many of the nodes that an object counts are unavailable or changing, and how many may be. Pure. */

import type { KubeletConfig } from '../../api/types.ts';
import { keyOf, type Member, type Unavailability, unavailability } from '../member.ts';
import { type Relations, relationsOf } from '../relations.ts';
import type { Named } from './holders.ts';

/** Why a node takes a place. */
export type Cause = 'Changing' | 'WithoutReport' | Unavailability;

export interface Budget {
  readonly kind: 'Object' | 'ControlPlane' | 'NewNodes';
  /** Name of the object. */
  readonly object: string;
  /** Absent if the object is gone or not seen yet. */
  readonly source?: KubeletConfig;
  readonly maxUnavailable: number;
  /** By name: the nodes that are unavailable, granted, or both. */
  readonly taken: Map<string, Cause>;
  /** Names of the nodes that are granted and not finished. */
  readonly granted: Set<string>;
}

/** All budgets of one plan. */
export interface Budgets {
  /** By the key of the object. */
  readonly ofObjects: Map<string, Budget>;
  readonly controlPlane: Budget;
  readonly newNodes: Budget;
  /** Budgets of nodes that stand alike, once they were asked for: as the nodes are, and in their change. */
  readonly resting: Map<Relations, readonly Budget[]>;
  readonly changing: Map<Relations, readonly Budget[]>;
}

/** New nodes that may be set up at once: they run no pods yet, and take no place of their objects. */
const mostNewNodes = 10;

/**
 * Whether the node has just joined: it carries the taint with which new nodes register, so that no pod comes
 * before its kubelet is configured, and has never committed anything.
 */
export function isNewNode({ node, nodeKubelet }: Member, taintKey: string): boolean {
  if (!node?.taints.some(({ key, effect }) => key === taintKey && effect === 'NoSchedule')) return false;
  const { lastKnownGood, inputs = [] } = nodeKubelet?.status ?? {};
  return lastKnownGood === undefined && inputs.length === 0;
}

/** One for each object, with nothing taken yet. One for an object that is gone is made when it is met. */
export function budgetsOf(objects: readonly KubeletConfig[], members: readonly Member[]): Budgets {
  const counts = countNodes(members);
  const of = (object: KubeletConfig): Budget => {
    const { maxUnavailable = 1 } = object.spec.rollout ?? {};
    const nodes = counts.get(keyOf(object.metadata)) ?? 0;
    return { ...emptyBudget('Object', object.metadata.name, scaled(maxUnavailable, nodes)), source: object };
  };
  return {
    ofObjects: new Map(objects.map((object) => [keyOf(object.metadata), of(object)])),
    controlPlane: emptyBudget('ControlPlane', 'the control plane', 1),
    newNodes: emptyBudget('NewNodes', 'new nodes', mostNewNodes),
    resting: new Map(),
    changing: new Map(),
  };
}

function emptyBudget(kind: Budget['kind'], object: string, maxUnavailable: number): Budget {
  return { kind, object, maxUnavailable, taken: new Map(), granted: new Set() };
}

/**
 * The budgets that a node counts for while it stays as it is: those of the objects that select it, and of
 * those that it runs, since these may be deleted or select other nodes by now.
 */
export function restingIn(budgets: Budgets, member: Member): readonly Budget[] {
  const relations = relationsOf(member);
  const found = budgets.resting.get(relations) ?? budgetsFor(budgets, restingFor(relations));
  budgets.resting.set(relations, found);
  return withControlPlane(budgets, member, found);
}

/**
 * The budgets that a node counts for when it changes: also those of the objects that its agent asks for. The
 * agent may have seen objects, or labels of its Node, before the controller did.
 */
export function changingIn(budgets: Budgets, member: Member): readonly Budget[] {
  const relations = relationsOf(member);
  const objects = () => [...restingFor(relations), ...relations.desired];
  const found = budgets.changing.get(relations) ?? budgetsFor(budgets, objects());
  budgets.changing.set(relations, found);
  return withControlPlane(budgets, member, found);
}

/** The budgets of objects by name and uid. */
export function budgetsFor(budgets: Budgets, objects: readonly Named[]): readonly Budget[] {
  return [...new Set(objects.map((object) => budgetFor(budgets, object)))];
}

/** With the budget of the control plane, if the node is a part of it. */
export function withControlPlane(budgets: Budgets, member: Pick<Member, 'node'>, found: readonly Budget[]): readonly Budget[] {
  return isControlPlane(member) ? [...found, budgets.controlPlane] : found;
}

/** Counts a node that is unavailable by itself. Nobody could raise the limit of an object that is gone. */
export function occupy(counted: readonly Budget[], name: string, cause: Cause): void {
  for (const budget of counted)
    if ((budget.source || budget.kind !== 'Object') && !budget.taken.has(name)) budget.taken.set(name, cause);
}

/** Counts a node as granted and not finished. */
export function take(counted: readonly Budget[], name: string): void {
  for (const budget of counted) {
    budget.taken.set(name, 'Changing');
    budget.granted.add(name);
  }
}

function restingFor({ selecting, inputs }: Relations): Named[] {
  return [...selecting.map(({ metadata }) => metadata), ...inputs];
}

function budgetFor(budgets: Budgets, object: Named): Budget {
  const key = keyOf(object);
  // The object cannot be read, so the default of maxUnavailable counts: one node at a time.
  const budget = budgets.ofObjects.get(key) ?? emptyBudget('Object', object.name, 1);
  budgets.ofObjects.set(key, budget);
  return budget;
}

const controlPlaneLabels = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/** A second node of the control plane that is down could cost etcd its quorum. */
export function isControlPlane({ node }: Pick<Member, 'node'>): boolean {
  return node !== undefined && controlPlaneLabels.some((label) => Object.hasOwn(node.labels, label));
}

/** By the key of an object, how many nodes it counts: those that it selects, and those that run it. */
function countNodes(members: readonly Member[]): ReadonlyMap<string, number> {
  const alike = new Map<Relations, number>();
  for (const member of members) {
    if (!member.node) continue;
    const relations = relationsOf(member);
    alike.set(relations, (alike.get(relations) ?? 0) + 1);
  }
  const counts = new Map<string, number>();
  for (const [relations, nodes] of alike)
    for (const key of new Set(restingFor(relations).map(keyOf))) counts.set(key, (counts.get(key) ?? 0) + nodes);
  return counts;
}

/** The unavailable nodes of the fleet, each in the budgets that it counts for. */
export function occupyUnavailable(budgets: Budgets, members: readonly Member[], taintKey: string): void {
  for (const member of members) {
    const cause = unavailability(member);
    if (cause !== undefined && !isNewNode(member, taintKey)) occupy(restingIn(budgets, member), member.name, cause);
  }
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
