/** Whether an approval may be given: what the leader saw, and what it has to know, held against the limits. */

import { approveAnnotation, retryAnnotation } from '../../src/api/annotations.ts';
import { contentOf } from '../../src/api/content.ts';
import type { KubeletConfig, NodeKubelet } from '../../src/api/types.ts';
import type { Known, Place } from './checks.ts';
import type { Decision } from './controller-process.ts';
import { type Counted, type CountedNode, limitOf, unavailableOf } from './counting.ts';
import type { Settings } from './settings.ts';

export interface DecisionContext {
  readonly decision: Decision;
  readonly counted: Counted;
  /** Names of all nodes that hold a grant, in truth. */
  readonly holders: ReadonlySet<string>;
  readonly decisions: ReadonlyMap<string, Known>;
  readonly place: Place;
  readonly truth: (node: string) => NodeKubelet | undefined;
}

/** Design F7. */
const newNodesAtOnce = 10;

/** F1: of the nodes that the object counts, those that are unavailable or hold a grant are at most maxUnavailable. */
export function roomFault(context: DecisionContext): string | undefined {
  const { decision, counted, holders, place } = context;
  const { view, nodeKubelet } = decision;
  const { name } = nodeKubelet.metadata;
  for (const object of view.kubeletConfigs) {
    const nodes = counted.get(object.metadata.uid ?? '');
    if (!nodes?.has(name)) continue;
    const limit = place === 'NewNode' ? newNodesAtOnce : limitOf(object, counted);
    const others = new Set([...holders, ...unavailableOf(nodes)]);
    const taken = [name, ...[...others].filter((other) => other !== name && takesRoom(context, other, nodes))];
    if (taken.length <= limit) continue;
    const known = taken.map((one) => (holders.has(one) ? `${one} (holds a grant)` : one)).join(', ');
    return `F1 (${place}): ${name} is approved although of ${object.metadata.name} at most ${limit} may be unavailable or change, and with it these do: ${known}`;
  }
  return undefined;
}

/** A cure takes a place only among the other cures, and a new node among the new ones, of which ten may change. */
function takesRoom(
  { holders, place, decisions, truth }: DecisionContext,
  name: string,
  nodes: ReadonlyMap<string, CountedNode>,
): boolean {
  if (!nodes.has(name)) return false;
  const isHolder = holders.has(name);
  const other = decisions.get(truth(name)?.status?.request?.id ?? '')?.place;
  if (place !== 'Rollout') return isHolder && other === place;
  return isHolder ? other !== 'NewNode' : true;
}

/** F2: a content that has failed on maxFailures nodes is brought to no node, unless a person said that this one may try again. */
export function failuresFault({ decision, place, decisions }: DecisionContext): string | undefined {
  const { view, nodeKubelet } = decision;
  for (const object of view.kubeletConfigs) {
    if (place !== 'Rollout' || !brings(nodeKubelet, object) || object.metadata.annotations?.[retryAnnotation] !== undefined)
      continue;
    const failed = view.nodeKubelets.filter((one) => hasFailed(one, object, decisions)).map(({ metadata }) => metadata.name);
    const { content, failed: counted } = object.status?.rollout ?? {};
    const stored = content === contentOf(object) ? (counted?.count ?? 0) : 0;
    if (Math.max(stored, failed.length) < (object.spec.rollout?.maxFailures ?? 1)) continue;
    if (isToldToRetry(nodeKubelet, counted?.nodes)) continue;
    return `F2: ${nodeKubelet.metadata.name} is approved for ${object.metadata.name}, whose content has failed on ${failed.join(', ')} (stored: ${stored})`;
  }
  return undefined;
}

/** By the controller, or on the node, whose agent forgets the failure then. */
function isToldToRetry({ metadata, spec, status }: NodeKubelet, stored: readonly { readonly name: string }[] = []): boolean {
  const { failures, request } = status ?? {};
  if (failures !== undefined) return failures.some((failure) => failure.request !== undefined && failure.request === spec?.retry);
  return request?.reason === 'Retry' && stored.some(({ name }) => name === metadata.name);
}

