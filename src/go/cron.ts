/**
 * How a CronJob reads its schedule: the grammar of github.com/robfig/cron v3, ParseStandard. What that
 * library takes by accident (`*-5`, `+5`, `1,,2`) and what has no fixed times (`@every`) is refused.
 */

import type { CalendarDay } from './calendar.ts';
import { accepted, type Parsed, refused } from './parsed.ts';
import { quoted } from './text.ts';

export interface CronSchedule {
  /** The times at which it fires on its days: minutes since midnight, ascending. */
  readonly minutes: readonly number[];
  readonly firesOn: (day: CalendarDay) => boolean;
}

interface Field {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  /** Words for the numbers from `first` on. */
  readonly words?: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const fields: readonly Field[] = [
  { name: 'minute', first: 0, last: 59 },
  { name: 'hour', first: 0, last: 23 },
  { name: 'day of the month', first: 1, last: 31 },
  { name: 'month', first: 1, last: 12, words: months },
  { name: 'day of the week', first: 0, last: 6, words: weekdays },
];

const named: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** @returns the schedule, or why a CronJob would not take it */
export function parseCron(text: string): Parsed<CronSchedule> {
  if (/^(CRON_)?TZ=/.test(text)) return refused('contains a time zone', 'write the time zone into timeZone');
  if (text.startsWith('@') && !Object.hasOwn(named, text))
    return refused(`is not one of ${Object.keys(named).join(', ')}`, 'write five fields, e.g. 0 2 * * 6');
  const words = (named[text] ?? text).split(/\s+/).filter((word) => word !== '');
  if (words.length !== fields.length) {
    const count = words.length === 1 ? '1 field' : `${words.length} fields`;
    return refused(
      `has ${count} instead of five`,
      'write minute, hour, day of the month, month and day of the week, e.g. 0 2 * * 6',
    );
  }
  const values: Values[] = [];
  for (const [index, field] of fields.entries()) {
    const parsed = parseField(words[index] ?? '', field);
    if (!parsed.ok) return parsed;
    values.push(parsed.value);
  }
  return accepted(scheduleOf(values));
}

function scheduleOf([minutes = none, hours = none, days = none, inMonths = none, onWeekdays = none]: readonly Values[]) {
  // Where both fields for days are restricted, one is enough: `0 0 13 * 5` is each 13th and each Friday.
  const needsBoth = days.isAny || onWeekdays.isAny;
  return {
    minutes: hours.numbers.flatMap((hour) => minutes.numbers.map((minute) => hour * 60 + minute)),
    firesOn: ({ month, day, weekday }: CalendarDay) => {
      if (!inMonths.numbers.includes(month)) return false;
      const [isDay, isWeekday] = [days.numbers.includes(day), onWeekdays.numbers.includes(weekday)];
      return needsBoth ? isDay && isWeekday : isDay || isWeekday;
    },
  };
}

interface Values {
  /** Ascending. */
  readonly numbers: readonly number[];
  /** It contains `*` or `?`, without a step of two or more. */
  readonly isAny: boolean;
}

const none: Values = { numbers: [], isAny: false };

function parseField(text: string, field: Field): Parsed<Values> {
  const numbers = new Set<number>();
  let isAny = false;
  for (const range of text.split(',')) {
    const parsed = parseRange(range, field);
    if (!parsed.ok) return parsed;
    const { from, to, step } = parsed.value;
    for (let value = from; value <= to; value += step) numbers.add(value);
    isAny ||= step === 1 && /^[*?]/.test(range);
  }
  return accepted({ numbers: [...numbers].sort((a, b) => a - b), isAny });
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

function parseRange(text: string, field: Field): Parsed<Range> {
  const { name, first, last } = field;
  const [, begin = '', end, steps] = /^([*?]|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(text) ?? [];
  const isAny = begin === '*' || begin === '?';
  if (begin === '' || (isAny && end !== undefined)) return unreadable(text, field);
  const from = isAny ? first : numberOf(begin, field);
  // With a step, a single number begins a range: 5/15 is 5-59/15.
  const to = end === undefined ? (isAny || steps !== undefined ? last : from) : numberOf(end, field);
  const step = Number(steps ?? 1);
  if (from === undefined || to === undefined) return unreadable(text, field);
  const outside = [from, to].find((number) => number < first || number > last);
  if (outside !== undefined) return refused(`has the ${name} ${outside}`, outsideRemedy(field, outside));
  if (from > to)
    return refused(
      `has the ${name} ${quoted(text)}, which ends before it begins`,
      `write two ranges: ${wrapped(from, to, field)}`,
    );
  if (step === 0) return refused(`has a step of 0 in the ${name}`, 'write a step of at least 1');
  return accepted({ from, to, step });
}

function numberOf(text: string, { first, words = [] }: Field): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const index = words.indexOf(text.toLowerCase());
  return index < 0 ? undefined : first + index;
}

function unreadable(text: string, { name, first, last, words }: Field) {
  const orWords = words ? ` or ${words[0]} to ${words.at(-1)}` : '';
  return refused(
    `has the ${name} ${quoted(text)}, which a CronJob cannot read`,
    `write *, numbers from ${first} to ${last}${orWords}, ranges such as ${first}-${first + 2}, and steps such as */2`,
  );
}

function outsideRemedy({ words, first, last }: Field, outside: number): string {
  return words === weekdays && outside === 7 ? 'write 0 for Sunday' : `write ${first} to ${last}`;
}

function wrapped(from: number, to: number, { first, last }: Field): string {
  return `${from}-${last},${first}-${to}`;
}
