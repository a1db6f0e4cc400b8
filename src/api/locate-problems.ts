/** Gives problems their place in the file that a person wrote. */

import type { FieldPath, Position, Problem, ProblemCode } from './problem.ts';

/** The place of a field in the text: that of its name (`Key`) or of its value. */
export type Locate = (path: FieldPath, part: 'Key' | 'Value') => Position;

/**
 * Gives each problem its position: the value of the field where the value is wrong, else its name. Others
 * keep theirs.
 */
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
  'NotExpanded',
]);
