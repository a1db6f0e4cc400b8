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
  let nearest: FieldOwner | undefined;
  let deepest = 0;
  for (const owner of owners) {
    const depth = sharedDepth(owner.path, field);
    if (depth > deepest) [nearest, deepest] = [owner, depth];
  }
  const object = nearest?.object ?? otherwise;
  return object === undefined ? problem : { ...problem, ...writtenAt(nearest, field), object };
}

/** The place of the expression, or in the value of the patch, that set the field. */
function writtenAt(owner: FieldOwner | undefined, field: FieldPath): Pick<Problem, 'writtenAt'> {
  if (owner?.computed) return { writtenAt: ['spec', 'computed', owner.computed.index, 'expression'] };
  if (!owner?.patch) return {};
  const { index, target } = owner.patch;
  const shared = sharedDepth(target, field);
  // The patch may have set another field of the same list item.
  if (shared < Math.min(target.length, field.length)) return {};
  return { writtenAt: ['spec', 'patches', index, 'value', ...field.slice(shared)] };
}

function sharedDepth(a: FieldPath, b: FieldPath): number {
  const differs = a.findIndex((key, index) => key !== b[index]);
  return differs < 0 ? a.length : differs;
}
