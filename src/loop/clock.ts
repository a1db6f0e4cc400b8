/** Time, as an argument: tests decide it. */

/** Time, passed in so that tests decide it. */
export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
