/** The agent's loop over one node: whenever something may have changed, one pass; what failed for no fault of the change is tried again. */

import type { Problem } from '../api/problem.ts';
import type { Clock } from '../loop/clock.ts';
import { backOff, WorkQueue } from '../loop/work-queue.ts';
import type { Rest } from '../node/model/action.ts';
import type { Outcome } from '../node/model/outcome.ts';

export interface AgentOptions {
  /** @param resting what is not to be tried again yet */
  readonly pass: (resting: Rest | undefined) => Promise<Outcome>;
  /** Tells whoever is to know what came of a pass; it throws when that has to be tried again, with the pass. */
  readonly report?: (outcome: Outcome) => Promise<void>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: AgentLog;
}

/** One line for a pass that changed something or found something new to complain of, none for any other. */
export interface AgentLog {
  outcome(outcome: Outcome): void;
  retry(error: unknown, delayMilliseconds: number): void;
}

export interface Agent {
  /** Something may have changed. */
  notice(): void;
  /** Something may have changed on the host, so many milliseconds from now. It does not hasten what has just failed: that may have been ourselves. */
  noticeHost(milliseconds: number): void;
  run(stop: AbortSignal): Promise<void>;
}

/** A pass that should be repeated although nobody changed anything. */
export class TryAgain extends Error {
  override readonly name = 'TryAgain';
  /** Whether the log has heard of the reason just now; else there is nothing to say. */
  readonly isNews: boolean;

  constructor(reason: string, isNews: boolean) {
    super(reason);
    this.isNews = isNews;
  }
}

const node = 'node';

/** The first rest is half a minute, less up to a half of it at random; each one after it is twice as long. */
const restExponent = 5;

export function makeAgent({ pass, report, clock, random, log }: AgentOptions): Agent {
  let lastComplaint = '';
  let lastUntold = '';
  let rest: (Rest & { readonly tries: number; readonly until: number }) | undefined;
  /** What failed on the host may have touched it, and would hasten itself for ever. */
  let isStuck = false;
  let isMissed = false;
  /** Whether the source had something to say since the last pass, and what the pass after an undo would say that nobody asked for. */
  let isAsked = true;
  let echo: string | undefined;
  const work = async () => {
    const wasAsked = isAsked;
    isAsked = false;
    const outcome = await pass(rest && rest.until > clock.now() ? rest : undefined).catch((error: unknown) => {
      isStuck = true;
      throw error;
    });
    isStuck = outcome.kind === 'Changed' && outcome.result.kind === 'NotUndone';
    if (!isStuck && isMissed) queue.add(node);
    isMissed &&= isStuck;
    if (outcome.kind === 'Changed') {
      const { result, record } = outcome;
      if (result.kind === 'Undone' && result.verdict.kind === 'Interrupted') {
        const inputs = record.inputs?.id ?? null;
        const tries = rest?.inputs === inputs ? rest.tries + 1 : 1;
        rest = { inputs, reason: result.verdict.reason, tries, until: clock.now() + backOff(tries + restExponent, random()) };
      } else if (result.kind === 'Committed') rest = undefined;
    }
    const complaint = complaintOf(outcome);
    const isEcho = !wasAsked && complaint === echo;
    const isNews = !isEcho && (complaint !== lastComplaint || (outcome.kind === 'Changed' && outcome.result.kind !== 'Refused'));
    if (isNews) log.outcome(outcome);
    if (!isEcho) lastComplaint = complaint;
    echo = isEcho ? echo : echoOf(outcome);
    const untold = report === undefined ? '' : await report(outcome).then(() => '', reasonOf);
    const isNewlyUntold = untold !== lastUntold;
    lastUntold = untold;
    if (untold !== '') throw new TryAgain(`the outcome could not be reported: ${untold}`, isNewlyUntold);
    if (rest && rest.until > clock.now()) queue.addAfter(node, rest.until - clock.now());
    const again = reasonToTryAgain(outcome);
    if (again !== undefined) throw new TryAgain(again, isNews && outcome.kind !== 'Kept');
  };
  const queue = new WorkQueue<string>({
    work,
    clock,
    random,
    onError: (_key, error, delay) => {
      if (!(error instanceof TryAgain) || error.isNews) log.retry(error, delay);
    },
  });
  queue.add(node);
  const noticeHost = (milliseconds: number) => {
    if (milliseconds > 0) queue.addAfter(node, milliseconds);
    else if (isStuck) isMissed = true;
    else queue.add(node);
  };
  const notice = () => {
    isAsked = true;
    queue.add(node);
  };
  return { notice, noticeHost, run: (stop) => queue.run(stop) };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An undo is heard on the host too, and the pass that comes of it finds what has just been said. */
function echoOf(outcome: Outcome): string | undefined {
  if (outcome.kind !== 'Changed' || outcome.result.kind !== 'Undone') return undefined;
  const { kind, reason } = outcome.result.verdict;
  return keptComplaint({ problems: [], ...(kind === 'Failed' ? { failedBefore: reason } : { interruptedBy: reason }) });
}

type Kept = Extract<Outcome, { kind: 'Kept' }>;

function complaintOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'Kept':
      return keptComplaint(outcome);
    case 'Unreadable':
      return outcome.error.message;
    case 'Changed':
      if (outcome.result.kind === 'Refused') return JSON.stringify(outcome.result.errors.map(({ message }) => message));
      // As the passes after it will say it, which find nothing else to complain of.
      if (outcome.result.kind === 'Committed' && outcome.unresolved) return keptComplaint({ problems: outcome.unresolved });
      return outcome.warnings.length === 0 ? '' : JSON.stringify(outcome.warnings.map(essence));
    case 'Waiting':
      return JSON.stringify([outcome.request.id, outcome.why, outcome.warnings.map(essence)]);
    case 'Unchanged':
      return outcome.warnings.length === 0 ? '' : JSON.stringify(outcome.warnings.map(essence));
    default:
      return outcome satisfies never;
  }
}

function keptComplaint({ problems, failedBefore, interruptedBy }: Pick<Kept, 'problems' | 'failedBefore' | 'interruptedBy'>) {
  return JSON.stringify([problems.map(essence), failedBefore, interruptedBy]);
}

function essence({ code, path, reason, position }: Problem) {
  return [code, path, reason, position?.file, position?.line];
}

/**
 * Also for what a person has to put right: that may be on the host, and nobody tells us. Not for what failed: then the source has to change;
 * nor for what was interrupted, which has a rest of its own.
 */
function reasonToTryAgain(outcome: Outcome): string | undefined {
  if (outcome.kind === 'Unreadable') return outcome.error.message;
  if (outcome.kind === 'Kept') return outcome.problems[0]?.reason;
  if (outcome.kind === 'Waiting') return outcome.why;
  if (outcome.kind !== 'Changed') return undefined;
  const { result } = outcome;
  switch (result.kind) {
    case 'Committed':
      return undefined;
    case 'Refused':
      return result.errors[0]?.message;
    case 'Undone':
      return undefined;
    case 'NotUndone':
      return result.verdict.reason;
    default:
      return result satisfies never;
  }
}
