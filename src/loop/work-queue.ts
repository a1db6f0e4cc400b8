/**
 * The queue between events and work, with controller-runtime's contract: events only put keys in; a key that waits is there once; one worker, so
 * a key is never worked on twice at a time, and one that comes in while it is being worked on is worked on again afterwards. A pass that throws
 * is repeated after a delay that doubles each time, until one succeeds.
 */

import type { Clock } from './clock.ts';
import { WakeUp } from './wake-up.ts';

export interface WorkQueueOptions<Key> {
  readonly work: (key: Key) => Promise<void>;
  /** Called for every pass that threw, with the milliseconds until the next. */
  readonly onError: (key: Key, error: unknown, delayMilliseconds: number) => void;
  readonly clock: Clock;
  /** From 0 to 1, spreads what failed together over time. */
  readonly random: () => number;
}

export const shortestDelay = 1_000;
export const longestDelay = 300_000;

/** Doubles from a second to five minutes, less up to a half of it at random. `failures` counts from 1. */
export function backOff(failures: number, random: number): number {
  return Math.min(longestDelay, shortestDelay * 2 ** (failures - 1)) * (1 - random / 2);
}

export class WorkQueue<Key> {
  readonly #options: WorkQueueOptions<Key>;
  readonly #ready = new Set<Key>();
  readonly #due = new Map<Key, number>();
  readonly #failures = new Map<Key, number>();
  readonly #wakeUp = new WakeUp();

  constructor(options: WorkQueueOptions<Key>) {
    this.#options = options;
  }

  /** At once, also when the key was waiting for its next try: something is new. */
  add(key: Key): void {
    this.#due.delete(key);
    this.#ready.add(key);
    this.#wakeUp.wake();
  }

  /** Unless it is added before. */
  addAfter(key: Key, milliseconds: number): void {
    if (this.#ready.has(key)) return;
    const due = this.#options.clock.now() + milliseconds;
    this.#due.set(key, Math.min(due, this.#due.get(key) ?? due));
    this.#wakeUp.wake();
  }

  /** Works until stopped; a pass that has begun is finished first. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const [key] = this.#ready;
      if (key === undefined) await this.#wakeUp.wait(this.#options.clock, this.#nextDue(), stop);
      else await this.#pass(key);
      this.#promote();
    }
  }

  async #pass(key: Key): Promise<void> {
    const { work, onError, random } = this.#options;
    this.#ready.delete(key);
    try {
      await work(key);
      this.#failures.delete(key);
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      const delay = backOff(failures, random());
      this.#failures.set(key, failures);
      this.addAfter(key, delay);
      onError(key, error, delay);
    }
  }

  #nextDue(): number | undefined {
    return this.#due.size === 0 ? undefined : Math.min(...this.#due.values());
  }

  #promote(): void {
    const now = this.#options.clock.now();
    for (const [key, due] of this.#due) {
      if (due > now) continue;
      this.#due.delete(key);
      this.#ready.add(key);
    }
  }
}
