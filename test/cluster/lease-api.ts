/** A KubernetesApi with one Lease and compare-and-swap. Tests can delay its calls or let them fail. */

import { ApiError, type KubernetesApi } from '../../src/cluster/kubernetes-api.ts';
import type { Lease } from '../../src/cluster/resources.ts';

export interface LeaseApi {
  readonly api: KubernetesApi;
  /** Every call that was let through, in order. */
  readonly calls: string[];
  lease(): Lease | undefined;
  /** Writes the Lease as another client would. */
  write(spec: Lease['spec']): void;
  /** Deletes the Lease as another client would: the next one is another. */
  remove(): void;
  /** What happens to calls from now on: done, failed, neither done nor answered, or done and not answered. */
  mood: 'well' | 'failing' | 'silent' | 'deaf';
  /** Calls wait until they are let go. @returns lets go those that wait for this hold, and no later one */
  hold(): () => void;
  letGo(): void;
}

const unexpected = () => Promise.reject(new Error('nobody expects this call'));

export function leaseApi(): LeaseApi {
  let stored: Lease | undefined;
  let version = 0;
  let made = 0;
  let held = Promise.resolve();
  let letGo: () => void = () => undefined;
  const store = (spec: Lease['spec']): Lease => {
    version += 1;
    if (stored === undefined) made += 1;
    stored = { metadata: { name: 'controller', uid: `lease-${made}`, resourceVersion: String(version) }, ...(spec && { spec }) };
    return stored;
  };

  function call(name: string, answer: () => Lease): Promise<never> {
    if (world.mood === 'silent') return new Promise(() => undefined);
    if (world.mood === 'failing') return Promise.reject(new ApiError('Unreachable', 'cut off'));
    world.calls.push(name);
    const done = held.then(answer) as Promise<never>;
    if (world.mood === 'well') return done;
    done.catch(() => undefined);
    return new Promise(() => undefined);
  }

  const world: LeaseApi = {
    calls: [],
    mood: 'well',
    hold: () => {
      held = new Promise((resolve) => {
        letGo = resolve;
      });
      return letGo;
    },
    letGo: () => letGo(),
    lease: () => stored,
    write: (spec) => void store(spec),
    remove: () => {
      stored = undefined;
    },
    api: {
      get: () =>
        call('get', () => {
          if (stored === undefined) throw new ApiError('NotFound', 'no lease', { status: 404 });
          return stored;
        }),
      create: (_resource, object) =>
        call('create', () => {
          if (stored !== undefined) throw new ApiError('AlreadyExists', 'there is a lease', { status: 409 });
          return store((object as Lease).spec);
        }),
      patch: (_resource, _name, { body }) =>
        call('patch', () => {
          const { metadata, spec } = body as Lease;
          if (stored === undefined) throw new ApiError('NotFound', 'no lease', { status: 404 });
          if (metadata.resourceVersion !== String(version)) throw new ApiError('Conflict', 'it has changed', { status: 409 });
          return store({ ...stored?.spec, ...spec });
        }),
      list: unexpected,
      watch: unexpected,
      createOn: unexpected,
      delete: unexpected,
      serverTime: () => undefined,
    },
  };
  return world;
}
