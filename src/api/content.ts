/** The content of an object: everything that it gives to nodes. */

import { contentId } from './json.ts';
import type { KubeletConfig } from './types.ts';

const contents = new WeakMap<KubeletConfig['spec'], string>();

/**
 * Identifies the content: the merged fields, patches, computed values, the priority, and what becomes of the
 * files at the end. Whom the object selects and how it is rolled out are no part of it, so to pause a rollout
 * makes no new content.
 */
export function contentOf({ spec }: Pick<KubeletConfig, 'spec'>): string {
  const known = contents.get(spec);
  if (known !== undefined) return known;
  const { kubelet, launcher, unit, files, health, drift, patches, computed, priority = 0, deletionPolicy = 'Restore' } = spec;
  const found = contentId({ kubelet, launcher, unit, files, health, drift, patches, computed, priority, deletionPolicy });
  contents.set(spec, found);
  return found;
}

/** An object at one moment, as an agent refers to it. */
interface Referred {
  readonly uid?: string;
  readonly name: string;
  readonly generation: number;
  /** Absent from an agent of an earlier build. */
  readonly content?: string;
}

/**
 * Whether two references to one object mean the same content. Builds of different age may hash differently,
 * so for an object of the API server an equal generation is enough.
 */
export function sameContent(a: Referred, b: Referred): boolean {
  if (a.uid && a.generation === b.generation) return true;
  return a.content === undefined || b.content === undefined ? a.generation === b.generation : a.content === b.content;
}
