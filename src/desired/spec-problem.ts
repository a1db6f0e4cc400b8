/** Problems of an effective spec, before it is known which object is to blame. */

import type { FieldPath, Problem } from '../api/problem.ts';

/** `path` begins below spec, with the key of a keyed list in place of an index; `blame` finds the object. */
export type SpecProblem = Omit<Problem, 'object' | 'position'>;

/** An error: the spec cannot be rendered. */
export function refusal(code: Problem['code'], path: FieldPath, reason: string, remedy: string): SpecProblem {
  return { severity: 'error', code, path, reason, remedy };
}

/** A warning: the spec is rendered, and may do something else than its author expects. */
export function caution(code: Problem['code'], path: FieldPath, reason: string, remedy: string): SpecProblem {
  return { severity: 'warning', code, path, reason, remedy };
}
