/** Gives problems their place in the file that a person wrote. */

import type { FieldPath, Position, Problem, ProblemCode } from './problem.ts';

/** A number, true or false as this program reads it, and as a person wrote it: 8 and `010`, true and `y`. */
export interface Written {
  readonly value: string;
  readonly source: string;
}

/** The place of a field in the text: that of its name (`Key`, if nothing is said) or of its value. */
export interface Locate {
  (path: FieldPath, part?: 'Key' | 'Value'): Position;
  /** Undefined for a field that is no number, true or false. */
  readonly written?: (path: FieldPath) => Written | undefined;
}

/**
 * Gives each problem its position: the value of the field where the value is wrong, else its name. Others
 * keep theirs.
 */
export function locateProblems(problems: readonly Problem[], locate: Locate): Problem[] {
  return problems.map((problem) => ({
    ...asWritten(problem, locate.written?.(problem.writtenAt ?? problem.path)),
    position: problem.position ?? locate(problem.writtenAt ?? problem.path, aboutValue.has(problem.code) ? 'Value' : 'Key'),
  }));
}

/** A remedy is made of what the person wrote: of `version: 1.30` it is "1.30" that needs quotes. */
function asWritten(problem: Problem, written: Written | undefined): Problem {
  if (written === undefined || written.value === written.source) return problem;
  const value = written.value.replace(/[.+]/g, '\\$&');
  const reason = problem.reason.replace(new RegExp(`\\bfound ${value}(?![\\w.])`), () => `found ${written.source}`);
  const quoted = new RegExp(`(["[])${value}(?=[a-z]*["\\]])`, 'g');
  const remedy = problem.remedy.replace(quoted, (_, open: string) => open + written.source);
  return { ...problem, reason, remedy };
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
  'ComputedInvalid',
  'ComputedFailed',
  'ComputedCycle',
]);
