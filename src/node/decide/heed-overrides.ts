/** What a decision becomes when other files or programs decide what the unit starts. Pure. */

import type { Problem } from '../../api/problem.ts';
import type { Action } from '../model/action.ts';

/**
 * A change that would not have its effect is not made; a node that seems in order is not. A repair without a
 * restart is made all the same, and so is a change of the journal alone.
 *
 * @param problems as `lookAtUnit` returns them
 */
export function heedOverrides(action: Action, problems: readonly Problem[]): Action {
  if (problems.length === 0) return action;
  switch (action.kind) {
    case 'Nothing':
      return { kind: 'Keep', because: 'Overridden', problems };
    case 'Keep':
      return { ...action, problems: joined(action.problems, problems) };
    case 'Ask':
    case 'Change':
      if (action.unnoticedBy === undefined && action.steps.length > 0) return { kind: 'Keep', because: 'Unknown', problems };
      return { ...action, unresolved: joined(action.unresolved ?? [], problems) };
    default:
      return action satisfies never;
  }
}

function joined(known: readonly Problem[], found: readonly Problem[]): Problem[] {
  return [...found.filter(({ reason }) => !known.some((one) => one.reason === reason)), ...known];
}
