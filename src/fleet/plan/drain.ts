/** Whether the node of a change is drained before, and how. Pure. */

import type { KubeletConfig } from '../../api/types.ts';
import type { DrainOptions } from '../drain/pods.ts';
import { isDeleting } from '../member.ts';
import type { Candidate } from './gates.ts';

const defaultTimeoutSeconds = 600;

/**
 * How the node is drained; undefined if it is not. What counts are the objects whose content the change
 * brings, or all that the node counts for if it brings none. The shortest time counts, and pods are lost
 * only if all of them say so.
 */
export function drainFor({
  member,
  counted,
  brought,
  place,
}: Pick<Candidate, 'member' | 'counted' | 'brought' | 'place'>): DrainOptions | undefined {
  // No pod ends on a node whose kubelet does not answer, and a new node has none.
  if (place !== 'Rollout') return undefined;
  const all = counted.flatMap(({ source }) => (source && !isDeleting(source) ? [source] : []));
  const asking = (brought.length > 0 ? brought : all).filter((object) => asksFor(object, member.nodeKubelet.status.request));
  if (asking.length === 0) return undefined;
  const options = asking.map(({ spec }) => spec.rollout?.drainOptions ?? {});
  return {
    timeoutSeconds: Math.min(...options.map(({ timeoutSeconds = defaultTimeoutSeconds }) => timeoutSeconds)),
    evictEmptyDir: options.every(({ evictEmptyDir }) => evictEmptyDir === true),
    evictUnmanaged: options.every(({ evictUnmanaged }) => evictUnmanaged === true),
  };
}

function asksFor({ spec }: KubeletConfig, { needsEmptyNode = false }: { readonly needsEmptyNode?: boolean }): boolean {
  const { drain = 'Never' } = spec.rollout ?? {};
  return drain === 'Always' || (drain === 'WhenRequired' && needsEmptyNode);
}
