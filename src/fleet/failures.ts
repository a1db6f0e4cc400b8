/**
 * On how many nodes an object has failed at its generation, and whether that stops its rollout (design F2).
 * Pure.
 */

import type { KubeletConfig, NodeKubelet } from '../api/types.ts';
import { keyOf, type Member, type Reference, versionOf, versionOfReference } from './member.ts';

export interface Failures {
  /**
   * The name of an object that stops this node's change: the change would bring it, and enough nodes have
   * failed on it.
   */
  stops(nodeKubelet: NodeKubelet): string | undefined;
}

/**
 * Counts failures in the reports of the nodes. A node reports its failure until it has committed something
 * else, so nothing has to be remembered here.
 */
export function failuresOf(objects: readonly KubeletConfig[], members: readonly Member[]): Failures {
  const counts = new Map<string, number>();
  for (const { node, nodeKubelet, selecting } of members) {
    if (!node || !nodeKubelet) continue;
    const references = failedOn(nodeKubelet);
    if (references.length === 0) continue;
    // A report about an object that does not select the node is out of date.
    const own = new Set(selecting.map((object) => keyOf(object.metadata)));
    const failed = new Set(references.filter((reference) => own.has(keyOf(reference))).map(versionOfReference));
    for (const version of failed) counts.set(version, (counts.get(version) ?? 0) + 1);
  }
  const stopped = new Map(
    objects
      .filter((object) => (counts.get(versionOf(object)) ?? 0) >= (object.spec.rollout?.maxFailures ?? 1))
      .map((object) => [versionOf(object), object.metadata.name]),
  );
  return {
    stops: (nodeKubelet) =>
      stopped.size === 0
        ? undefined
        : news(nodeKubelet)
            .map((reference) => stopped.get(versionOfReference(reference)))
            .find((name) => name !== undefined),
  };
}

/** The objects of a failed change, also while the node asks for something else or cannot carry that out. */
function failedOn(nodeKubelet: NodeKubelet): readonly Reference[] {
  const { phase, failures, desired = [] } = nodeKubelet.status ?? {};
  const isBack = phase === 'Failed' || phase === 'Undoing';
  if (!isBack && failures === undefined) return [];
  const remembered = (failures ?? []).flatMap(({ objects = [] }) => objects);
  return notRunBefore(nodeKubelet, isBack ? [...desired, ...remembered] : remembered);
}

function news(nodeKubelet: NodeKubelet): Reference[] {
  return notRunBefore(nodeKubelet, nodeKubelet.status?.desired ?? []);
}

/** Without those that the node runs at this very generation: they work there, so they are not to blame. */
function notRunBefore({ status }: NodeKubelet, references: readonly Reference[]): Reference[] {
  const running = new Set((status?.inputs ?? []).map(versionOfReference));
  return references.filter((reference) => !running.has(versionOfReference(reference)));
}
