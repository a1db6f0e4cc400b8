/**
 * Checks flags and configuration against a version of the kubelet, before one of that version starts with
 * them.
 */

import type { EffectiveSpec } from '../desired/defaults.ts';
import { caution, type SpecProblem } from '../desired/spec-problem.ts';
import { newestFlags } from './data/kubelet-flags.ts';
import { fieldProblems } from './fields.ts';
import { newest } from './flag-table.ts';
import { flagProblems } from './flags.ts';
import { formatRelease, type Release, releaseOf } from './release.ts';

/**
 * An error keeps the kubelet from starting. Without a version, or with one that cannot be read, an error is
 * what keeps every kubelet from starting. Paths begin below spec.
 */
export function kubeletProblems(kubelet: EffectiveSpec['kubelet'], version: string | undefined): SpecProblem[] {
  const release = version === undefined ? undefined : releaseOf(version);
  return [...versionProblems(release), ...flagProblems(kubelet.flags, release), ...fieldProblems(kubelet.configuration, release)];
}

/** A version after the tables is no mistake, but its author must know that little could be checked. */
function versionProblems(release: Release | undefined): SpecProblem[] {
  if (release === undefined || release <= newest) return [];
  const reason = `which flags and fields kubelet ${formatRelease(release)} has is not known here: the newest known kubelet is ${newestFlags}`;
  const remedy = `compare them with its release notes, or check with a newer kubelet-config`;
  return [caution('UnknownVersion', ['kubelet', 'version'], reason, remedy)];
}
