/**
 * The clock of the API server, so that agents and controllers agree on the time, whatever their own machines
 * take it to be.
 */

import type { Clock } from '../loop/clock.ts';

/** Goes on from the date of the last answer by our own monotonic clock. */
export class ServerClock {
  readonly #clock: Pick<Clock, 'now'>;
  /** The server's time minus ours, in milliseconds; undefined before any answer. */
  #offset: number | undefined;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** @param date the header `Date` of an answer that has just come; one that cannot be read is ignored */
  answered(date: string | undefined): void {
    const milliseconds = Date.parse(date ?? '');
    if (!Number.isNaN(milliseconds)) this.#offset = milliseconds - this.#clock.now();
  }

  /** Milliseconds since 1970. */
  now(): number | undefined {
    return this.#offset === undefined ? undefined : this.#offset + this.#clock.now();
  }
}
