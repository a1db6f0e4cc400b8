/** Which nodes are to be drained before their change, and how. Pure. */

import type { DisruptionRequest, KubeletConfig, NodeKubelet } from '../../api/types.ts';
import type { FleetNode } from '../fleet.ts';
import { isClaimed, type Member } from '../member.ts';
import type { DrainOptions } from './pods.ts';

/** A node that is to be drained for one request. */
export interface Drain {
  readonly node: FleetNode;
  /** Id of the request. */
  readonly request: string;
  readonly options: DrainOptions;
}

const defaultTimeoutSeconds = 600;

/**
 * How the node must be drained before this change; undefined if it is not drained. Of several objects that
 * ask for a drain the strictest options count: the shortest time, and a loss that one does not allow is not
 * allowed.
 *
 * A node that is not ready is never drained: its kubelet stops no pod, so that the drain could only run into
 * its time-out, and a change that would cure the node would wait for it.
 *
 * @param objects those that the change counts for
 */
export function drainOptionsFor(
  objects: readonly KubeletConfig[],
  request: DisruptionRequest,
  node: FleetNode,
): DrainOptions | undefined {
  const asking = objects.map(({ spec }) => spec.rollout ?? {}).filter(({ drain }) => isWanted(drain, request));
  if (!node.ready || asking.length === 0) return undefined;
  const all = asking.map(({ drainOptions = {} }) => drainOptions);
  return {
    timeoutSeconds: Math.min(...all.map(({ timeoutSeconds = defaultTimeoutSeconds }) => timeoutSeconds)),
    evictEmptyDir: all.every(({ evictEmptyDir }) => evictEmptyDir === true),
    evictUnmanaged: all.every(({ evictUnmanaged }) => evictUnmanaged === true),
  };
}

function isWanted(drain: 'Never' | 'WhenRequired' | 'Always' | undefined, { needsEmptyNode }: DisruptionRequest): boolean {
  switch (drain) {
    case 'Always':
      return true;
    case 'WhenRequired':
      return needsEmptyNode === true;
    case 'Never':
    case undefined:
      return false;
    default:
      return drain satisfies never;
  }
}

/** Whether the node's request is approved for the drain, and its agent waits for it. */
export function isDraining(nodeKubelet: NodeKubelet): boolean {
  const { spec, status } = nodeKubelet;
  const approval = spec?.approval;
  const isCurrent = status?.request !== undefined && approval?.request === status.request.id;
  return isCurrent && approval?.stage === 'Drain' && !isClaimed(nodeKubelet);
}

/**
 * All drains that the stored approvals ask for: a controller that has just started finds in them what the one
 * before it began. A node whose objects ask for no drain any more is not among them, and may go on at once.
 */
export function drainsOf(members: readonly Member[]): Drain[] {
  return members.flatMap(({ node, nodeKubelet, selecting }) => {
    const request = nodeKubelet?.status?.request;
    if (!node || !request || !isDraining(nodeKubelet)) return [];
    const options = drainOptionsFor(selecting, request, node);
    return options ? [{ node, request: request.id, options }] : [];
  });
}
