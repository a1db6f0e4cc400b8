/**
 * The queue between events and work, with the contract of controller-runtime. Events only put keys in. A
 * waiting key is in the queue once. One worker takes the keys one by one, so a key is never worked on twice
 * at the same time; a key that comes in during its own pass gets another pass afterwards. A pass that throws
 * is repeated, after a delay that doubles each time.
 */

import type { Clock } from './clock.ts';
import { WakeUp } from './wake-up.ts';

export interface WorkQueueOptions<Key> {
  /** One pass over one key. */
  readonly work: (key: Key) => Promise<void>;
  /** Called for every pass that threw, with the milliseconds until it is repeated. */
  readonly onError: (key: Key, error: unknown, delayMilliseconds: number) => void;
  readonly clock: Clock;
  /** From 0 to 1. Spreads the repetitions of passes that failed together. */
  readonly random: () => number;
}

/** In milliseconds: the delay after the first failure. */
export const shortestDelay = 1_000;
/** In milliseconds. */
export const longestDelay = 300_000;

/**
 * Milliseconds until the next try. Doubles from one second to five minutes; up to half of it is taken off at
 * random.
 * @param failures in a row, from 1
 * @param random from 0 to 1
 */
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

  /** Makes the key ready at once, even if it waits after a failure: there is news. */
  add(key: Key): void {
    this.#due.delete(key);
    this.#ready.add(key);
    this.#wakeUp.wake();
  }

  /** Forgets how often the key has failed: its next failure is the first again. */
  forget(key: Key): void {
    this.#failures.delete(key);
  }

  /** Makes the key ready after a time, unless it is added before. The earliest of several times counts. */
  addAfter(key: Key, milliseconds: number): void {
    if (this.#ready.has(key)) return;
    const due = this.#options.clock.now() + milliseconds;
    this.#due.set(key, Math.min(due, this.#due.get(key) ?? due));
    this.#wakeUp.wake();
  }

  /** Works until stopped. A pass that has begun is finished first. */
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
