/** When windows open and close, as streams in the order of time. Pure. */

import type { KubeletConfigSpec } from '../../api/types.ts';
import { calendarDay } from '../../go/calendar.ts';
import { type CronSchedule, parseCron } from '../../go/cron.ts';
import { nanosecondsOf } from '../../go/values.ts';
import { day, farthestOffset, localDay, momentsOf, offsetAt } from './wall-clock.ts';

/** An item of `rollout.windows`. */
export type MaintenanceWindow = NonNullable<NonNullable<KubeletConfigSpec['rollout']>['windows']>[number];

/** A time in which nodes may be changed. */
export interface Opening {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
  /** The time zone of the window that opens it, and of the one that closes it. */
  readonly opensIn: string;
  readonly closesIn: string;
}

/** Openings that begin before `until` and end after `from`. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

const defaultTimeZone = 'Etc/UTC';

/** A window that is read. */
interface Reading {
  readonly schedule: CronSchedule;
  /** Milliseconds. */
  readonly duration: number;
  readonly timeZone: string;
  /** What one day without a change of clocks brings: openings that overlap or touch are one. */
  readonly blocks: readonly Block[];
}

/** Both are minutes. */
interface Block {
  readonly from: number;
  readonly length: number;
}

/** @returns undefined for a window that validation refuses: it never opens */
function read({ schedule, duration, timeZone = defaultTimeZone }: MaintenanceWindow): Reading | undefined {
  const parsed = parseCron(schedule);
  const milliseconds = (nanosecondsOf(duration) ?? 0) / 1e6;
  if (!parsed.ok || milliseconds <= 0 || !isTimeZone(timeZone)) return undefined;
  const blocks = blocksOf(parsed.value.minutes, milliseconds / 60_000);
  return { schedule: parsed.value, duration: milliseconds, timeZone, blocks };
}

function isTimeZone(timeZone: string): boolean {
  try {
    offsetAt(timeZone, 0);
    return true;
  } catch {
    return false;
  }
}

function blocksOf(minutes: readonly number[], length: number): Block[] {
  const blocks: Block[] = [];
  for (const from of minutes) {
    const last = blocks.at(-1);
    if (last && from <= last.from + last.length)
      blocks[blocks.length - 1] = { from: last.from, length: from - last.from + length };
    else blocks.push({ from, length });
  }
  return blocks;
}

/** The openings of one object: those of all its windows, where those that overlap or touch are one. */
export function* openingsOf(windows: readonly MaintenanceWindow[], span: Span): Generator<Opening> {
  let current: Opening | undefined;
  for (const next of inOrder(
    windows.flatMap((window) => read(window) ?? []),
    span,
  )) {
    if (current === undefined || next.from > current.until) {
      if (current !== undefined) yield current;
      current = next;
    } else if (next.until > current.until) current = { ...current, until: next.until, closesIn: next.closesIn };
  }
  if (current !== undefined) yield current;
}

/** Day by day: sixteen windows that open every few minutes have more than a million openings in a year. */
function* inOrder(readings: readonly Reading[], span: Span): Generator<Opening> {
  const longest = Math.max(0, ...readings.map(({ duration }) => duration));
  let pending: Opening[] = [];
  // A day of the calendar begins up to 15 hours before or after that of UTC.
  const first = Math.floor((span.from - longest) / day) - 2;
  for (let midnight = first * day; midnight < span.until + 2 * day; midnight += day) {
    const calendar = calendarDay(midnight / day);
    for (const reading of readings) if (reading.schedule.firesOn(calendar)) pending.push(...openingsOn(midnight, reading));
    pending = pending.filter(({ from, until }) => from < span.until && until > span.from).sort((a, b) => a.from - b.from);
    const complete = midnight + day - farthestOffset;
    const later = pending.findIndex(({ from }) => from >= complete);
    yield* later < 0 ? pending : pending.slice(0, later);
    pending = later < 0 ? [] : pending.slice(later);
  }
  yield* pending;
}

function openingsOn(midnight: number, { schedule, duration, timeZone, blocks }: Reading): Opening[] {
  const local = localDay(timeZone, midnight);
  const open = (minutes: number, length: number) =>
    momentsOf(timeZone, local, minutes).map((from) => ({ from, until: from + length, opensIn: timeZone, closesIn: timeZone }));
  if (local.offsets.length === 1) return blocks.flatMap(({ from, length }) => open(from, length * 60_000));
  return schedule.minutes.flatMap((minutes) => open(minutes, duration));
}

function taken(stream: Generator<Opening>): Opening | undefined {
  const { done, value } = stream.next();
  return done ? undefined : value;
}

/** The times that stand in both streams. */
export function* inBoth(a: Generator<Opening>, b: Generator<Opening>): Generator<Opening> {
  let [left, right] = [taken(a), taken(b)];
  while (left !== undefined && right !== undefined) {
    const [later, earlier] = [left.from >= right.from ? left : right, left.until <= right.until ? left : right];
    if (later.from < earlier.until)
      yield { from: later.from, until: earlier.until, opensIn: later.opensIn, closesIn: earlier.closesIn };
    if (earlier === left) left = taken(a);
    else right = taken(b);
  }
}
