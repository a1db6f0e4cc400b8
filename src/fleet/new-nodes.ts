/** New nodes that are kept from pods until they have the configuration that selects them. Pure. */

import type { TaintRemoval } from './drain/taint.ts';
import { isDeleting, type Member } from './member.ts';
import { hasSeen } from './relations.ts';

/** The taint with which a new node is registered, unless a flag of the controller names another key. */
export const unconfiguredTaintKey = 'kubelet-config.dev/unconfigured';

/**
 * The taints with this key that may go: the node runs what selects it, or nothing selects it. Whatever their
 * effect and value are: who registers nodes writes them.
 */
export function configuredNodes(members: readonly Member[], taintKey: string): TaintRemoval[] {
  return members.flatMap((member) => {
    const { node } = member;
    const taints = (node?.taints ?? []).filter(({ key }) => key === taintKey);
    return node && taints.length > 0 && isConfigured(member) ? taints.map((taint) => ({ node, taint })) : [];
  });
}

/**
 * The report must be about the objects that select the node now: an agent may not have seen a new one yet.
 */
function isConfigured(member: Member): boolean {
  const phase = member.nodeKubelet?.status?.phase;
  const isDone = phase === 'UpToDate' || phase === 'Unmanaged';
  return isDone && member.selecting.every((object) => isDeleting(object) || hasSeen(object, member));
}
