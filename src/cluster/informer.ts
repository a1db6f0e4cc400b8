/**
 * What the API server has of one kind of object, kept up to date by list and watch. It never gives up, and no error makes it forget:
 * only the server's word, in a list or an event, removes an object.
 */

import type { Clock } from '../loop/clock.ts';
import { backOff } from '../loop/work-queue.ts';
import {
  ApiError,
  type KubernetesApi,
  type KubernetesObject,
  type Resource,
  type Selection,
  type WatchEvent,
} from './kubernetes-api.ts';
import { type Change, ObjectCache } from './object-cache.ts';
import { isOlder } from './resource-version.ts';

export interface InformerOptions<Body extends KubernetesObject> {
  readonly api: KubernetesApi;
  readonly resource: Resource<Body>;
  readonly selection?: Selection;
  /** What of an object is worth its memory; must keep the metadata's name and resourceVersion. */
  readonly keep?: (object: Body) => Body;
  /** Whether `onChange` is to hear of an object that was there before and still is; by default of every new version. */
  readonly isNews?: (before: Body, after: Body) => boolean;
  /** Called in the middle of a stream: only to put the name into a queue. */
  readonly onChange: (name: string) => void;
  /** Called when `contact` has changed, and when the first list has come. */
  readonly onContact?: () => void;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Every error, with the milliseconds until the next try. */
  readonly log?: (error: unknown, delayMilliseconds: number) => void;
}

export interface Contact {
  /** Whether the last that was tried succeeded. */
  readonly answering: boolean;
  /** By the clock; from the beginning, it has not answered. */
  readonly since: number;
}

/** The API server sends a bookmark about every minute, if it has news. */
const idleMilliseconds = 180_000;
/** From here on failures no longer make the delay longer: 32 s, as in client-go. */
const mostFailures = 6;
/** A watch that ends sooner, with nothing in it, is none: without a pause it would be asked for again and again. */
const shortestWatch = 1_000;
/** One that lasted so long was none of a row of failures. */
const longWatch = 60_000;

export class Informer<Body extends KubernetesObject> {
  readonly #options: InformerOptions<Body>;
  readonly #cache: ObjectCache<Body>;
  readonly #stopping = new AbortController();
  readonly #waiting: ((synced: boolean) => void)[] = [];
  #running: Promise<void> | undefined;
  /** What the watch goes on from; none before the first list and when a new one is due. */
  #version: string | undefined;
  /** The newest that the server has told of. */
  #newest: string | undefined;
  #synced = false;
  #failures = 0;
  #contact: Contact;

  constructor(options: InformerOptions<Body>) {
    this.#options = options;
    this.#cache = new ObjectCache(() => options.clock.now());
    this.#contact = { answering: false, since: options.clock.now() };
  }

  /** By name; the same map for good, which changes with what is heard. */
  get objects(): ReadonlyMap<string, Body> {
    return this.#cache.objects;
  }

  /** Whether a list has come, ever: before, that an object is not there means nothing. */
  get synced(): boolean {
    return this.#synced;
  }

  get contact(): Contact {
    return this.#contact;
  }

  /** True when the first list has come, false when stopped before. */
  whenSynced(): Promise<boolean> {
    if (this.#synced || this.#stopping.signal.aborted) return Promise.resolve(this.#synced);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** What the server answered to a write of our own, ahead of its event. `onChange` does not hear of it: whoever wrote knows. */
  absorb(object: Body): void {
    this.#cache.put(this.#kept(object));
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when the watch has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    for (const resolve of this.#waiting.splice(0)) resolve(this.#synced);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        if (this.#version === undefined) await this.#list();
        if (!signal.aborted) await this.#watch(signal);
      } catch (error) {
        if (!signal.aborted) await this.#wait(error);
      }
    }
  }

  async #list(): Promise<void> {
    const { api, resource, selection } = this.#options;
    const { items, resourceVersion } = await api.list(resource, selection, this.#stopping.signal);
    if (this.#stopping.signal.aborted) return;
    if (isOlder(resourceVersion, this.#newest)) this.#cache.forgetVersions();
    const kept = items.map((item) => this.#kept(item));
    for (const change of this.#cache.replace(kept, resourceVersion)) this.#tell(change);
    this.#version = resourceVersion;
    this.#newest = resourceVersion;
    this.#answered();
    if (this.#synced) return;
    this.#synced = true;
    for (const resolve of this.#waiting.splice(0)) resolve(true);
    this.#options.onContact?.();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { api, resource, selection, clock, random } = this.#options;
    const begun = clock.now();
    const lasted = () => clock.now() - begun;
    let isUseful = false;
    const options = {
      ...selection,
      resourceVersion: this.#version ?? '',
      // Not all at once, when all began at once.
      timeoutSeconds: Math.round(300 + 300 * random()),
      idleMilliseconds,
      signal,
      opened: () => this.#answered(),
    };
    try {
      await api.watch(resource, options, (event) => {
        isUseful = true;
        this.#failures = 0;
        this.#take(event);
      });
    } finally {
      if (lasted() >= longWatch) this.#failures = 0;
    }
    if (!isUseful && lasted() < shortestWatch && !signal.aborted)
      throw new ApiError('Unreachable', `watch ${resource.plural}: it ended as soon as it began`);
    this.#failures = 0;
  }

  #take(event: WatchEvent<Body>): void {
    if (event.type === 'Bookmark') {
      this.#seen(event.resourceVersion);
      return;
    }
    const { name, resourceVersion } = event.object.metadata;
    this.#seen(resourceVersion);
    const change =
      event.type === 'Deleted' ? this.#cache.remove(name, resourceVersion) : this.#cache.put(this.#kept(event.object));
    if (change !== undefined) this.#tell(change);
  }

  #seen(resourceVersion: string | undefined): void {
    if (resourceVersion === undefined || resourceVersion === '') return;
    this.#version = resourceVersion;
    this.#newest = resourceVersion;
  }

  #tell({ name, before, after }: Change<Body>): void {
    const { isNews = () => true, onChange } = this.#options;
    if (before === undefined || after === undefined || isNews(before, after)) onChange(name);
  }

  /** Until the next try. */
  async #wait(error: unknown): Promise<void> {
    const { clock, random, log } = this.#options;
    const code = error instanceof ApiError ? error.code : undefined;
    // The connection, or too much to do, says nothing about the version; anything else may mean that the server does not know it.
    if (code !== 'Unreachable' && code !== 'TooManyRequests') this.#version = undefined;
    // An answer, even if to the effect that time has gone on.
    if (code !== 'Gone') this.#setContact(false);
    this.#failures = Math.min(mostFailures, this.#failures + 1);
    const asked = (error instanceof ApiError ? (error.retryAfterSeconds ?? 0) : 0) * 1_000;
    const delay = Math.max(asked, backOff(this.#failures, random()));
    log?.(error, delay);
    await clock.sleep(delay, this.#stopping.signal).catch(() => undefined);
  }

  #answered(): void {
    this.#setContact(true);
  }

  #setContact(answering: boolean): void {
    if (this.#contact.answering === answering) return;
    this.#contact = { answering, since: this.#options.clock.now() };
    this.#options.onContact?.();
  }

  #kept(object: Body): Body {
    return this.#options.keep?.(object) ?? object;
  }
}
