/** Whether a release of the kubelet has the flags and fields that an object computes. Pure. */

import type { Json, JsonMap } from '../api/json.ts';
import type { PathAllowance } from '../api/paths.ts';
import type { Problem } from '../api/problem.ts';
import type { KubeletConfig } from '../api/types.ts';
import { withComputed } from '../desired/computed-fields.ts';
import type { SpecProblem } from '../desired/spec-problem.ts';
import { fieldProblems } from '../kubelet/fields.ts';
import { flagProblems } from '../kubelet/flags.ts';
import { releaseOf } from '../kubelet/release.ts';
import { type Computation, checkComputed } from './check.ts';

/**
 * The problems of the names, as if the object stated each with a value that fits. Without a version, a flag
 * that no release takes.
 */
export function versionedComputedProblems(
  object: KubeletConfig,
  version: string | undefined,
  allowance: PathAllowance,
): Problem[] {
  const release = version === undefined ? undefined : releaseOf(version);
  return checkComputed(object, allowance).computations.flatMap((computation) => {
    const { kubelet = {} } = withComputed({}, [sampled(computation)]) as {
      kubelet?: { flags?: JsonMap; configuration?: JsonMap };
    };
    const flags = (kubelet.flags ?? {}) as Parameters<typeof flagProblems>[0];
    const found: SpecProblem[] = [...flagProblems(flags, release), ...fieldProblems(kubelet.configuration, release)];
    const path = ['spec', 'computed', computation.index, 'path'];
    return found.map((problem) => ({ ...problem, path, object: object.metadata.name }));
  });
}

function sampled({ index, expression, field }: Computation) {
  const { path, types, kubeletType = '' } = field;
  return { index, expression, path, value: /duration/.test(kubeletType) ? '1s' : sampleOf(types[0] ?? '') };
}

/** A text that is a duration, too: flags take it. */
function sampleOf(type: string): Json {
  switch (type) {
    case 'int':
    case 'double':
      return 1;
    case 'bool':
      return true;
    case 'string':
      return '1s';
    default:
      return type.startsWith('map<') ? {} : [];
  }
}
