/**
 * A process of the simulation: a controller, an agent, a whole machine. Everything reaches it through
 * `deliver`, so it can be killed, frozen, and cut off from the network.
 */

import type { Clock } from '../../src/loop/clock.ts';
import type { Timer, Timers } from './timers.ts';

export class SimulatedProcess {
  readonly name: string;
  readonly #timers: Timers;
  #isAlive = true;
  #frozenUntil = 0;
  #busyUntil = 0;
  readonly #meanwhile: (() => void)[] = [];
  /** Until then nothing reaches the API server, and nothing comes back. */
  cutOffUntil = 0;
  /** Until then its watches show nothing new, although its requests are answered. */
  blindUntil = 0;
  /**
   * Called once when it sends its next write to a NodeKubelet: something is to happen to it just then.
   * @returns milliseconds by which that write is held up on its way
   */
  atNextWrite: (() => number) | undefined;

  constructor(name: string, timers: Timers) {
    this.name = name;
    this.#timers = timers;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get isFrozen(): boolean {
    return this.#frozenUntil > this.#timers.now();
  }

  get isCutOff(): boolean {
    return this.cutOffUntil > this.#timers.now();
  }

  /** From now on nothing reaches it. What it has sent is on its way. */
  kill(): void {
    this.#isAlive = false;
  }

  /** Nothing happens in it until then; afterwards everything that was due meanwhile does. */
  freeze(until: number): void {
    this.#frozenUntil = Math.max(this.#frozenUntil, until);
  }

  /** It computes until then. What its watches bring meanwhile it sees at once when it is done. */
  compute(milliseconds: number): void {
    this.#busyUntil = Math.max(this.#busyUntil, this.#timers.now() + milliseconds);
  }

  /** Runs it now, or together with everything else that has come while the process was busy. */
  whenFree(run: () => void): void {
    if (this.#busyUntil <= this.#timers.now()) {
      run();
      return;
    }
    if (this.#meanwhile.push(run) > 1) return;
    this.deliver(this.#busyUntil, () => {
      for (const one of this.#meanwhile.splice(0)) one();
    });
  }

  deliver(time: number, run: () => void): Timer {
    let timer = this.#timers.at(time, () => {
      if (!this.#isAlive) return;
      if (!this.isFrozen) run();
      else timer = this.deliver(this.#frozenUntil, run);
    });
    return { cancel: () => timer.cancel() };
  }

  /** Its clock, which goes on while it is frozen. */
  get clock(): Clock {
    return {
      now: () => this.#timers.now(),
      sleep: (milliseconds, signal) =>
        new Promise((resolve, reject) => {
          signal?.throwIfAborted();
          const abort = () => {
            timer.cancel();
            reject(signal?.reason);
          };
          const timer = this.deliver(this.#timers.now() + milliseconds, () => {
            signal?.removeEventListener('abort', abort);
            resolve();
          });
          signal?.addEventListener('abort', abort, { once: true });
        }),
    };
  }
}
