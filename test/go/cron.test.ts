import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { calendarDay } from '../../src/go/calendar.ts';
import { parseCron } from '../../src/go/cron.ts';

const { verdicts } = JSON.parse(readFileSync(new URL('../vectors/cron-schedules.json', import.meta.url), 'utf8')) as {
  readonly verdicts: Readonly<Record<string, boolean>>;
};

/** A CronJob takes this by accident: it reads `*-` as `*`. */
const byAccident = ['0 2 * * *-'];

describe('schedules', () => {
  it.each(Object.entries(verdicts).filter(([text]) => !byAccident.includes(text)))(
    'reads %j as a CronJob does: %s',
    (text, isRead) => {
      expect(parseCron(text).ok).toBe(isRead);
    },
  );

  it.each([...byAccident, '*-5 * * * *', '+5 * * * *', '1,,2 * * * *', ', * * * *', '@every 1h'])('refuses %j', (text) => {
    expect(parseCron(text).ok).toBe(false);
  });

  it.each([
    ['60 * * * *', 'has the minute 60', 'write 0 to 59'],
    ['0 0 * * 7', 'has the day of the week 7', 'write 0 for Sunday'],
    [
      '0 0 L * *',
      'has the day of the month "L", which a CronJob cannot read',
      'write *, numbers from 1 to 31, ranges such as 1-3, and steps such as */2',
    ],
    [
      '0 0 * * 5#2',
      'has the day of the week "5#2", which a CronJob cannot read',
      'write *, numbers from 0 to 6 or sun to sat, ranges such as 0-2, and steps such as */2',
    ],
    ['0 22-2 * * *', 'has the hour "22-2", which ends before it begins', 'write two ranges: 22-23,0-2'],
    ['*/0 * * * *', 'has a step of 0 in the minute', 'write a step of at least 1'],
    [
      '0 0 2 * * 6',
      'has 6 fields instead of five',
      'write minute, hour, day of the month, month and day of the week, e.g. 0 2 * * 6',
    ],
    ['CRON_TZ=Europe/Berlin 0 2 * * *', 'contains a time zone', 'write the time zone into timeZone'],
    [
      '@every 1h',
      'is not one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly',
      'write five fields, e.g. 0 2 * * 6',
    ],
  ])('says of %j what is wrong', (text, reason, remedy) => {
    expect(parseCron(text)).toEqual({ ok: false, refusal: { reason, remedy } });
  });

  it('lists the times of a day in order', () => {
    const parsed = parseCron('30,0 14,2 * * *');
    expect(parsed.ok && parsed.value.minutes).toEqual([120, 150, 840, 870]);
  });
});

test('dates are those of Date, from 1600 to 2400', () => {
  for (let number = -135_140; number < 157_060; number += 1) {
    const date = new Date(number * 86_400_000);
    const expected = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCDay()];
    const { year, month, day, weekday } = calendarDay(number);
    if (year !== expected[0] || month !== expected[1] || day !== expected[2] || weekday !== expected[3])
      expect([year, month, day, weekday]).toEqual(expected);
  }
});
