/**
 * Keeps a copy of all objects of one kind by list and watch. It goes on after every error, and no error
 * removes an object: only a list or an event of the server does.
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
  /** Drops the parts of an object that are not worth their memory. Must keep the name and resourceVersion. */
  readonly keep?: (object: Body) => Body;
  /**
   * Whether a new version of an object is passed to `onChange`. By default every one is. New and deleted
   * objects always are.
   */
  readonly isNews?: (before: Body, after: Body) => boolean;
  /** Called while the stream is being read, so it must only put the name into a queue. */
  readonly onChange: (name: string) => void;
  /** Called when `contact` has changed, and after the first list. */
  readonly onContact?: () => void;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Called for every error, with the milliseconds until the next try. */
  readonly log?: (error: unknown, delayMilliseconds: number) => void;
}

/** Whether the API server answers. */
export interface Contact {
  /** Whether the last list or watch succeeded. */
  readonly answering: boolean;
  /** Since when, by the clock. In the beginning it counts as not answering. */
  readonly since: number;
}

/**
 * A silent watch is begun anew after this time. The API server sends a bookmark about once a minute, if there
 * is news.
 */
const idleMilliseconds = 180_000;
/** Further failures do not make the delay longer: it is at most 32 s, as in client-go. */
const mostFailures = 6;
/**
 * A watch that ends within 1 s without events counts as a failure. Without that rule it would be repeated
 * without a pause.
 */
const shortestWatch = 1_000;
/** A watch that lasted this long ends a row of failures, even if it broke. */
const longWatch = 60_000;

/**
 * Lists, then watches, until stopped. Objects are known by name, so a resource with namespaces is watched in
 * one of them.
 */
export class Informer<Body extends KubernetesObject> {
  readonly #options: InformerOptions<Body>;
  readonly #cache: ObjectCache<Body>;
  readonly #stopping = new AbortController();
  readonly #waiting: ((synced: boolean) => void)[] = [];
  #running: Promise<void> | undefined;
  /** Where the watch goes on. Undefined when a list is due. */
  #version: string | undefined;
  /** The newest resourceVersion that the server has sent. */
  #newest: string | undefined;
  #synced = false;
  #failures = 0;
  #contact: Contact;

  constructor(options: InformerOptions<Body>) {
    this.#options = options;
    this.#cache = new ObjectCache(() => options.clock.now());
    this.#contact = { answering: false, since: options.clock.now() };
  }

  /** The objects by name. It is always the same map, and changes with each event. */
  get objects(): ReadonlyMap<string, Body> {
    return this.#cache.objects;
  }

  /** Whether the first list has succeeded. Before that, a missing object means nothing. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Whether the API server answers, and since when that is so. */
  get contact(): Contact {
    return this.#contact;
  }

  /** Resolves with true after the first list, or with false when stopped before. */
  whenSynced(): Promise<boolean> {
    if (this.#synced || this.#stopping.signal.aborted) return Promise.resolve(this.#synced);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * Takes the server's answer to a write of our own, before the watch reports it. `onChange` is not called
   * for it.
   */
  absorb(object: Body): void {
    this.#cache.put(this.#kept(object));
  }

  /** Begins to list and watch. A second call does nothing. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends for good. Resolves when the watch has ended. */
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
    for (const change of this.#cache.replace(kept, resourceVersion)) this.#report(change);
    this.#version = resourceVersion;
    this.#newest = resourceVersion;
    this.#setContact(true);
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
      // Spread at random, so that watches that began together do not end together.
      timeoutSeconds: Math.round(300 + 300 * random()),
      idleMilliseconds,
      signal,
      opened: () => this.#setContact(true),
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
      throw new ApiError('Unreachable', `watch ${resource.plural}: the watch ended at once, without an event`);
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
    if (change !== undefined) this.#report(change);
  }

  #seen(resourceVersion: string | undefined): void {
    if (resourceVersion === undefined || resourceVersion === '') return;
    this.#version = resourceVersion;
    this.#newest = resourceVersion;
  }

  #report({ name, before, after }: Change<Body>): void {
    const { isNews = () => true, onChange } = this.#options;
    if (before === undefined || after === undefined || isNews(before, after)) onChange(name);
  }

  /** Waits until the next try. */
  async #wait(error: unknown): Promise<void> {
    const { clock, random, log } = this.#options;
    const code = error instanceof ApiError ? error.code : undefined;
    // A broken connection or a busy server says nothing about the version. After any other error the server
    // may not know it.
    if (code !== 'Unreachable' && code !== 'TooManyRequests') this.#version = undefined;
    // Gone is an answer, too: the server only no longer has the old version.
    if (code !== 'Gone') this.#setContact(false);
    this.#failures = Math.min(mostFailures, this.#failures + 1);
    const asked = (error instanceof ApiError ? (error.retryAfterSeconds ?? 0) : 0) * 1_000;
    const delay = Math.max(asked, backOff(this.#failures, random()));
    log?.(error, delay);
    await clock.sleep(delay, this.#stopping.signal).catch(() => undefined);
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
