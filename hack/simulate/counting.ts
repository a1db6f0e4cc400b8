/**
 * Whom an object counts, as a controller saw it. It is written anew and not taken from the planner, which it
 * is held against.
 */

import type { KubeletConfig, Labels, NodeKubelet } from '../../src/api/types.ts';
import { selects } from '../../src/desired/select.ts';
import type { FleetNode, FleetView } from '../../src/fleet/fleet.ts';
import { unconfiguredTaintKey } from '../../src/fleet/new-nodes.ts';

export interface CountedNode {
  readonly node: FleetNode;
  readonly nodeKubelet: NodeKubelet | undefined;
}

/** By uid of the object, then by the name of the node. */
export type Counted = ReadonlyMap<string, ReadonlyMap<string, CountedNode>>;

const remembered = new WeakMap<FleetView, Counted>();

/** The nodes that each object selects, and those that run it. */
export function countedBy(view: FleetView): Counted {
  const found = remembered.get(view);
  if (found) return found;
  const reports = new Map(view.nodeKubelets.map((nodeKubelet) => [nodeKubelet.metadata.name, nodeKubelet]));
  const objects = view.kubeletConfigs.map((object) => ({
    object,
    uid: object.metadata.uid ?? '',
    nodes: new Map<string, CountedNode>(),
  }));
  for (const node of view.nodes) {
    const report = reports.get(node.name);
    const nodeKubelet = report?.metadata.ownerReferences?.every(({ uid }) => uid === node.uid) ? report : undefined;
    const one = { node, nodeKubelet };
    for (const { object, uid, nodes } of objects) {
      const runs = nodeKubelet?.status?.inputs?.some((reference) => reference.uid === uid) ?? false;
      if (runs || isSelected(object.spec.nodeSelector, node.labels)) nodes.set(node.name, one);
    }
  }
  const counted = new Map(objects.map(({ uid, nodes }) => [uid, nodes]));
  remembered.set(view, counted);
  return counted;
}

const answers = new WeakMap<object, WeakMap<object, boolean>>();

/** Views share the labels of nodes that nobody changed. */
function isSelected(selector: KubeletConfig['spec']['nodeSelector'], labels: Labels): boolean {
  const known = answers.get(selector) ?? new WeakMap<object, boolean>();
  answers.set(selector, known);
  const found = known.get(labels) ?? selects(selector, labels);
  known.set(labels, found);
  return found;
}

const unavailable = new WeakMap<object, readonly string[]>();

/** The names of the nodes that are not available, of those that one object counts. */
export function unavailableOf(nodes: ReadonlyMap<string, CountedNode>): readonly string[] {
  const found = unavailable.get(nodes) ?? [...nodes].flatMap(([name, one]) => (isUnavailable(one) ? [name] : []));
  unavailable.set(nodes, found);
  return found;
}

/** A new node that never had a configuration runs no pods that anybody could miss. */
function isUnavailable({ node, nodeKubelet }: CountedNode): boolean {
  const isNew = node.taints.some(({ key }) => key === unconfiguredTaintKey);
  if (isNew && (nodeKubelet?.status?.inputs ?? []).length === 0) return false;
  return !node.ready || !node.schedulable || node.deleting || nodeKubelet?.status?.phase === 'Undoing';
}

/** By uid: how many nodes may be unavailable of each object that this node counts for when it changes. */
export function limitsOf(view: FleetView, { metadata, status }: NodeKubelet, counted: Counted): Map<string, number> {
  const limits = new Map<string, number>();
  for (const object of view.kubeletConfigs) {
    const uid = object.metadata.uid ?? '';
    const isDesired = status?.desired?.some((reference) => reference.uid === uid) ?? false;
    if (isDesired || counted.get(uid)?.has(metadata.name)) limits.set(uid, limitOf(object, counted));
  }
  return limits;
}

/** A count, or a percentage of the nodes that the object counts: rounded down, at least 1. */
export function limitOf({ metadata, spec }: KubeletConfig, counted: Counted): number {
  return limitOfNodes(spec.rollout?.maxUnavailable, counted.get(metadata.uid ?? '')?.size ?? 0);
}

/** The same for so many nodes. */
export function limitOfNodes(maxUnavailable: number | string = 1, nodes: number): number {
  if (typeof maxUnavailable === 'number') return maxUnavailable;
  return Math.max(1, Math.floor((Number(maxUnavailable.replace('%', '')) * nodes) / 100));
}
