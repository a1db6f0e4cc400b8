/**
 * Whom an object counts, as a controller saw it. It is written anew and not taken from the planner, which it
 * is held against.
 */

import type { KubeletConfig, NodeKubelet } from '../../src/api/types.ts';
import { selects } from '../../src/desired/select.ts';
import type { FleetNode, FleetView } from '../../src/fleet/fleet.ts';

export interface CountedNode {
  readonly node: FleetNode;
  readonly nodeKubelet: NodeKubelet | undefined;
}

/** By the uid of the object, then by the name of the node. */
export type Counted = ReadonlyMap<string, ReadonlyMap<string, CountedNode>>;

const remembered = new WeakMap<FleetView, Counted>();

/** The nodes that each object selects, and those that run it. */
export function countedBy(view: FleetView): Counted {
  const found = remembered.get(view);
  if (found) return found;
  const reports = new Map(view.nodeKubelets.map((nodeKubelet) => [nodeKubelet.metadata.name, nodeKubelet]));
  const counted = new Map(view.kubeletConfigs.map(({ metadata }) => [metadata.uid ?? '', new Map<string, CountedNode>()]));
  for (const node of view.nodes) {
    const report = reports.get(node.name);
    const nodeKubelet = report?.metadata.ownerReferences?.every(({ uid }) => uid === node.uid) ? report : undefined;
    for (const object of view.kubeletConfigs) {
      const uid = object.metadata.uid ?? '';
      const runs = nodeKubelet?.status?.inputs?.some((reference) => reference.uid === uid) ?? false;
      if (runs || selects(object.spec.nodeSelector, node.labels)) counted.get(uid)?.set(node.name, { node, nodeKubelet });
    }
  }
  remembered.set(view, counted);
  return counted;
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
  const { maxUnavailable = 1 } = spec.rollout ?? {};
  if (typeof maxUnavailable === 'number') return maxUnavailable;
  const nodes = counted.get(metadata.uid ?? '')?.size ?? 0;
  return Math.max(1, Math.floor((Number(maxUnavailable.replace('%', '')) * nodes) / 100));
}
