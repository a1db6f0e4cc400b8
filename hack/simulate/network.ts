/**
 * The API server as one process reaches it: requests and answers take their time, get lost, land late; a
 * watch lags behind. The order of one watch is kept.
 */

import {
  ApiError,
  type KubernetesApi,
  type KubernetesObject,
  type Resource,
  type WatchEvent,
  type WatchOptions,
} from '../../src/cluster/kubernetes-api.ts';
import { nodeKubelets } from '../../src/cluster/own-resources.ts';
import type { SimulatedProcess } from './process.ts';
import type { Random } from './random.ts';
import type { Store, StoreChange } from './store.ts';
import type { Timers } from './timers.ts';

export interface Weather {
  /** Milliseconds that a message usually takes. */
  readonly usualDelay: number;
  /** How often an answer gets lost, of all that are sent. */
  lostAnswers: number;
  /** How often a request is held up and lands long after its sender has given it up. */
  lateRequests: number;
  /** Milliseconds: how late such a request lands at most. */
  readonly latest: number;
}

export interface Surroundings {
  readonly timers: Timers;
  readonly store: Store;
  readonly random: Random;
  readonly weather: Weather;
}

export interface Request {
  readonly verb: 'get' | 'list' | 'create' | 'patch' | 'delete';
  readonly plural: string;
  readonly name: string;
  readonly subresource?: string;
}

/** The date at the beginning of a run. */
export const beginning = Date.UTC(2026, 0, 1);

/** As the real client does. */
const timeLimit = 30_000;

/** @param onLanded called when a request is carried out, before its answer is sent */
export function apiOf(
  process: SimulatedProcess,
  surroundings: Surroundings,
  onLanded: (request: Request) => void = () => undefined,
): KubernetesApi {
  const { store } = surroundings;
  const ask = <Answer>(request: Request, carryOut: () => unknown): Promise<Answer> =>
    send(process, surroundings, request, () => {
      onLanded(request);
      return carryOut() as Answer;
    });
  return {
    get: ({ plural }, name) => ask({ verb: 'get', plural, name }, () => store.get(plural, name)),
    list: ({ plural }) =>
      ask({ verb: 'list', plural, name: '' }, () => ({ items: store.all(plural), resourceVersion: String(store.version) })),
    create: ({ plural }, object) =>
      ask({ verb: 'create', plural, name: object.metadata.name }, () => store.create(plural, object)),
    patch: ({ plural }, name, patch, options) =>
      ask({ verb: 'patch', plural, name, ...options }, () => store.patch(plural, name, patch, options)),
    createOn: (_resource, name) => Promise.reject(new ApiError('NotFound', `${name}: there are no pods`, { status: 404 })),
    delete: ({ plural }, name) => ask({ verb: 'delete', plural, name }, () => store.delete(plural, name)),
    watch: (resource, options, each) => watch(process, surroundings, resource, options, each),
    // An answer tells the time in whole seconds.
    serverTime: () => beginning + Math.floor(surroundings.timers.now() / 1_000) * 1_000,
  };
}

function send<Answer>(
  process: SimulatedProcess,
  { timers, random, weather }: Surroundings,
  { verb, plural, name }: Request,
  carryOut: () => Answer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const lost = () => reject(new ApiError('Unreachable', `${verb} ${plural} ${name}: no answer within ${timeLimit} ms`));
    const limit = process.deliver(timers.now() + timeLimit, lost);
    const delay = random.longTailed(weather.usualDelay, 2_000);
    const misfortune = verb === 'patch' && plural === nodeKubelets.plural ? process.atNextWrite : undefined;
    if (misfortune) process.atNextWrite = undefined;
    const heldUp = misfortune?.() ?? (random.chance(weather.lateRequests) ? random.between(0, weather.latest) : 0);
    // A request that is cut off is lost, or lies in a buffer and lands when the way is free again.
    if (process.isCutOff && misfortune === undefined && random.chance(0.5)) return;
    const lands = Math.max(process.isCutOff ? process.cutOffUntil : 0, timers.now()) + heldUp + delay;
    timers.at(lands, () => {
      const settle = settling(carryOut, resolve, reject);
      if (random.chance(weather.lostAnswers) || process.isCutOff) return;
      process.deliver(timers.now() + random.longTailed(weather.usualDelay, 2_000), () => {
        limit.cancel();
        settle();
      });
    });
  });
}

/** @returns passes on what became of it */
function settling<Answer>(
  carryOut: () => Answer,
  resolve: (answer: Answer) => void,
  reject: (error: unknown) => void,
): () => void {
  try {
    const answer = carryOut();
    return () => resolve(answer);
  } catch (error) {
    return () => reject(error);
  }
}

function watch<Body extends KubernetesObject>(
  process: SimulatedProcess,
  surroundings: Surroundings,
  { plural }: Resource<Body>,
  { resourceVersion, timeoutSeconds, signal, opened }: WatchOptions,
  each: (event: WatchEvent<Body>) => void,
): Promise<void> {
  const { timers, store, random } = surroundings;
  return new Promise((resolve) => {
    let isOpen = true;
    const lane = laneTo(process, surroundings);
    const pass = ({ type, object }: StoreChange) =>
      lane(() => {
        if (isOpen) each({ type, object: object as Body });
      });
    const stop = store.onChange(plural, pass);
    const end = () => {
      isOpen = false;
      stop();
      timer.cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = process.deliver(timers.now() + timeoutSeconds * 1_000 * random.between(0.9, 1), end);
    signal.addEventListener('abort', end);
    lane(() => opened?.());
    for (const change of store.changesAfter(plural, Number(resourceVersion))) pass(change);
  });
}

/** Delivers in the order in which it was called, each time a little later than that. */
export function laneTo(process: SimulatedProcess, { timers, random, weather }: Surroundings): (run: () => void) => void {
  let last = 0;
  return (run) => {
    const from = Math.max(timers.now(), process.cutOffUntil, process.blindUntil);
    last = Math.max(last, from + random.longTailed(weather.usualDelay, 5_000));
    process.deliver(last, () => process.whenFree(run));
  };
}
