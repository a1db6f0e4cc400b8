/**
 * Work that has to end in time: bounded by a clock, and by callers who may no longer need it. No timer
 * outlives the work.
 */

import { setMaxListeners } from 'node:events';
import { type Clock, systemClock } from './clock.ts';

/** The work took longer than it was allowed to. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
  /** How long it was allowed to take. */
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    super(`no answer within ${milliseconds} ms`);
    this.milliseconds = milliseconds;
  }
}

export interface DeadlineOptions {
  readonly clock?: Clock;
  /** Each of these ends the work before its time, with the reason of the signal. */
  readonly signals?: readonly (AbortSignal | undefined)[];
}

/** A time limit that can be set anew while the work goes on. Call `end` when the work is done. */
export class Deadline {
  readonly #clock: Clock;
  readonly #exceeded = new AbortController();
  readonly #ended = new AbortController();
  #timer = new AbortController();

  constructor({ clock = systemClock, signals = [] }: DeadlineOptions = {}) {
    this.#clock = clock;
    for (const signal of signals) {
      if (!signal) continue;
      const abort = () => this.#exceeded.abort(signal.reason);
      if (signal.aborted) abort();
      // Many deadlines wait for one signal, such as that of a connection. Node.js would warn on standard
      // error from 11 on.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', abort, { signal: this.#ended.signal });
    }
  }

  /** Aborted with a DeadlineError when the time is over, or with the reason of a signal that was given. */
  get signal(): AbortSignal {
    return this.#exceeded.signal;
  }

  /** The time that is left, counted from now. Replaces what was set before. */
  set(milliseconds: number): void {
    this.#timer.abort();
    const timer = new AbortController();
    this.#timer = timer;
    const exceed = () => {
      if (!timer.signal.aborted) this.#exceeded.abort(new DeadlineError(milliseconds));
    };
    this.#clock.sleep(milliseconds, timer.signal).then(exceed, () => undefined);
  }

  /** Stops the timer. From now on nothing aborts the signal. */
  end(): void {
    this.#timer.abort();
    this.#ended.abort();
  }
}

/**
 * The result of `work`, which gets a signal that says when to stop. Rejects at the deadline even if the work
 * does not heed that signal.
 * @throws DeadlineError when the time is over; the reason of a given signal; whatever the work throws
 */
export async function withDeadline<Value>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<Value>,
  options?: DeadlineOptions,
): Promise<Value> {
  const deadline = new Deadline(options);
  try {
    deadline.signal.throwIfAborted();
    deadline.set(milliseconds);
    return await orAborted(deadline.signal, work(deadline.signal));
  } finally {
    deadline.end();
  }
}

/** The result of the promise, or a rejection with the signal's reason as soon as that is aborted. */
export function orAborted<Value>(signal: AbortSignal, promise: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
