/** The taint that keeps new pods from a node while it is drained and changed, and when it has to go. Pure. */

import type { FleetNode, FleetTaint } from '../fleet.ts';
import { isGranted, type Member } from '../member.ts';

export const drainingTaintKey = 'kubelet-config.dev/draining';

/**
 * A node is tainted and never cordoned: a cordon has no owner, and ours would hide that of a person. The
 * value is the id of the request, so that every controller can tell whose it is.
 */
export function drainingTaint(request: string): FleetTaint {
  return { key: drainingTaintKey, value: request, effect: 'NoSchedule' };
}

/** Whether the Node has the taint with the same value and effect. */
export function hasTaint({ taints }: FleetNode, { key, value, effect }: FleetTaint): boolean {
  return taints.some((taint) => taint.key === key && taint.effect === effect && (taint.value ?? '') === (value ?? ''));
}

/** A taint that is to be removed from a Node. */
export interface TaintRemoval {
  readonly node: FleetNode;
  readonly taint: FleetTaint;
}

/**
 * The draining taints whose value is no request that holds a grant on their node: the change is over, or its
 * approval was taken back. A controller that died may have left one.
 */
export function staleTaints(members: readonly Member[]): TaintRemoval[] {
  return members.flatMap(({ node, nodeKubelet }) => {
    const granted = nodeKubelet && isGranted(nodeKubelet) ? nodeKubelet.status?.request?.id : undefined;
    const stale = (node?.taints ?? []).filter(
      ({ key, value }) => key === drainingTaintKey && (value === undefined || value !== granted),
    );
    return node ? stale.map((taint) => ({ node, taint })) : [];
  });
}
