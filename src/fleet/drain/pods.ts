/**
 * Which pods of a node a drain evicts, which it leaves, and which it may not touch. The rules are those of
 * `kubectl drain --ignore-daemonsets` (k8s.io/kubectl/pkg/drain/filters.go). Pure.
 */

import type { FleetPod } from '../fleet.ts';

export interface DrainOptions {
  /** Seconds after which the drain is given up. */
  readonly timeoutSeconds: number;
  readonly evictEmptyDir: boolean;
  readonly evictUnmanaged: boolean;
}

export type SortedPods =
  /** `ending` are being deleted already, by us or by others: the drain only waits for them. */
  | { readonly kind: 'Sorted'; readonly evict: readonly FleetPod[]; readonly ending: readonly FleetPod[] }
  /** Some pods may not be evicted. `why` names one, and the option that would allow it. */
  | { readonly kind: 'Refused'; readonly why: string };

/**
 * @param pods all pods of one node
 * @param known the uids of the pods that ran there when the drain began; undefined if it begins now. A pod
 * that came later is left if it tolerates the taint: the scheduler would send it back again and again.
 */
export function sortPods(pods: readonly FleetPod[], options: DrainOptions, known?: ReadonlySet<string>): SortedPods {
  const due = pods.filter((pod) => !isLeft(pod) && !(known && !known.has(pod.uid) && pod.toleratesDraining !== 'No'));
  const ending = due.filter(({ deleting }) => deleting);
  const evict = due.filter(({ deleting }) => !deleting);
  const refused = evict.flatMap((pod) => refusal(pod, options) ?? []);
  const [first] = refused;
  if (first === undefined) return { kind: 'Sorted', evict, ending };
  const more = refused.length - 1;
  const others = more === 0 ? '' : `; the same holds for ${more} other ${more === 1 ? 'pod' : 'pods'} of the node`;
  return { kind: 'Refused', why: `${first}${others}` };
}

/**
 * A mirror pod cannot be evicted, a DaemonSet ignores that a node is being drained, and a finished pod does
 * not run. Our own controller tolerates the taint by its name: on a cluster of one node it has nowhere to go,
 * and who else would end the drain?
 */
function isLeft({ isMirror, isFinished, controller, toleratesDraining }: FleetPod): boolean {
  return isMirror || isFinished || controller === 'DaemonSet' || toleratesDraining === 'ByName';
}

function refusal(pod: FleetPod, { evictEmptyDir, evictUnmanaged }: DrainOptions): string | undefined {
  if (pod.controller === undefined && !evictUnmanaged)
    return `pod ${nameOf(pod)} has no controller that would make it again: move it, or set rollout.drainOptions.evictUnmanaged: true to lose it`;
  if (pod.hasEmptyDir && !evictEmptyDir)
    return `pod ${nameOf(pod)} has an emptyDir volume, whose data an eviction loses: set rollout.drainOptions.evictEmptyDir: true to allow that`;
  return undefined;
}

/** `namespace/name` */
export function nameOf({ namespace, name }: FleetPod): string {
  return `${namespace}/${name}`;
}
