/**
 * Leader election: of several processes the one that holds a Lease works, until it fails to renew the Lease
 * in time.
 */

import type { Clock } from '../loop/clock.ts';
import { DeadlineError, withDeadline } from '../loop/deadline.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { LeaseLock } from './lease-lock.ts';

export interface LeadOptions {
  readonly api: KubernetesApi;
  readonly namespace: string;
  /** Name of the Lease. */
  readonly name: string;
  /** Unique for this process: the name of the pod and a random part. */
  readonly identity: string;
  /** How long the Lease lasts without a renewal; `defaultLeaseSeconds` by default. */
  readonly leaseSeconds?: number | undefined;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  /** The date for the times in the Lease, which only people read; the machine's by default. */
  readonly date?: () => Date;
  /** Ends the work and gives the Lease back. */
  readonly signal: AbortSignal;
  /**
   * The work of the leader. It must end when its signal is aborted: the Lease is given back only after it. If
   * the Lease could not be renewed, another process may begin in spite of that.
   * @param term `<uid of the Lease>/<leaseTransitions>`; no other leader has the same
   */
  readonly onStartedLeading: (signal: AbortSignal, term: string) => Promise<void>;
  /** Called for every holder that is seen, this process included. */
  readonly onNewLeader?: (identity: string) => void;
  /** Called for every failed request. */
  readonly log?: (error: unknown) => void;
}

/** The times are those of client-go; another duration keeps their shares of it. */
export const defaultLeaseSeconds = 15;
const jitter = 1.2;

/** In milliseconds. */
interface Pace {
  /** Shorter than the Lease lasts: we stop before another process may take it. */
  readonly renew: number;
  readonly retry: number;
  /** Half of `renew`, so that one missing answer does not cost the Lease. */
  readonly attempt: number;
}

function paceFor(leaseSeconds: number): Pace {
  const share = (leaseSeconds * 1_000) / defaultLeaseSeconds;
  return { renew: 10 * share, retry: 2 * share, attempt: 5 * share };
}

/**
 * Waits for the Lease, does the work, and gives the Lease back.
 * @returns `Lost` when the work was ended because the Lease could not be renewed, or was taken or deleted: a
 * caller may try again, in another term. `Stopped` when the signal ended it, or when it ended by itself
 * @throws whatever the work throws, after giving the Lease back
 */
export async function lead(options: LeadOptions): Promise<'Stopped' | 'Lost'> {
  const { clock, signal, onStartedLeading, log, date = () => new Date(), leaseSeconds = defaultLeaseSeconds } = options;
  const lock = new LeaseLock({ ...options, leaseSeconds, date });
  const pace = paceFor(leaseSeconds);
  const held = await acquire(lock, pace, options);
  if (held === undefined) return 'Stopped';

  const { term } = held;
  const release = () => lock.release(term).catch((error: unknown) => log?.(error));
  if (signal.aborted) {
    await release();
    return 'Stopped';
  }
  const leading = new AbortController();
  const stop = () => leading.abort();
  signal.addEventListener('abort', stop);
  const ended = new AbortController();
  const work = onStartedLeading(leading.signal, term).finally(() => ended.abort());
  // Awaited below. Until then a failure must not count as unhandled.
  work.catch(() => undefined);
  try {
    const isHeld = await renew(lock, { clock, pace, ...held, ended: ended.signal, ...(log && { log }) });
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

interface Held {
  readonly term: string;
  /** When the Lease was asked for, by the clock. */
  readonly asked: number;
}

/** Waits until the Lease is ours; undefined when stopped. */
async function acquire(lock: LeaseLock, pace: Pace, { clock, random, signal, log }: LeadOptions): Promise<Held | undefined> {
  while (!signal.aborted) {
    const asked = clock.now();
    const attempt = { milliseconds: pace.renew, clock, ended: signal, log };
    const acquired = await tryTo((abandoned) => lock.acquire(abandoned), attempt);
    if (acquired?.kind === 'Held') return { term: acquired.term, asked };
    await sleep(clock, pace.retry * (1 + jitter * random()), signal);
  }
  return undefined;
}

interface Renewal extends Held {
  readonly clock: Clock;
  readonly pace: Pace;
  readonly ended: AbortSignal;
  readonly log?: (error: unknown) => void;
}

/**
 * Keeps the Lease.
 * @returns true when the work has ended; false when the Lease is lost, or could not be renewed in time
 */
async function renew(lock: LeaseLock, { clock, pace, term, asked: acquired, ended, log }: Renewal): Promise<boolean> {
  let deadline = acquired + pace.renew;
  while (true) {
    await sleep(clock, Math.min(pace.retry, deadline - clock.now()), ended);
    if (ended.aborted) return true;
    const asked = clock.now();
    // Counted from before the request: others count from when they see the new time, which is later.
    if (asked >= deadline) return false;
    const milliseconds = Math.min(pace.attempt, deadline - asked);
    const renewed = await tryTo(() => lock.renew(term), { milliseconds, clock, ended, log });
    if (renewed === 'Lost') return false;
    if (renewed === 'Held') deadline = asked + pace.renew;
  }
}

interface Attempt {
  readonly milliseconds: number;
  readonly clock: Clock;
  /** Aborted when the answer is no longer needed. */
  readonly ended: AbortSignal;
  readonly log?: ((error: unknown) => void) | undefined;
}

/** One attempt to take or keep the Lease; undefined if it failed, took too long, or is no longer needed. */
async function tryTo<Answer>(
  work: (abandoned: AbortSignal) => Promise<Answer>,
  { milliseconds, clock, ended, log }: Attempt,
): Promise<Answer | undefined> {
  try {
    return await withDeadline(milliseconds, work, { clock, signals: [ended] });
  } catch (error) {
    if (!ended.aborted && !(error instanceof DeadlineError)) log?.(error);
    return undefined;
  }
}

/** Resolves after this time, or when the signal is aborted. */
function sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<undefined> {
  return clock.sleep(Math.max(0, milliseconds), signal).then(
    () => undefined,
    () => undefined,
  );
}
