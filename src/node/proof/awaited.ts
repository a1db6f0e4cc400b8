/** Tells what a proof waits for: when it becomes something else, and about once a second. */

import type { Awaited } from '../model/health.ts';

const intervalMilliseconds = 1_000;

/** One proof's announcements. */
export class Announcer {
  readonly #begun: number;
  readonly #timeoutSeconds: number;
  readonly #announce: ((awaited: Awaited) => void) | undefined;
  #what = '';
  #at = 0;

  /** @param begun when the proof began, in milliseconds */
  constructor(begun: number, timeoutSeconds: number, announce: ((awaited: Awaited) => void) | undefined) {
    this.#begun = begun;
    this.#timeoutSeconds = timeoutSeconds;
    this.#announce = announce;
  }

  /** Call it at each look. @param now milliseconds */
  waitsFor(what: string, now: number): void {
    if (what === this.#what && now - this.#at < intervalMilliseconds) return;
    this.#what = what;
    this.#at = now;
    const elapsedSeconds = Math.floor((now - this.#begun) / 1000);
    this.#announce?.({ what, elapsedSeconds, timeoutSeconds: this.#timeoutSeconds });
  }
}
