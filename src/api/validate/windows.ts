/** Checks rollout.windows: schedules, durations and time zones. The API server can check only their shape. */

import { calendarDay } from '../../go/calendar.ts';
import { type CronSchedule, parseCron } from '../../go/cron.ts';
import { nanosecondsOf } from '../../go/values.ts';
import type { FieldPath, Problem } from '../problem.ts';
import { at, error, items, nearest, show, warning } from './parts.ts';

/** The problems of the maintenance windows of an object. */
export function windowProblems(value: unknown): Problem[] {
  const path = ['spec', 'rollout', 'windows'];
  return items(at(value, ...path)).flatMap((window, index) => problemsOf(window, [...path, index]));
}

function problemsOf(window: unknown, path: FieldPath): Problem[] {
  const [schedule, duration, timeZone] = [at(window, 'schedule'), at(window, 'duration'), at(window, 'timeZone')];
  const parsed = typeof schedule === 'string' ? parseCron(schedule) : undefined;
  const minutes = typeof duration === 'string' ? minutesOf(duration) : undefined;
  const problems = [
    ...(minutes === undefined ? [] : durationProblems(duration, minutes, [...path, 'duration'])),
    ...(typeof timeZone === 'string' ? timeZoneProblems(timeZone, [...path, 'timeZone']) : []),
  ];
  if (parsed === undefined) return problems;
  const place = [...path, 'schedule'];
  if (!parsed.ok)
    return [...problems, error('InvalidValue', place, `${show(schedule)} ${parsed.refusal.reason}`, parsed.refusal.remedy)];
  const rhythm = rhythmOf(parsed.value, minutes ?? 0);
  if (rhythm === 'NeverOpen')
    return [...problems, error('InvalidValue', place, `${show(schedule)} names a day that no month has`, 'write another day')];
  if (rhythm === 'OpensAndCloses' || problems.length > 0) return problems;
  const reason = `${show(duration)} is as long as the time between two openings of ${show(schedule)}, so the window is always open`;
  return [warning('WindowAlwaysOpen', [...path, 'duration'], reason, 'write a shorter duration, or leave windows out')];
}

const longestHours = 366 * 24;

/** @returns undefined for a text that its pattern refuses */
function minutesOf(duration: string): number | undefined {
  // Go reads no empty text, but the pattern, which cannot say "at least one of the two", does.
  const nanoseconds = duration === '' ? 0 : nanosecondsOf(duration);
  return nanoseconds === undefined ? undefined : nanoseconds / 60e9;
}

function durationProblems(duration: unknown, minutes: number, path: FieldPath): Problem[] {
  if (minutes === 0)
    return [
      error('InvalidValue', path, `${show(duration)} is no time at all, so the window would never be open`, 'write e.g. 4h'),
    ];
  if (minutes <= longestHours * 60) return [];
  return [
    error(
      'InvalidValue',
      path,
      `${show(duration)} is longer than a year`,
      'leave windows out if nodes may be changed at any time',
    ),
  ];
}

function timeZoneProblems(timeZone: string, path: FieldPath): Problem[] {
  const known = Intl.supportedValuesOf('timeZone');
  const meant =
    known.find((name) => name.toLowerCase() === timeZone.toLowerCase()) ??
    known.find((name) => name.toLowerCase().endsWith(`/${timeZone.toLowerCase().replaceAll(' ', '_')}`)) ??
    nearest(timeZone, known);
  // Node.js does not mind the case of the letters; a CronJob does.
  const isWrongCase = meant !== undefined && meant !== timeZone && meant.toLowerCase() === timeZone.toLowerCase();
  if (isTimeZone(timeZone) && !isWrongCase) return [];
  const remedy = meant ? `did you mean ${meant}?` : 'write a name of the IANA database, e.g. Europe/Berlin or Etc/UTC';
  return [error('InvalidValue', path, `${show(timeZone)} is not a time zone`, remedy)];
}

/** Names only: newer releases of Node.js also read offsets such as `+02:00`, which are in no database. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/** 1 January 2024, a leap year, in days since 1970. */
const firstDay = 19_723;
/** Twenty-eight years: by then each date has met each day of the week. */
const lastDay = firstDay + 28 * 365 + 7;

type Rhythm = 'NeverOpen' | 'OpensAndCloses' | 'AlwaysOpen';

/** @param length minutes for which the window stays open */
function rhythmOf({ minutes, firesOn }: CronSchedule, length: number): Rhythm {
  const [first = 0, last = 0] = [minutes[0], minutes.at(-1)];
  const closesOnADay = minutes.some((minute, index) => (minutes[index + 1] ?? minute) - minute > length);
  let before: number | undefined;
  for (let number = firstDay; number < lastDay; number += 1) {
    if (!firesOn(calendarDay(number))) continue;
    const overnight = before === undefined ? 0 : (number - before) * 24 * 60 - last + first;
    if (closesOnADay || overnight > length) return 'OpensAndCloses';
    before = number;
  }
  return before === undefined ? 'NeverOpen' : 'AlwaysOpen';
}
