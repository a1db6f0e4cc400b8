/** What all informers of the agent and of the controller have in common. */

import type { Clock } from '../loop/clock.ts';
import { Informer, type InformerOptions } from './informer.ts';
import type { KubernetesApi, KubernetesObject } from './kubernetes-api.ts';

export interface WatchingOptions {
  readonly api: KubernetesApi;
  /** Called when an object has changed that matters, or when the API server has begun or ceased to answer. */
  readonly onChange: () => void;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Called for every failed list or watch, with the milliseconds until the next try. */
  readonly onError: (plural: string, error: unknown, delayMilliseconds: number) => void;
}

type Watched<Body extends KubernetesObject> = Pick<InformerOptions<Body>, 'resource' | 'selection' | 'keep' | 'isNews'>;

/** An informer that has not been started. */
export function informerOf<Body extends KubernetesObject>(options: WatchingOptions, watched: Watched<Body>): Informer<Body> {
  const { api, clock, random, onChange, onError } = options;
  return new Informer({
    ...watched,
    api,
    clock,
    random,
    onChange: () => onChange(),
    onContact: onChange,
    log: (error, delay) => onError(watched.resource.plural, error, delay),
  });
}
