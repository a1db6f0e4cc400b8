/** Prints the outcome of one pass; the exit code that goes with it. */

import type { Problem, ProblemCode } from '../../api/problem.ts';
import type { TransactionEvent } from '../../node/model/event.ts';
import type { Outcome } from '../../node/model/outcome.ts';
import { describeOutcome, summary } from '../../node/report/describe-outcome.ts';
import { type ExitCode, exitCodes } from '../failure.ts';
import { printAs, printProblems, type Terminal } from './terminal.ts';

/**
 * For a pass that a person has asked for: prints its problems, then its outcome in words or as data.
 * @param problems those of the outcome, with their places
 */
export function printOutcome(
  outcome: Outcome,
  problems: readonly Problem[],
  events: readonly TransactionEvent[],
  format: 'json' | 'yaml' | undefined,
  terminal: Terminal,
): ExitCode {
  printProblems(problems, terminal);
  if (format) printAs(format, summary(outcome, problems, events), terminal);
  else for (const line of describeOutcome(outcome)) terminal.out(line);
  return exitCodeOf(outcome);
}

/** Codes of problems that no object causes: the exit code says that the host is in the way. */
const ofTheHost: readonly ProblemCode[] = ['Held', 'UnitHeld', 'PolicyStateInTheWay', 'PortTaken'];

function exitCodeOf(outcome: Outcome): ExitCode {
  switch (outcome.kind) {
    case 'Unchanged':
      return exitCodes.ok;
    case 'Kept':
      return outcome.problems.some(({ code }) => ofTheHost.includes(code)) ? exitCodes.host : exitCodes.invalid;
    case 'Unreadable':
    case 'Waiting':
      return exitCodes.host;
    case 'Changed':
      if (outcome.result.kind === 'Undone' && outcome.result.kubeletDown !== undefined) return exitCodes.notUndone;
      return { Committed: exitCodes.ok, Refused: exitCodes.host, Undone: exitCodes.undone, NotUndone: exitCodes.notUndone }[
        outcome.result.kind
      ];
    default:
      return outcome satisfies never;
  }
}
