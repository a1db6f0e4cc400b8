/**
 * Which outcomes get a line in the agent's log: a change of the host, or a complaint that is not there yet.
 * Pure.
 */

import type { Problem } from '../api/problem.ts';
import type { Outcome } from '../node/model/outcome.ts';

/** The complaints that the log has already. */
export interface Logged {
  /** Everything that the last outcome complained of, as JSON; '' for nothing. */
  readonly complaint: string;
  /** The complaint that the pass after an undo would repeat; undefined if the last outcome was no undo. */
  readonly echo: string | undefined;
}

export const nothingLogged: Logged = { complaint: '', echo: undefined };

/**
 * Whether the outcome is news, and what the log says after it.
 * @param isAsked whether the source had something new since the pass before
 */
export function newsOf(
  outcome: Outcome,
  before: Logged,
  isAsked: boolean,
): { readonly isNews: boolean; readonly logged: Logged } {
  const complaint = complaintOf(outcome);
  if (isEcho(complaint, before, isAsked)) return { isNews: false, logged: before };
  const isNews = complaint !== before.complaint || isChange(outcome);
  return { isNews, logged: { complaint, echo: echoOf(outcome) } };
}

/**
 * An undo writes files, the agent hears of them, and the pass that follows finds the failure that was just
 * logged. If the source asked for that pass, the answer is logged all the same: a person may wait for it.
 */
function isEcho(complaint: string, { echo }: Logged, isAsked: boolean): boolean {
  return !isAsked && complaint === echo;
}

/**
 * A change that reached the host is logged each time. A refused one is a complaint: it comes again with every
 * try.
 */
function isChange(outcome: Outcome): boolean {
  return outcome.kind === 'Changed' && outcome.result.kind !== 'Refused';
}

function echoOf(outcome: Outcome): string | undefined {
  if (outcome.kind !== 'Changed' || outcome.result.kind !== 'Undone') return undefined;
  const { kind, reason } = outcome.result.verdict;
  return keptComplaint({ problems: [], ...(kind === 'Failed' ? { failedBefore: reason } : { interruptedBy: reason }) });
}

type Kept = Extract<Outcome, { kind: 'Kept' }>;
type Changed = Extract<Outcome, { kind: 'Changed' }>;

function complaintOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'Kept':
      return keptComplaint(outcome);
    case 'Unreadable':
      return outcome.error.message;
    case 'Changed':
      return changeComplaint(outcome);
    case 'Waiting':
      return JSON.stringify([outcome.request.id, outcome.why, outcome.waitsFor, outcome.warnings.map(identifying)]);
    case 'Unchanged':
      return warningComplaint(outcome.warnings);
    default:
      return outcome satisfies never;
  }
}

function changeComplaint({ result, unresolved, warnings }: Changed): string {
  if (result.kind === 'Refused') return JSON.stringify(result.errors.map(({ message }) => message));
  // The passes after this one find nothing but the unresolved problems: the same text, so they are no news.
  if (result.kind === 'Committed' && unresolved) return keptComplaint({ problems: unresolved });
  return warningComplaint(warnings);
}

function warningComplaint(warnings: readonly Problem[]): string {
  return warnings.length === 0 ? '' : JSON.stringify(warnings.map(identifying));
}

function keptComplaint({
  problems,
  failedBefore,
  interruptedBy,
}: Pick<Kept, 'problems' | 'failedBefore' | 'interruptedBy'>): string {
  return JSON.stringify([problems.map(identifying), failedBefore, interruptedBy]);
}

/** The fields that tell one problem from another. */
function identifying({ code, path, reason, position }: Problem) {
  return [code, path, reason, position?.file, position?.line];
}
