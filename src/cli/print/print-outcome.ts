/** Prints the outcome of one pass; the exit code that goes with it. */

import type { Problem, ProblemCode } from '../../api/problem.ts';
import type { TransactionEvent } from '../../node/model/event.ts';
import type { Outcome } from '../../node/model/outcome.ts';
import { describeOutcome, summary } from '../../node/report/describe-outcome.ts';
import { faultsOf } from '../../node/report/outcome-faults.ts';
import { CommandFailure, type ExitCode, exitCodes } from '../failure.ts';
import { invalid } from '../flags/intent.ts';
import { printAs, printProblems, reportedProblems, say, type Terminal } from './terminal.ts';

/**
 * For a pass that a person has asked for: prints its problems, then its outcome in words or as data.
 * @param problems those of the outcome, with their places
 * @param exitCode the one of the outcome, if nothing else is said
 */
export function printOutcome(
  outcome: Outcome,
  problems: readonly Problem[],
  events: readonly TransactionEvent[],
  terminal: Terminal,
  exitCode = exitCodeOf(outcome),
): ExitCode {
  printProblems(problems, terminal);
  if (!terminal.format) {
    for (const line of describeOutcome(outcome)) say(line, terminal);
    return exitCode;
  }
  const data = summary(outcome, reportedProblems(terminal), events);
  printAs(
    terminal.format,
    exitCode === exitCodes.ok ? data : { error: { ...errorOf(outcome, data), exitCode }, ...data },
    terminal,
  );
  return exitCode;
}

/** The error that the exit code is about, as `printError` gives it. */
function errorOf(outcome: Outcome, { problems, message }: ReturnType<typeof summary>) {
  const [fault] = faultsOf(outcome);
  const errors = problems.filter(({ severity }) => severity === 'error');
  const found = fault ?? errors.find(({ code }) => isOfTheHost(code)) ?? errors[0];
  return found ?? ({ severity: 'error', code: 'Kept', path: [], reason: message, remedy: 'see kubelet-config status' } as const);
}

/** Codes of problems that no object causes: the exit code says that the host is in the way. */
const ofTheHost: readonly string[] = ['Held', 'UnitHeld', 'PolicyStateInTheWay', 'PortTaken'] satisfies ProblemCode[];

function isOfTheHost(code: string): boolean {
  return ofTheHost.includes(code);
}

/** The exit code for a host that stays as it is because of these problems. */
export function keptExitCode(problems: readonly Problem[]): ExitCode {
  return problems.some(({ code }) => isOfTheHost(code)) ? exitCodes.host : exitCodes.invalid;
}

/** How a command ends that would leave the host as it is, because of these problems; it has reported them. */
export function keptFailure(problems: readonly Problem[], terminal: Terminal): CommandFailure {
  const first = problems.find(({ code }) => isOfTheHost(code));
  if (!first) return invalid(terminal);
  const { code, reason, remedy } = first;
  return new CommandFailure(exitCodes.host, `${reason}; nothing would be changed`, remedy, { code });
}

function exitCodeOf(outcome: Outcome): ExitCode {
  switch (outcome.kind) {
    case 'Unchanged':
      return exitCodes.ok;
    case 'Kept':
      return keptExitCode(outcome.problems);
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
