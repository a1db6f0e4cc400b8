/** What clocks on a wall show in a time zone, by the time zone database that Node.js contains. Pure. */

import { calendarDay } from '../../go/calendar.ts';

const minute = 60_000;
const hour = 60 * minute;
/** Milliseconds of a day without a change of clocks. */
export const day = 24 * hour;

/** No time zone is as far away from UTC, in milliseconds. */
export const farthestOffset = 15 * hour;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  formats.set(timeZone, made);
  return made;
}

/**
 * @param time milliseconds since 1970
 * @returns how far local clocks are ahead of UTC then, in milliseconds
 * @throws RangeError if there is no such time zone
 */
export function offsetAt(timeZone: string, time: number): number {
  const text = formatOf(timeZone).format(time);
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(text) ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * hour + Number(minutes) * minute);
}

/** A day of the calendar in a time zone. */
export interface LocalDay {
  /** Its midnight, as if the time zone were UTC: milliseconds since 1970. */
  readonly midnight: number;
  /** How far its clocks are ahead of UTC, in milliseconds: two numbers if they change about then. */
  readonly offsets: readonly number[];
}

/**
 * The offsets of a day. No time zone changes its clocks twice within three days.
 */
export function localDay(timeZone: string, midnight: number): LocalDay {
  const [before, after] = [offsetAt(timeZone, midnight - farthestOffset), offsetAt(timeZone, midnight + day + farthestOffset)];
  return { midnight, offsets: before === after ? [before] : [before, after] };
}

/**
 * The moments at which clocks show a time of a day: none if the time is skipped, two if it comes twice.
 * @param minutes since midnight
 */
export function momentsOf(timeZone: string, { midnight, offsets }: LocalDay, minutes: number): number[] {
  const shown = midnight + minutes * minute;
  if (offsets.length === 1) return offsets.map((offset) => shown - offset);
  return offsets.map((offset) => shown - offset).filter((time, index) => offsetAt(timeZone, time) === offsets[index]);
}

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/**
 * A time for people, as short as `now` allows: `02:00 Europe/Berlin`, `Saturday 02:00 Europe/Berlin`, or
 * `Saturday 2026-10-31 02:00 Europe/Berlin` if it is further than six days away.
 * @param withDay also names the weekday if it is today's
 */
export function formatLocal(time: number, timeZone: string, now: number, withDay: boolean): string {
  const shown = time + offsetAt(timeZone, time);
  const date = Math.floor(shown / day);
  const daysAway = date - Math.floor((now + offsetAt(timeZone, now)) / day);
  const clock = `${two(Math.floor((shown % day) / hour))}:${two(Math.floor((shown % hour) / minute))} ${timeZone}`;
  if (daysAway === 0 && !withDay) return clock;
  const { year, month, day: ofMonth, weekday } = calendarDay(date);
  const isNear = daysAway >= 0 && daysAway <= 6;
  return `${weekdays[weekday]} ${isNear ? '' : `${year}-${two(month)}-${two(ofMonth)} `}${clock}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