function hasFailed({ status }: NodeKubelet, object: KubeletConfig, decisions: DecisionContext['decisions']): boolean {
  if (status?.failures === undefined) return false;
  const isSame = isReferenceTo(object);
  if (status.inputs?.some(isSame)) return false;
  return status.failures.some(({ objects = [], request }) => {
    const decision = decisions.get(request ?? '');
    return decision?.place === 'Rollout' && objects.some(isSame);
  });
}

/** Canary: until the content is proven, at most `count` nodes have it or are about to get it. */
export function canaryFault({ decision, counted, holders, decisions, place, truth }: DecisionContext): string | undefined {
  const { view, nodeKubelet } = decision;
  const { name } = nodeKubelet.metadata;
  for (const object of view.kubeletConfigs) {
    const { canary } = object.spec.rollout ?? {};
    if (place !== 'Rollout' || !canary || !brings(nodeKubelet, object)) continue;
    const { content, provenAt } = object.status?.rollout ?? {};
    if (content === contentOf(object) && provenAt !== undefined) continue;
    const has = [...(counted.get(object.metadata.uid ?? '')?.keys() ?? [])].filter((one) => {
      const stored = truth(one);
      const other = decisions.get(stored?.status?.claimed ?? stored?.status?.request?.id ?? '');
      // Nodes that had the content before anybody asked for approvals prove nothing, and take no place.
      if (!stored || other?.place !== 'Rollout' || one === name) return one === name;
      return (stored.status?.inputs?.some(isReferenceTo(object)) ?? false) || (holders.has(one) && brings(stored, object));
    });
    if (has.length <= (canary.count ?? 1)) continue;
    return `canary: ${name} is approved for ${object.metadata.name}, whose content is not proven; with it these have or get it: ${has.join(', ')}; stored: ${JSON.stringify(object.status?.rollout)}`;
  }
  return undefined;
}

/** Manual: no more nodes have a content, or are about to get it, than a person approved. */
export function manualFault({ decision, counted, holders, truth }: DecisionContext): string | undefined {
  const { view, nodeKubelet } = decision;
  const { name } = nodeKubelet.metadata;
  for (const object of view.kubeletConfigs) {
    if (object.spec.rollout?.approval !== 'Manual' || !brings(nodeKubelet, object)) continue;
    const [content, count] = (object.metadata.annotations?.[approveAnnotation] ?? '').split(':');
    const approved = content === contentOf(object) ? count : '0';
    const isOne = isReferenceTo(object);
    const has = [...(counted.get(object.metadata.uid ?? '') ?? [])].filter(([other, one]) => {
      const stored = truth(other);
      const isGetting = holders.has(other) && stored !== undefined && brings(stored, object);
      return other === name || isGetting || one.nodeKubelet?.status?.inputs?.some(isOne);
    });
    if (approved !== 'all' && has.length > Number(approved))
      return `manual: ${name} is approved for ${object.metadata.name}, of which a person approved ${approved}; with it these have or get it: ${has.map(([other]) => other).join(', ')}`;
  }
  return undefined;
}

/**
 * Nodes that run pods change only while a window is open, by the clock of the API server that the leader knew. The
 * deletion of an object waits for no window.
 */
export function windowFault({ decision, counted, place }: DecisionContext, windows: Settings['windows']): string | undefined {
  const { view, nodeKubelet } = decision;
  if (!windows || place === 'NewNode' || view.time === undefined) return undefined;
  const isWaiting = view.kubeletConfigs.some(
    ({ metadata }) => metadata.deletionTimestamp === undefined && counted.get(metadata.uid ?? '')?.has(nodeKubelet.metadata.name),
  );
  if (!isWaiting) return undefined;
  const minute = (view.time / 60_000) % windows.every;
  if (minute < windows.open) return undefined;
  return `window: ${nodeKubelet.metadata.name} is approved in minute ${minute.toFixed(1)} of ${windows.every}, and windows are open for ${windows.open}`;
}

/** Whether the change that the node asks for brings this content of the object to it. */
function brings({ status }: NodeKubelet, object: KubeletConfig): boolean {
  const isSame = isReferenceTo(object);
  return (status?.desired?.some(isSame) ?? false) && !status?.inputs?.some(isSame);
}

type Reference = NonNullable<NonNullable<NodeKubelet['status']>['inputs']>[number];

function isReferenceTo(object: KubeletConfig): (reference: Reference) => boolean {
  const content = contentOf(object);
  return (reference) => reference.uid === object.metadata.uid && reference.content === content;
}
