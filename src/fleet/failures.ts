/** On how many nodes a generation of an object has failed, and whether that is enough to change no further node to it (design F2). Pure. */

import type { KubeletConfig, NodeKubelet } from '../api/types.ts';
import { generationOf, keyOf, type Member, type Reference } from './member.ts';

export interface Failures {
  /** The object at whose generation enough nodes have failed, among those that a change would bring to the node. */
  stops(nodeKubelet: NodeKubelet): string | undefined;
}

/** A node that was tried and is back, or on its way back, tells of it until its objects change; so nothing has to be remembered here. */
export function failuresOf(objects: readonly KubeletConfig[], members: readonly Member[]): Failures {
  const counts = new Map<string, number>();
  for (const { nodeKubelet } of members) {
    const phase = nodeKubelet?.status?.phase;
    if (!nodeKubelet || (phase !== 'Failed' && phase !== 'Undoing')) continue;
    for (const version of news(nodeKubelet).map(versionOf)) counts.set(version, (counts.get(version) ?? 0) + 1);
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

/** What the node has not run before at this generation: what it runs well already is not to blame for anything. */
function news({ status }: NodeKubelet): Reference[] {
  const running = new Set((status?.inputs ?? []).map(versionOf));
  return (status?.desired ?? []).filter((reference) => !running.has(versionOf(reference)));
}

function asReference(object: KubeletConfig): Reference {
  const { name, uid = '' } = object.metadata;
  return { name, uid, generation: generationOf(object) };
}

function versionOf(reference: Reference): string {
  return `${keyOf(reference)} ${reference.generation}`;
}
