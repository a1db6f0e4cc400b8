/** Writes into the NodeKubelet how far a change is, if the change takes so long that a person may wonder. */

import type { Progress } from '../../node/report/progress.ts';

/**
 * In milliseconds. Most changes are over sooner and cost no write; each write goes to the controller, and a
 * rollout has a budget of writes.
 */
const intervalMilliseconds = 15_000;

/** The progress of one change at a time. */
export class ClusterProgress {
  readonly #write: (progress: Progress) => Promise<void>;
  #latest: Progress | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  /** @param write never throws */
  constructor(write: (progress: Progress) => Promise<void>) {
    this.#write = write;
  }

  /** Notes the progress; it is written when the interval is over, unless `end` is called before. */
  tell(progress: Progress): void {
    this.#latest = progress;
    this.#timer ??= setTimeout(() => this.#due(), intervalMilliseconds).unref();
  }

  /** Resolves when nothing more will be written of this change. */
  end(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#latest = undefined;
    return this.#writing;
  }

  #due(): void {
    this.#timer = undefined;
    if (this.#latest) this.#writing = this.#write(this.#latest);
    this.#latest = undefined;
  }
}
