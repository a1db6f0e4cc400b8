/** The content of an object: everything that it gives to nodes. */

import { contentId } from './json.ts';
import type { KubeletConfig } from './types.ts';

const contents = new WeakMap<KubeletConfig['spec'], string>();

/**
 * Identifies the content: the merged fields, patches, computed values and the priority. Whom the object
 * selects and how it is rolled out are no part of it, so to pause a rollout makes no new content.
 */
export function contentOf({ spec }: Pick<KubeletConfig, 'spec'>): string {
  const known = contents.get(spec);
  if (known !== undefined) return known;
  const { kubelet, launcher, unit, files, health, drift, patches, computed, priority = 0 } = spec;
  const found = contentId({ kubelet, launcher, unit, files, health, drift, patches, computed, priority });
  contents.set(spec, found);
  return found;
}
