/**
 * Events for people, of which none matters enough to wait for: whoever records goes on at once, what says the same as one before only
 * counts it up, and what the API server does not take is dropped after a few tries.
 */

import type { Clock } from '../loop/clock.ts';
import { WakeUp } from '../loop/wake-up.ts';
import { backOff } from '../loop/work-queue.ts';
import { eventNamespace, eventObject, type NewEvent, type Reporter, seriesKey } from './event-object.ts';
import { ApiError, type KubernetesApi } from './kubernetes-api.ts';
import { microTime } from './micro-time.ts';
import { type EventSeries, events } from './resources.ts';

export interface EventRecorderOptions extends Reporter {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly date?: () => Date;
  readonly log?: (error: unknown) => void;
}

/** As in client-go: what comes again within this time belongs to the same series. */
const seriesMilliseconds = 360_000;
/** No series is written more often. */
const rewriteMilliseconds = 60_000;
const mostSeries = 256;
const mostTries = 5;

/** One thing that happened, perhaps again and again. */
interface Series {
  readonly event: NewEvent;
  /** Of the Event, once the API server has it. */
  name?: string;
  count: number;
  /** How many of them the API server knows of. */
  written: number;
  lastDate: Date;
  /** By the clock. */
  lastSeen: number;
  /** By the clock; nothing is sent before. */
  due: number;
  failures: number;
}

export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #series = new Map<string, Series>();
  readonly #wakeUp = new WakeUp();
  #dropped = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  /** How many were lost: too many at once, or not taken by the API server. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Never throws, never waits. */
  record(event: NewEvent): void {
    const now = this.#options.clock.now();
    this.#forgetOld(now);
    const key = seriesKey(event);
    const known = this.#series.get(key);
    const seen = { count: (known?.count ?? 0) + 1, lastDate: this.#date(), lastSeen: now };
    if (known !== undefined) Object.assign(known, seen);
    else if (this.#series.size < mostSeries) this.#series.set(key, { event, written: 0, due: now, failures: 0, ...seen });
    else this.#dropped += 1;
    this.#wakeUp.wake();
  }

  /** Sends what is recorded, until stopped; then once more what is unsent, unless the API server is away. */
  async run(stop: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!stop.aborted) {
      const next = this.#unsent()[0];
      if (next !== undefined && next[1].due <= clock.now()) await this.#send(...next);
      else await this.#wakeUp.wait(clock, next?.[1].due, stop);
    }
    for (const [key, series] of this.#unsent()) {
      await this.#send(key, series);
      if (series.failures > 0) return;
    }
  }

  #forgetOld(now: number): void {
    for (const [key, { count, written, lastSeen }] of this.#series) {
      if (count === written && now - lastSeen >= seriesMilliseconds) this.#series.delete(key);
    }
  }

  /** The earliest first. */
  #unsent(): [string, Series][] {
    const unsent = [...this.#series].filter(([, { count, written }]) => count > written);
    return unsent.sort(([, one], [, other]) => one.due - other.due);
  }

  async #send(key: string, series: Series): Promise<void> {
    const { clock, random, log } = this.#options;
    const { count } = series;
    try {
      await this.#write(series);
      Object.assign(series, { written: count, failures: 0, due: clock.now() + rewriteMilliseconds });
    } catch (error) {
      log?.(error);
      series.failures += 1;
      series.due = clock.now() + backOff(series.failures, random());
      if (mayPass(error) && series.failures < mostTries) return;
      this.#dropped += series.count - series.written;
      this.#series.delete(key);
    }
  }

  async #write(series: Series): Promise<void> {
    const { api, random } = this.#options;
    const { count, lastDate, name } = series;
    const repeated: { series?: EventSeries } = count > 1 ? { series: { count, lastObservedTime: microTime(lastDate) } } : {};
    if (name !== undefined && (await this.#patch(name, repeated))) return;
    const event = eventObject(series.event, this.#options, this.#date(), random());
    const { metadata } = await api.create(events(eventNamespace), { ...event, ...repeated });
    series.name = metadata.name;
  }

  /** False when the API server has forgotten it, as it does after an hour. */
  async #patch(name: string, body: object): Promise<boolean> {
    try {
      await this.#options.api.patch(events(eventNamespace), name, { type: 'Merge', body });
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.code === 'NotFound') return false;
      throw error;
    }
  }

  #date(): Date {
    return this.#options.date?.() ?? new Date();
  }
}

/** Whether the same may be taken a little later. */
function mayPass(error: unknown): boolean {
  return error instanceof ApiError && ['Unreachable', 'TooManyRequests', 'ServerError', 'Unauthorized'].includes(error.code);
}
