/** One of several processes works, the others wait: who holds a Lease leads, until it cannot say in time that it still does. */

import type { Clock } from '../loop/clock.ts';
import { DeadlineError, withDeadline } from '../loop/deadline.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { type Hold, LeaseLock } from './lease-lock.ts';

export interface LeadOptions {
  readonly api: KubernetesApi;
  readonly namespace: string;
  /** Of the Lease. */
  readonly name: string;
  /** Of this process alone, e.g. the pod's name and a random part. */
  readonly identity: string;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  /** For the times in the Lease, which only people read. */
  readonly date?: () => Date;
  readonly signal: AbortSignal;
  /** The work of who leads. Its signal says to end it: nobody else begins before it has ended, unless we could not renew. */
  readonly onStartedLeading: (signal: AbortSignal) => Promise<void>;
  readonly onNewLeader?: (identity: string) => void;
  readonly log?: (error: unknown) => void;
}

// client-go's.
const leaseSeconds = 15;
/** Sooner than others may take it. */
const renewMilliseconds = 10_000;
const retryMilliseconds = 2_000;
const jitter = 1.2;
/** One answer that does not come must not cost the lease. */
const attemptMilliseconds = renewMilliseconds / 2;

/**
 * Waits for the lease, leads, and gives it back. Resolves when the work has ended: `Lost` when that was because the lease could not be
 * renewed (the caller may try again), `Stopped` because of the signal or by itself.
 * @throws what the work throws, after giving the lease back
 */
export async function lead(options: LeadOptions): Promise<'Stopped' | 'Lost'> {
  const { clock, signal, onStartedLeading, log, date = () => new Date() } = options;
  const lock = new LeaseLock({ ...options, leaseSeconds, date });
  const held = await acquire(lock, options);
  if (held === undefined) return 'Stopped';

  const release = () => lock.release().catch((error: unknown) => log?.(error));
  if (signal.aborted) {
    await release();
    return 'Stopped';
  }
  const leading = new AbortController();
  const stop = () => leading.abort();
  signal.addEventListener('abort', stop);
  const ended = new AbortController();
  const work = onStartedLeading(leading.signal).finally(() => ended.abort());
  // It is awaited below, but it may fail before we get there.
  work.catch(() => undefined);
  try {
    const isHeld = await renew(lock, { clock, held, ended: ended.signal, ...(log && { log }) });
    if (!isHeld) {
      leading.abort();
      await work;
      return signal.aborted ? 'Stopped' : 'Lost';
    }
    await release();
    await work;
    return 'Stopped';
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** When the lease was last known to be ours, by the clock; none when stopped before. */
async function acquire(lock: LeaseLock, { clock, random, signal, log }: LeadOptions): Promise<number | undefined> {
  while (!signal.aborted) {
    const asked = clock.now();
    const hold = await tryHold(lock, { milliseconds: renewMilliseconds, clock, ended: signal, log });
    if (hold === 'Held') return asked;
    await sleep(clock, retryMilliseconds * (1 + jitter * random()), signal);
  }
  return undefined;
}

interface Renewal {
  readonly clock: Clock;
  readonly held: number;
  readonly ended: AbortSignal;
  readonly log?: (error: unknown) => void;
}

/** Until the work has ended: true; false when the lease is not ours any more, or might soon not be. */
async function renew(lock: LeaseLock, { clock, held, ended, log }: Renewal): Promise<boolean> {
  let deadline = held + renewMilliseconds;
  while (true) {
    await sleep(clock, Math.min(retryMilliseconds, deadline - clock.now()), ended);
    if (ended.aborted) return true;
    const asked = clock.now();
    // From when it was asked: others count from when they see it, which is later.
    if (asked >= deadline) return false;
    const milliseconds = Math.min(attemptMilliseconds, deadline - asked);
    const hold = await tryHold(lock, { milliseconds, clock, ended, log });
    if (hold === 'HeldByOther') return false;
    if (hold === 'Held') deadline = asked + renewMilliseconds;
  }
}

interface Attempt {
  readonly milliseconds: number;
  readonly clock: Clock;
  /** Aborted when the answer is no longer needed. */
  readonly ended: AbortSignal;
  readonly log?: ((error: unknown) => void) | undefined;
}

/** One attempt to take or keep the lease; undefined if it failed, took too long, or is no longer needed. */
async function tryHold(lock: LeaseLock, { milliseconds, clock, ended, log }: Attempt): Promise<Hold | undefined> {
  try {
    return await withDeadline(milliseconds, () => lock.hold(), { clock, signals: [ended] });
  } catch (error) {
    if (!ended.aborted && !(error instanceof DeadlineError)) log?.(error);
    return undefined;
  }
}

/** As long, or until the signal. */
function sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<undefined> {
  return clock.sleep(Math.max(0, milliseconds), signal).then(
    () => undefined,
    () => undefined,
  );
}
