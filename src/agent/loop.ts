/**
 * The agent's loop over one node: a pass whenever something may have changed, or when the last one has to be
 * repeated.
 */

import type { Clock } from '../loop/clock.ts';
import { WorkQueue } from '../loop/work-queue.ts';
import type { Rest } from '../node/model/action.ts';
import { isOpen } from '../node/model/event.ts';
import type { Outcome } from '../node/model/outcome.ts';
import { newsOf, nothingLogged } from './news.ts';
import { type CountedRest, restAfter } from './rest.ts';
import { reasonToTryAgain, TryAgain } from './try-again.ts';

export interface AgentLoopOptions {
  /** @param resting the interrupted change that is not to be tried again yet */
  readonly pass: (resting: Rest | undefined) => Promise<Outcome>;
  /**
   * Publishes the outcome. If it throws, the pass is repeated after a delay, and its outcome is reported
   * again.
   */
  readonly report?: (outcome: Outcome) => Promise<void>;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: AgentLog;
}

export interface AgentLog {
  /** Called for an outcome that changed something or has a new complaint, and for no other. */
  outcome(outcome: Outcome): void;
  /** Called when a pass is going to be repeated, unless the log has the reason already. */
  retry(error: unknown, delayMilliseconds: number): void;
}

const node = 'node';

/** One worker runs one pass at a time; events only put the node into its queue. */
export class AgentLoop {
  readonly #options: AgentLoopOptions;
  readonly #queue: WorkQueue<string>;
  #logged = nothingLogged;
  /** Why the last report failed; '' if it did not. */
  #reportError = '';
  #rest: CountedRest | undefined;
  /** The last pass threw or could not undo its change: see `noticeHost`. */
  #isStuck = false;
  /** A host event came while stuck; it gets its pass later. */
  #isEventWaiting = false;
  /** The source had something new since the last pass began. */
  #isAsked = true;

  constructor(options: AgentLoopOptions) {
    const { clock, random, log } = options;
    this.#options = options;
    this.#queue = new WorkQueue<string>({
      work: () => this.#work(),
      clock,
      random,
      onError: (_key, error, delay) => {
        if (!(error instanceof TryAgain) || error.isNews) log.retry(error, delay);
      },
    });
    this.#queue.add(node);
  }

  /**
   * The source may have something new: the next pass begins at once, even if one waits for its next try. What
   * failed before may succeed now, so the delays begin anew as well.
   */
  notice(): void {
    this.#isAsked = true;
    this.#queue.forget(node);
    this.#queue.add(node);
  }

  /**
   * Something may have changed on the host, or will have in so many milliseconds. If the last pass got stuck,
   * it may have made these changes itself and would repeat itself without end, so its next try is not brought
   * forward.
   */
  noticeHost(milliseconds: number): void {
    if (milliseconds > 0) this.#queue.addAfter(node, milliseconds);
    else if (this.#isStuck) this.#isEventWaiting = true;
    else this.#queue.add(node);
  }

  /** A person asked for another try: the pause of an interrupted change is over. */
  endRest(): void {
    this.#rest = undefined;
  }

  /** Runs until `stop` is aborted; a pass that has begun is finished first. */
  run(stop: AbortSignal): Promise<void> {
    return this.#queue.run(stop);
  }

  async #work(): Promise<void> {
    const { clock, random } = this.#options;
    const isAsked = this.#isAsked;
    this.#isAsked = false;
    const outcome = await this.#pass();
    this.#rest = restAfter(outcome, this.#rest, clock.now(), random());
    const isNews = this.#logIfNew(outcome, isAsked);
    await this.#report(outcome);
    const rest = this.#remainingRest();
    if (rest > 0) this.#queue.addAfter(node, rest);
    const reason = reasonToTryAgain(outcome);
    // The line for a Kept outcome has said everything already.
    if (reason !== undefined) throw new TryAgain(reason, isNews && outcome.kind !== 'Kept');
  }

  async #pass(): Promise<Outcome> {
    const resting = this.#remainingRest() > 0 ? this.#rest : undefined;
    const outcome = await this.#options.pass(resting).catch((error: unknown) => {
      this.#isStuck = true;
      throw error;
    });
    this.#isStuck = outcome.kind === 'Changed' && isOpen(outcome.result);
    if (!this.#isStuck && this.#isEventWaiting) {
      this.#isEventWaiting = false;
      this.#queue.add(node);
    }
    return outcome;
  }

  #logIfNew(outcome: Outcome, isAsked: boolean): boolean {
    const { isNews, logged } = newsOf(outcome, this.#logged, isAsked);
    this.#logged = logged;
    if (isNews) this.#options.log.outcome(outcome);
    return isNews;
  }

  /** @throws TryAgain when the outcome could not be reported */
  async #report(outcome: Outcome): Promise<void> {
    const before = this.#reportError;
    this.#reportError = (await this.#options.report?.(outcome).then(() => '', messageOf)) ?? '';
    if (this.#reportError === '') return;
    throw new TryAgain(`the outcome could not be reported: ${this.#reportError}`, this.#reportError !== before);
  }

  /** In milliseconds; 0 or less if no change rests. */
  #remainingRest(): number {
    return this.#rest === undefined ? 0 : this.#rest.until - this.#options.clock.now();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
