/**
 * Checks flags and configuration against a version of the kubelet, before one of that version starts with
 * them.
 */

import type { EffectiveSpec } from '../desired/defaults.ts';
import type { SpecProblem } from '../desired/spec-problem.ts';
import { fieldProblems } from './fields.ts';
import { flagProblems } from './flags.ts';
import { releaseOf } from './release.ts';

/**
 * An error keeps the kubelet from starting. Without a version, or with one that cannot be read, there are
 * only warnings, about names that no version has. Paths begin below spec.
 */
export function kubeletProblems(kubelet: EffectiveSpec['kubelet'], version: string | undefined): SpecProblem[] {
  const release = version === undefined ? undefined : releaseOf(version);
  return [...flagProblems(kubelet.flags, release), ...fieldProblems(kubelet.configuration, release)];
}
