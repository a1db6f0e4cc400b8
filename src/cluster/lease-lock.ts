/**
 * A Lease as a lock, taken, kept and given back by compare-and-swap. As in client-go, only our own monotonic
 * clock is trusted: a Lease has run out if we have not seen it change for its duration. The times written in
 * it are for people.
 */

import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../loop/clock.ts';
import { ApiError, type KubernetesApi } from './kubernetes-api.ts';
import { microTime } from './micro-time.ts';
import { type Lease, leases } from './resources.ts';

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

/** `Busy`: another process wrote it at the same time. Try again. */
export type Hold = 'Held' | 'HeldByOther' | 'Busy';

type Spec = NonNullable<Lease['spec']>;

export class LeaseLock {
  readonly #options: LeaseLockOptions;
  #lease: Lease | undefined;
  #changed = 0;
  #leader = '';

  constructor(options: LeaseLockOptions) {
    this.#options = options;
  }

  /** Takes the Lease if it is free, or renews it. @throws ApiError */
  async hold(): Promise<Hold> {
    // The holder knows what it wrote last, so it need not read first.
    if (this.#lease !== undefined && this.#isOurs() && (await this.#write(this.#lease))) return 'Held';
    const lease = await this.#read();
    if (lease === undefined) return (await this.#create()) ? 'Held' : 'Busy';
    this.#observe(lease);
    if (!this.#isOurs() && !this.#isFree()) return 'HeldByOther';
    return (await this.#write(lease)) ? 'Held' : 'Busy';
  }

  /** Gives the Lease back, so that another process can take it at once. @throws ApiError */
  async release(): Promise<void> {
    if (this.#lease === undefined || !this.#isOurs()) return;
    await this.#patch(this.#lease, { holderIdentity: '', leaseDurationSeconds: 1, renewTime: this.#now() });
  }

  async #read(): Promise<Lease | undefined> {
    const { api, namespace, name } = this.#options;
    return unless('NotFound', api.get(leases(namespace), name));
  }

  async #create(): Promise<boolean> {
    const { api, namespace, name } = this.#options;
    const spec = { ...this.#claim(), acquireTime: this.#now(), leaseTransitions: 0 };
    const created = await unless('AlreadyExists', api.create(leases(namespace), { metadata: { name, namespace }, spec }));
    if (created !== undefined) this.#observe(created);
    return created !== undefined;
  }

  /** False when the Lease has changed in between. */
  async #write(lease: Lease): Promise<boolean> {
    const { identity } = this.#options;
    const { holderIdentity = '', leaseTransitions = 0 } = lease.spec ?? {};
    const isNew = holderIdentity !== identity;
    return this.#patch(lease, {
      ...this.#claim(),
      ...(isNew && { acquireTime: this.#now(), leaseTransitions: leaseTransitions + 1 }),
    });
  }

  async #patch({ metadata }: Lease, spec: Spec): Promise<boolean> {
    const { api, namespace, name } = this.#options;
    const body = { metadata: { resourceVersion: metadata.resourceVersion }, spec };
    const written = await unless('Conflict', api.patch(leases(namespace), name, { type: 'Merge', body }));
    if (written !== undefined) this.#observe(written);
    return written !== undefined;
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

  #isFree(): boolean {
    const { leaseSeconds, clock } = this.#options;
    const seconds = this.#lease?.spec?.leaseDurationSeconds ?? leaseSeconds;
    return this.#leader === '' || clock.now() - this.#changed >= seconds * 1_000;
  }

  #now(): string {
    return microTime(this.#options.date());
  }
}

/** Undefined if it fails with this code. */
async function unless<Value>(code: ApiError['code'], answer: Promise<Value>): Promise<Value | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.code === code) return undefined;
    throw error;
  }
}
