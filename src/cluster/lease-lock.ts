/**
 * A Lease as a lock, taken, kept and given back by compare-and-swap. As in client-go, only our own monotonic
 * clock is trusted: a Lease has run out if we have not seen it change for its duration. The times written in
 * it are for people. Other than in client-go, whoever takes the Lease begins a term of its own.
 */

import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../loop/clock.ts';
import { ApiError, type KubernetesApi } from './kubernetes-api.ts';
import { microTime } from './micro-time.ts';
import { type Lease, leases, termOf } from './resources.ts';

export interface LeaseLockOptions {
  readonly api: KubernetesApi;
  readonly namespace: string;
  readonly name: string;
  /** Unique for this process: a process with the same identity would take the Lease for its own. */
  readonly identity: string;
  readonly leaseSeconds: number;
  readonly clock: Clock;
  /** The date for the times in the Lease. */
  readonly date: () => Date;
  /** Called for every new holder that is seen, this process included. */
  readonly onNewLeader?: (identity: string) => void;
}

/**
 * `Held` with the term that has just begun. `Busy`: another process wrote the Lease at the same time. Try
 * again.
 */
export type Acquired = { readonly kind: 'Held'; readonly term: string } | { readonly kind: 'HeldByOther' | 'Busy' };

/** `Lost`: the term is over for good. `Busy`: somebody wrote the Lease at the same time. Try again. */
export type Renewed = 'Held' | 'Lost' | 'Busy';

type Spec = NonNullable<Lease['spec']>;

/** One process takes the Lease once: when its term is over, another lock has to be made. */
export class LeaseLock {
  readonly #options: LeaseLockOptions;
  #lease: Lease | undefined;
  #changed = 0;
  #leader = '';

  constructor(options: LeaseLockOptions) {
    this.#options = options;
  }

  /**
   * Takes the Lease if it is free, and begins a term. A Lease with our own identity was held by a process
   * before this one: what that one has sent may still be under way, so this is another term.
   *
   * @param abandoned when aborted, nothing is written any more: a try that comes late would end the term of
   * the next one
   * @throws ApiError
   */
  async acquire(abandoned?: AbortSignal): Promise<Acquired> {
    const lease = await this.#read();
    if (abandoned?.aborted) return { kind: 'Busy' };
    if (lease === undefined) return heldAs(await this.#create());
    this.#observe(lease);
    if (!this.#isOurs() && !this.#isFree()) return { kind: 'HeldByOther' };
    const { leaseTransitions = 0 } = lease.spec ?? {};
    const spec = { ...this.#claim(), acquireTime: this.#now(), leaseTransitions: leaseTransitions + 1 };
    return heldAs(await this.#patch(lease, spec));
  }

  /**
   * Renews the Lease in the term that `acquire` began. A Lease that is gone, or is another one, or is held by
   * another process, is lost; it is not taken again.
   *
   * @throws ApiError
   */
  async renew(term: string): Promise<Renewed> {
    // The holder knows what it wrote last, so it need not read first.
    if (this.#lease !== undefined && this.#isHeldIn(term) && (await this.#patch(this.#lease, this.#claim()))) return 'Held';
    const lease = await this.#read();
    if (lease === undefined) return 'Lost';
    this.#observe(lease);
    if (!this.#isHeldIn(term)) return 'Lost';
    return (await this.#patch(lease, this.#claim())) ? 'Held' : 'Busy';
  }

  /** Gives the Lease back, so that another process can take it at once. @throws ApiError */
  async release(term: string): Promise<void> {
    if (this.#lease === undefined || !this.#isHeldIn(term)) return;
    await this.#patch(this.#lease, { holderIdentity: '', leaseDurationSeconds: 1, renewTime: this.#now() });
  }

  async #read(): Promise<Lease | undefined> {
    const { api, namespace, name } = this.#options;
    return unless(['NotFound'], api.get(leases(namespace), name));
  }

  /** Undefined when another process has created it. */
  async #create(): Promise<Lease | undefined> {
    const { api, namespace, name } = this.#options;
    const spec = { ...this.#claim(), acquireTime: this.#now(), leaseTransitions: 0 };
    const created = await unless(['AlreadyExists'], api.create(leases(namespace), { metadata: { name, namespace }, spec }));
    if (created !== undefined) this.#observe(created);
    return created;
  }

  /** Undefined when the Lease has changed in between, or is gone. */
  async #patch({ metadata }: Lease, spec: Spec): Promise<Lease | undefined> {
    const { api, namespace, name } = this.#options;
    const body = { metadata: { resourceVersion: metadata.resourceVersion }, spec };
    const patched = api.patch(leases(namespace), name, { type: 'Merge', body });
    const written = await unless(['Conflict', 'NotFound'], patched);
    if (written !== undefined) this.#observe(written);
    return written;
  }

  #claim(): Spec {
    const { identity, leaseSeconds } = this.#options;
    return { holderIdentity: identity, leaseDurationSeconds: leaseSeconds, renewTime: this.#now() };
  }

  #observe(lease: Lease): void {
    const { clock, onNewLeader } = this.#options;
    if (!isDeepStrictEqual(this.#lease?.spec, lease.spec)) this.#changed = clock.now();
    this.#lease = lease;
    const leader = lease.spec?.holderIdentity ?? '';
    if (leader !== this.#leader && leader !== '') onNewLeader?.(leader);
    this.#leader = leader;
  }

  #isOurs(): boolean {
    return this.#leader === this.#options.identity;
  }

  #isHeldIn(term: string): boolean {
    return this.#isOurs() && this.#lease !== undefined && termOf(this.#lease) === term;
  }

  #isFree(): boolean {
    const { leaseSeconds, clock } = this.#options;
    const seconds = this.#lease?.spec?.leaseDurationSeconds ?? leaseSeconds;
    return this.#leader === '' || clock.now() - this.#changed >= seconds * 1_000;
  }

  #now(): string {
    return microTime(this.#options.date());
  }
}

function heldAs(lease: Lease | undefined): Acquired {
  return lease === undefined ? { kind: 'Busy' } : { kind: 'Held', term: termOf(lease) };
}

/** Undefined if it fails with one of these codes. */
async function unless<Value>(codes: readonly ApiError['code'][], answer: Promise<Value>): Promise<Value | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && codes.includes(error.code)) return undefined;
    throw error;
  }
}
