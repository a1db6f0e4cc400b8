/** Finds the object that caused a problem of the merged spec. */

import type { FieldPath, Problem } from '../api/problem.ts';
import type { FieldOwner } from './merge.ts';

/**
 * The problem with the name of the object that set its field, or the nearest field to it. `problem.path`
 * begins at the root of an object.
 * @param otherwise the object to name if no field is near
 */
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
