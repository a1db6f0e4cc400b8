/** A problem of the effective spec, before it is known which object it comes from. */

import type { FieldPath, Problem } from '../api/problem.ts';

/** A problem before it is known which object is to blame: `path` is below spec, with the key of a keyed list in place of an index. */
export type SpecProblem = Omit<Problem, 'object' | 'position'>;

export function refusal(code: Problem['code'], path: FieldPath, reason: string, remedy: string): SpecProblem {
  return { severity: 'error', code, path, reason, remedy };
}

export function caution(code: Problem['code'], path: FieldPath, reason: string, remedy: string): SpecProblem {
  return { severity: 'warning', code, path, reason, remedy };
}
