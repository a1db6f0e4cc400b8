/** What a version of the kubelet thinks of its flags and its configuration, before one of that version is started with them. */

import type { EffectiveSpec } from '../desired/defaults.ts';
import type { SpecProblem } from '../desired/spec-problem.ts';
import { fieldProblems } from './fields.ts';
import { flagProblems } from './flags.ts';
import { releaseOf } from './release.ts';

/**
 * An error is what keeps the kubelet from starting. Without a version, or with one that cannot be read, only names are found that no version
 * ever had, and those are warnings. Paths begin below spec.
 */
export function kubeletProblems(kubelet: EffectiveSpec['kubelet'], version: string | undefined): SpecProblem[] {
  const release = version === undefined ? undefined : releaseOf(version);
  return [...flagProblems(kubelet.flags, release), ...fieldProblems(kubelet.configuration, release)];
}
