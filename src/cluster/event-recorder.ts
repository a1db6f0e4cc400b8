/**
 * Writes Events for people to the API server. No event is worth waiting for: recording returns at once, an
 * event that repeats an earlier one only raises its count, and an event that the API server does not take is
 * dropped after five tries.
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
  /** The date for the times in the Events; the machine's by default. */
  readonly date?: () => Date;
  /** Called for every failed write. */
  readonly log?: (error: unknown) => void;
}

/** An event that repeats within this time belongs to the same series, as in client-go. */
const seriesMilliseconds = 360_000;
/** The shortest time between two writes of one series. */
const rewriteMilliseconds = 60_000;
/** Further events are dropped. */
const mostSeries = 256;
const mostTries = 5;

/** One event, with its repetitions. */
interface Series {
  readonly event: NewEvent;
  /** Name of the Event in the API server, once it was created. */
  name?: string;
  count: number;
  /** The count that the API server has. */
  written: number;
  lastDate: Date;
  /** By the clock, in milliseconds. */
  lastSeen: number;
  /** By the clock: it is not sent earlier. */
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

  /**
   * How many events were dropped, because there were too many or because the API server did not take them.
   */
  get dropped(): number {
    return this.#dropped;
  }

  /** Puts an event in the queue. Never throws, never waits. */
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

  /** Sends recorded events until stopped. Then it sends the rest once, and gives up at the first failure. */
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

  /** By their due times. */
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

  /** False when the Event no longer exists: the API server deletes Events after an hour. */
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

/** Whether the same request may succeed later. */
function mayPass(error: unknown): boolean {
  return error instanceof ApiError && ['Unreachable', 'TooManyRequests', 'ServerError', 'Unauthorized'].includes(error.code);
}
