/** One node of the fleet with all that bears on it: its Node, what its agent reports, and the objects that select it. Pure. */

import type { KubeletConfig, LabelSelector, Labels, NodeKubelet } from '../api/types.ts';
import { selects } from '../desired/select.ts';
import type { FleetNode, FleetView } from './fleet.ts';

export interface Member {
  readonly name: string;
  /** Absent where the Node is gone, or has been made again under its name since the agent made the NodeKubelet. */
  readonly node?: FleetNode;
  /** Absent where no agent has reported yet. */
  readonly nodeKubelet?: NodeKubelet;
  /** Those that are being deleted too. */
  readonly selecting: readonly KubeletConfig[];
}

/** By name; a NodeKubelet without its Node comes as a member of its own. */
export function membersOf(view: FleetView): Member[] {
  const selecting = selectingFor(view.kubeletConfigs);
  const orphans = new Map(view.nodeKubelets.map((nodeKubelet) => [nodeKubelet.metadata.name, nodeKubelet]));
  const members = view.nodes.map((node): Member => {
    const found = orphans.get(node.name);
    const nodeKubelet = found && belongsTo(found, node) ? found : undefined;
    if (nodeKubelet) orphans.delete(node.name);
    return { name: node.name, node, ...(nodeKubelet && { nodeKubelet }), selecting: selecting(node.labels) };
  });
  for (const [name, nodeKubelet] of orphans) members.push({ name, nodeKubelet, selecting: [] });
  return members.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Nodes are many and alike: those with the same values of the labels that any selector asks for share one answer, and the very same list. */
function selectingFor(objects: readonly KubeletConfig[]): (labels: Labels) => readonly KubeletConfig[] {
  const keys = [...new Set(objects.flatMap(({ spec }) => keysOf(spec.nodeSelector)))];
  const known = new Map<string, readonly KubeletConfig[]>();
  return (labels) => {
    const alike = JSON.stringify(keys.map((key) => (Object.hasOwn(labels, key) ? labels[key] : null)));
    const found = known.get(alike) ?? objects.filter((object) => selects(object.spec.nodeSelector, labels));
    known.set(alike, found);
    return found;
  };
}

function keysOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string[] {
  return [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)];
}

/** The garbage collector removes the NodeKubelet of an earlier Node of the same name; until then it says nothing of this one. */
function belongsTo({ metadata }: NodeKubelet, node: FleetNode): boolean {
  const owners = (metadata.ownerReferences ?? []).filter(({ kind }) => kind === 'Node');
  return owners.length === 0 || owners.some(({ uid }) => uid === node.uid);
}

/**
 * For whatever reason; a change that failed and whose way back is not finished is one. A Node that is gone is no longer a part of the fleet,
 * and so neither available nor not.
 */
export function isUnavailable({ node, nodeKubelet }: Member): boolean {
  if (!node) return false;
  return !node.ready || !node.schedulable || node.deleting || nodeKubelet?.status?.phase === 'Undoing';
}

/** And not finished: the agent finishes by taking the request away, or replacing it by another one. What has been claimed was granted. */
export function isGranted(nodeKubelet: NodeKubelet): boolean {
  const { spec, status } = nodeKubelet;
  return status?.request !== undefined && (spec?.approval?.request === status.request.id || isClaimed(nodeKubelet));
}

export function isClaimed({ status }: NodeKubelet): boolean {
  return status?.request !== undefined && status.claimed === status.request.id;
}

export function isDeleting({ metadata }: KubeletConfig): boolean {
  return metadata.deletionTimestamp !== undefined;
}

export type Reference = NonNullable<NonNullable<NodeKubelet['status']>['inputs']>[number];

/** Identifies an object among all that have ever had its name. */
export function keyOf({ uid, name }: { readonly uid?: string; readonly name: string }): string {
  return uid || `name ${name}`;
}

export function referenceTo(object: KubeletConfig, references: readonly Reference[] | undefined): Reference | undefined {
  const key = keyOf(object.metadata);
  return references?.find((reference) => keyOf(reference) === key);
}

/** The generation that the API server gave the object, as references count it. */
export function generationOf({ metadata }: KubeletConfig): number {
  return metadata.generation ?? 0;
}
