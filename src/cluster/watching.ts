/** What agent and controller say alike to every informer of theirs. */

import type { Clock } from '../loop/clock.ts';
import { Informer, type InformerOptions } from './informer.ts';
import type { KubernetesApi, KubernetesObject } from './kubernetes-api.ts';

export interface WatchingOptions {
  readonly api: KubernetesApi;
  /** Something that counts has changed, or the API server has begun or ceased to answer. */
  readonly onChange: () => void;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Of every failure to list or watch, with the milliseconds until the next try. */
  readonly onError: (plural: string, error: unknown, delayMilliseconds: number) => void;
}

type Watched<Body extends KubernetesObject> = Pick<InformerOptions<Body>, 'resource' | 'selection' | 'keep' | 'isNews'>;

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
