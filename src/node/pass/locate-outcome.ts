/** Adds to the problems of an outcome their places in the files that the objects came from. Pure. */

import type { Problem } from '../../api/problem.ts';
import type { SourceAnswer } from '../model/desired-state.ts';
import type { Outcome } from '../model/outcome.ts';

/** Returns the same outcome, with file and line for each problem for which the source knows them. */
export function locateOutcome(outcome: Outcome, source: SourceAnswer): Outcome {
  const located = source.kind === 'Answers' ? source.located : undefined;
  if (!located) return outcome;
  switch (outcome.kind) {
    case 'Kept':
      return { ...outcome, problems: located(outcome.problems) };
    case 'Unchanged':
    case 'Waiting':
      return { ...outcome, warnings: located(outcome.warnings) };
    case 'Changed':
      return { ...outcome, warnings: located(outcome.warnings), ...unresolved(outcome.unresolved, located) };
    case 'Unreadable':
      return outcome;
    default:
      return outcome satisfies never;
  }
}

function unresolved(problems: readonly Problem[] | undefined, located: (problems: readonly Problem[]) => Problem[]) {
  return problems && { unresolved: located(problems) };
}
