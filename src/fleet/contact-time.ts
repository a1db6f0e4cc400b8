/**
 * The clock for everything that agents are given time for: it stands still while the API server cannot be
 * seen. What agents do meanwhile cannot be seen either, so it must not be held against them.
 */

export class ContactTime {
  readonly #now: () => number;
  #withoutContact = 0;
  #lostSince: number | undefined;

  /** @param now milliseconds, monotonic */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The API server cannot be seen. */
  lost(): void {
    this.#lostSince ??= this.#now();
  }

  /** The API server is seen. */
  found(): void {
    if (this.#lostSince !== undefined) this.#withoutContact += this.#now() - this.#lostSince;
    this.#lostSince = undefined;
  }

  /** Milliseconds, without those between lost() and found(). */
  now(): number {
    return this.#now() - this.#withoutContact;
  }
}
