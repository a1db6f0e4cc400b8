/**
 * How a loop waits for its next piece of work: until something is due, or until it is woken because something
 * came in.
 */

import type { Clock } from './clock.ts';

export class WakeUp {
  #wake: () => void = () => undefined;

  /** Ends the wait that is under way, if there is one. */
  wake(): void {
    this.#wake();
  }

  /**
   * Resolves when woken, stopped, or when the clock shows `due`.
   * @param due by the clock, in milliseconds; undefined: nothing is due by itself
   */
  async wait(clock: Clock, due: number | undefined, stop: AbortSignal): Promise<void> {
    if (stop.aborted) return;
    const woken = new AbortController();
    const wake = () => woken.abort();
    this.#wake = wake;
    stop.addEventListener('abort', wake);
    if (due === undefined) await aborted(woken.signal);
    else await clock.sleep(Math.max(0, due - clock.now()), woken.signal).catch(() => undefined);
    stop.removeEventListener('abort', wake);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
