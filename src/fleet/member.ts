/** One node of the fleet: its Node, what its agent reports, and the objects that select it. Pure. */

import { sameContent } from '../api/content.ts';
import type { KubeletConfig, LabelSelector, Labels, NodeKubelet } from '../api/types.ts';
import { referenceOf } from '../desired/effective.ts';
import { selects } from '../desired/select.ts';
import type { FleetNode, FleetView } from './fleet.ts';

export interface Member {
  /** Name of the Node and of the NodeKubelet. */
  readonly name: string;
  /** Absent if the Node is gone, or was made again under its name after the agent made the NodeKubelet. */
  readonly node?: FleetNode;
  /** Absent if no agent has reported yet. */
  readonly nodeKubelet?: NodeKubelet;
  /** Includes objects that are being deleted. */
  readonly selecting: readonly KubeletConfig[];
}

/** Sorted by name. A NodeKubelet without its Node is a member of its own. */
export function membersOf(view: FleetView): Member[] {
  const selecting = selectingFor(view.kubeletConfigs);
  const none: readonly KubeletConfig[] = [];
  const orphans = new Map(view.nodeKubelets.map((nodeKubelet) => [nodeKubelet.metadata.name, nodeKubelet]));
  const members = view.nodes.map((node): Member => {
    const found = orphans.get(node.name);
    const nodeKubelet = found && belongsTo(found, node) ? found : undefined;
    if (nodeKubelet) orphans.delete(node.name);
    return { name: node.name, node, ...(nodeKubelet && { nodeKubelet }), selecting: selecting(node.labels) };
  });
  for (const [name, nodeKubelet] of orphans) members.push({ name, nodeKubelet, selecting: none });
  return members.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Nodes that agree in every label that some selector asks for share one answer, and the very same list: there
 * are many nodes, but few different ones.
 */
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

/**
 * A NodeKubelet of an earlier Node of the same name says nothing about this one; the garbage collector
 * removes it.
 */
function belongsTo({ metadata }: NodeKubelet, node: FleetNode): boolean {
  const owners = (metadata.ownerReferences ?? []).filter(({ kind }) => kind === 'Node');
  return owners.length === 0 || owners.some(({ uid }) => uid === node.uid);
}

/** Why a node counts as unavailable. */
export type Unavailability = 'NotReady' | 'Cordoned' | 'BeingDeleted' | 'Undoing';

/** Undefined for a node that is available, and for a Node that is gone: it is no part of the fleet. */
export function unavailability({ node, nodeKubelet }: Member): Unavailability | undefined {
  if (!node) return undefined;
  if (nodeKubelet?.status?.phase === 'Undoing') return 'Undoing';
  if (!node.ready) return 'NotReady';
  if (node.deleting) return 'BeingDeleted';
  return node.schedulable ? undefined : 'Cordoned';
}

/** Whether the node counts as unavailable. */
export function isUnavailable(member: Member): boolean {
  return unavailability(member) !== undefined;
}

/**
 * Granted and not finished: the agent finishes by removing its request or replacing it by another. A request
 * that was claimed was granted, even if the approval is not to be seen.
 */
export function isGranted(nodeKubelet: NodeKubelet): boolean {
  const { spec, status } = nodeKubelet;
  return status?.request !== undefined && (spec?.approval?.request === status.request.id || isClaimed(nodeKubelet));
}

/** The agent has begun, or is about to: the approval cannot be taken back any more. */
export function isClaimed({ status }: NodeKubelet): boolean {
  return status?.request !== undefined && status.claimed === status.request.id;
}

/** A person has deleted the object; it stays until its finalizers are removed. */
export function isDeleting({ metadata }: KubeletConfig): boolean {
  return metadata.deletionTimestamp !== undefined;
}

export type Reference = NonNullable<NonNullable<NodeKubelet['status']>['inputs']>[number];

/** Identifies an object among all that have ever had its name: the uid, or the name if there is none. */
export function keyOf({ uid, name }: { readonly uid?: string; readonly name: string }): string {
  return uid || `name ${name}`;
}

/** The reference to the object in a list of an agent, whatever its generation; undefined if there is none. */
export function referenceTo(object: KubeletConfig, references: readonly Reference[] | undefined): Reference | undefined {
  const key = keyOf(object.metadata);
  return references?.find((reference) => keyOf(reference) === key);
}

/** Whether the reference is to what the object gives to nodes now. */
export function isCurrent(object: KubeletConfig, reference: Reference | undefined): boolean {
  return reference !== undefined && sameContent(referenceOf(object), reference);
}

/** The generation that the API server gave the object, as in references; 0 if it gave none. */
export function generationOf({ metadata }: KubeletConfig): number {
  return metadata.generation ?? 0;
}

/** Identifies an object at one generation. */
export function versionOf(object: KubeletConfig): string {
  return versionOfReference({ ...object.metadata, generation: generationOf(object) });
}

/** The same key as versionOf, for an object that an agent refers to. */
export function versionOfReference(reference: Pick<Reference, 'name' | 'generation'> & { readonly uid?: string }): string {
  return `${keyOf(reference)} ${reference.generation}`;
}
