/** Who else writes an object, and would set back what a person changes in the cluster. Pure. */

import type { KubeletConfig } from '../../api/types.ts';

/** Marks that these programs leave on what they apply. */
const marks: readonly (readonly [program: string, key: string])[] = [
  ['Argo CD', 'argocd.argoproj.io/tracking-id'],
  ['Argo CD', 'argocd.argoproj.io/instance'],
  ['Flux', 'kustomize.toolkit.fluxcd.io/name'],
  ['Flux', 'helm.toolkit.fluxcd.io/name'],
];

/**
 * What to know after a field of the spec was changed in the cluster.
 * @param field `spec.rollout.paused: true`
 */
export function gitopsNote({ metadata }: KubeletConfig, field: string): string {
  const { labels = {}, annotations = {} } = metadata;
  const program = marks.find(([, key]) => key in labels || key in annotations)?.[0];
  if (program !== undefined) return `${program} applies this object and may set it back: write ${field} in its manifest, too`;
  return `if the manifest of the object is in git, write ${field} there too: applying another value sets it back`;
}
