/** Time as an argument, so that tests decide it. */

import { setTimeout as delay } from 'node:timers/promises';

/** A clock that only moves forward, whatever happens to the date of the machine. */
export interface Clock {
  /** Milliseconds since some moment in the past. Only differences mean something. */
  now(): number;
  /** Resolves after so many milliseconds. Rejects as soon as the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of this process. A sleep keeps the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: async (milliseconds, signal) => {
    await delay(milliseconds, undefined, signal ? { signal } : {});
  },
};
