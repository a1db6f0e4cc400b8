/** Which object a problem of the merged spec is to be laid to. */

import type { FieldPath, Problem } from '../api/problem.ts';
import type { FieldOwner } from './merge.ts';

/** Names the object that set the field of `problem.path` (from the root of an object), or the one nearest to it; `otherwise` where nothing is near. */
export function blame(problem: Problem, owners: readonly FieldOwner[], otherwise: string | undefined): Problem {
  const [, ...field] = problem.path;
  let object = otherwise;
  let deepest = 0;
  for (const owner of owners) {
    const depth = sharedDepth(owner.path, field);
    if (depth > deepest) [object, deepest] = [owner.object, depth];
  }
  return object === undefined ? problem : { ...problem, object };
}

function sharedDepth(a: FieldPath, b: FieldPath): number {
  const differs = a.findIndex((key, index) => key !== b[index]);
  return differs < 0 ? a.length : differs;
}
