/** Time that stands still until a test moves it. */

import type { Clock } from '../../src/loop/clock.ts';

export interface ManualClock extends Clock {
  /** Moves time on and wakes, in the order of their times, all who slept until then; settles what they do at once before the next. */
  advance(milliseconds: number): Promise<void>;
  /** How many are asleep. */
  readonly sleepers: number;
}

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

export function manualClock(start = 0): ManualClock {
  let time = start;
  const sleepers = new Set<Sleeper>();

  function earliest(limit: number): Sleeper | undefined {
    return [...sleepers].filter(({ until }) => until <= limit).sort((one, other) => one.until - other.until)[0];
  }

  return {
    now: () => time,
    get sleepers() {
      return sleepers.size;
    },
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const sleeper: Sleeper = {
          until: time + milliseconds,
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', abort);
            resolve();
          },
        };
        const abort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', abort, { once: true });
        sleepers.add(sleeper);
      }),
    advance: async (milliseconds) => {
      const limit = time + milliseconds;
      await settle();
      for (let next = earliest(limit); next; next = earliest(limit)) {
        time = Math.max(time, next.until);
        next.wake();
        await settle();
      }
      time = limit;
    },
  };
}

/** One turn of the event loop: every promise that can go on without time has gone on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
