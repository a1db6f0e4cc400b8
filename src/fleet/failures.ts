/** On how many nodes a generation of an object has failed, and whether that is enough to change no further node to it (design F2). Pure. */

import type { KubeletConfig, NodeKubelet } from '../api/types.ts';
import { generationOf, keyOf, type Member, type Reference } from './member.ts';

export interface Failures {
  /** The object at whose generation enough nodes have failed, among those that a change would bring to the node. */
  stops(nodeKubelet: NodeKubelet): string | undefined;
}

/** A node that was tried and is back, or on its way back, tells of it until it has taken something else; so nothing has to be remembered here. */
export function failuresOf(objects: readonly KubeletConfig[], members: readonly Member[]): Failures {
  const counts = new Map<string, number>();
  for (const { node, nodeKubelet, selecting } of members) {
    if (!node || !nodeKubelet) continue;
    const references = failedOn(nodeKubelet);
    if (references.length === 0) continue;
    // A node tells only of objects that select it.
    const own = new Set(selecting.map((object) => keyOf(object.metadata)));
    const failed = new Set(references.filter((reference) => own.has(keyOf(reference))).map(versionOf));
    for (const version of failed) counts.set(version, (counts.get(version) ?? 0) + 1);
  }
  const stopped = new Map(
    objects
      .filter((object) => (counts.get(versionOf(asReference(object))) ?? 0) >= (object.spec.rollout?.maxFailures ?? 1))
      .map((object) => [versionOf(asReference(object)), object.metadata.name]),
  );
  return {
    stops: (nodeKubelet) =>
      stopped.size === 0
        ? undefined
        : news(nodeKubelet)
            .map((reference) => stopped.get(versionOf(reference)))
            .find((name) => name !== undefined),
  };
}

/** Also while it asks for something else, or cannot carry that out. */
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

/** What the node has not run before at this generation: what it runs well already is not to blame for anything. */
function notRunBefore({ status }: NodeKubelet, references: readonly Reference[]): Reference[] {
  const running = new Set((status?.inputs ?? []).map(versionOf));
  return references.filter((reference) => !running.has(versionOf(reference)));
}

function asReference(object: KubeletConfig): Reference {
  const { name, uid = '' } = object.metadata;
  return { name, uid, generation: generationOf(object) };
}

function versionOf(reference: Reference): string {
  return `${keyOf(reference)} ${reference.generation}`;
}
