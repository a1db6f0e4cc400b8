/** Gives problems their place in the file that a person wrote. */

import type { FieldPath, Position, Problem, ProblemCode } from './problem.ts';

/** Where a field stands in the text: its name or what was written for it. */
export type Locate = (path: FieldPath, part: 'Key' | 'Value') => Position;

/** Problems that have a position already keep it. */
export function locateProblems(problems: readonly Problem[], locate: Locate): Problem[] {
  return problems.map((problem) => ({
    ...problem,
    position: problem.position ?? locate(problem.path, aboutValue.has(problem.code) ? 'Value' : 'Key'),
  }));
}

const aboutValue: ReadonlySet<ProblemCode> = new Set([
  'WrongKind',
  'WrongApiVersion',
  'WrongType',
  'InvalidValue',
  'DuplicateItem',
  'NumberTooLarge',
  'PathNotAllowed',
  'UnitNotAllowed',
  'PossibleSecret',
]);
