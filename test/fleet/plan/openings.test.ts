import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type MaintenanceWindow, openingsOf } from '../../../src/fleet/plan/openings.ts';

interface Run {
  readonly schedule: string;
  readonly zone: string;
  readonly from: string;
  readonly to: string;
  readonly times: readonly string[];
}

const { runs } = JSON.parse(readFileSync(new URL('../../vectors/cron-schedules.json', import.meta.url), 'utf8')) as {
  readonly runs: readonly Run[];
};

/** Openings of a minute do not touch, and so each time of the schedule is seen. */
function timesOf({ schedule, zone, from, to }: Run): string[] {
  const span = { from: Date.parse(from), until: Date.parse(to) };
  return [...openingsOf([{ schedule, duration: '1m', timeZone: zone }], span)]
    .filter((opening) => opening.from > span.from)
    .map((opening) => moment(opening.from));
}

function moment(time: number): string {
  return new Date(time).toISOString().replace(':00.000Z', 'Z');
}

/** `+` only we open then, `-` only a CronJob runs then. */
function differences(run: Run): string[] {
  const ours = timesOf(run);
  const [extra, missing] = [ours.filter((time) => !run.times.includes(time)), run.times.filter((time) => !ours.includes(time))];
  return [...extra.map((time) => `${run.schedule} +${time}`), ...missing.map((time) => `${run.schedule} -${time}`)];
}

describe('the times of a schedule', () => {
  const isOdd = ({ zone, from }: Run) => zone === 'Australia/Lord_Howe' || (zone === 'Asia/Beirut' && from.startsWith('2026-03'));

  it.each(runs.filter((run) => !isOdd(run)))('are those of a CronJob: $schedule $zone from $from', (run) => {
    expect(timesOf(run)).toEqual(run.times);
  });

  // A CronJob adds whole hours until the hour is right. Where clocks change by half an hour, or at midnight, it
  // misses times that clocks show on that day or the next, and takes 02:30 for 01:30. We open when clocks show it.
  it('are those that clocks show, where a CronJob is wrong', () => {
    const lordHowe = runs.filter(({ zone }) => zone === 'Australia/Lord_Howe').flatMap(differences);
    expect(lordHowe).toEqual([
      ...['15 2 * * * +2026-04-04T15:45Z', '0 2 * * * +2026-04-04T15:30Z', '0 3 * * * +2026-04-04T16:30Z'],
      ...['0 0 * * * +2026-04-05T13:30Z', '0 2 * * 0 +2026-04-04T15:30Z', '@daily +2026-04-05T13:30Z'],
      ...['0 3 * * * +2026-10-03T16:00Z', '30 1 * * * -2026-10-03T15:30Z', '45 1 * * * -2026-10-03T15:45Z'],
      ...['0 0 * * * +2026-10-04T13:00Z', '30 1 * * sun -2026-10-03T15:30Z', '@daily +2026-10-04T13:00Z'],
    ]);
    const beirut = runs.filter(({ zone }) => zone === 'Asia/Beirut').flatMap(differences);
    expect(beirut).toEqual(['0 2 * * 0 +2026-03-28T23:00Z', '30 1 * * sun +2026-03-28T22:30Z']);
  });
});

describe('openings', () => {
  const openings = (windows: readonly MaintenanceWindow[], from: string, until: string) =>
    [...openingsOf(windows, { from: Date.parse(from), until: Date.parse(until) })].map(
      (one) => `${moment(one.from)} ${moment(one.until)}`,
    );

  it('last as long on the days on which clocks change', () => {
    const window = { schedule: '0 1 * * *', duration: '4h', timeZone: 'Europe/Berlin' };
    expect(openings([window], '2026-03-29T00:00Z', '2026-03-29T12:00Z')).toEqual(['2026-03-29T00:00Z 2026-03-29T04:00Z']);
    expect(openings([window], '2026-10-24T12:00Z', '2026-10-25T12:00Z')).toEqual(['2026-10-24T23:00Z 2026-10-25T03:00Z']);
  });

  it('are joined where an hour that comes twice opens a window twice', () => {
    const window = { schedule: '30 1 * * *', duration: '90m', timeZone: 'America/New_York' };
    expect(openings([window], '2026-11-01T00:00Z', '2026-11-02T00:00Z')).toEqual(['2026-11-01T05:30Z 2026-11-01T08:00Z']);
  });

  it('are left out where the time is skipped', () => {
    const window = { schedule: '30 2 * * *', duration: '1h', timeZone: 'America/New_York' };
    expect(openings([window], '2026-03-08T00:00Z', '2026-03-09T00:00Z')).toEqual([]);
    const halfHour = { schedule: '15 2 * * *', duration: '30m', timeZone: 'Australia/Lord_Howe' };
    expect(openings([halfHour], '2026-10-03T12:00Z', '2026-10-04T12:00Z')).toEqual([]);
  });

  it('go over midnight, and are seen by whoever looks in the middle', () => {
    const window = { schedule: '0 22 * * 5', duration: '30h' };
    expect(openings([window], '2026-01-03T20:00Z', '2026-01-04T20:00Z')).toEqual(['2026-01-02T22:00Z 2026-01-04T04:00Z']);
  });

  it('of several windows are joined where they overlap or touch', () => {
    const windows = [
      { schedule: '0 2 * * *', duration: '2h' },
      { schedule: '30 3 * * *', duration: '10m' },
      { schedule: '0 4 * * *', duration: '1h' },
      { schedule: '1 5 * * *', duration: '1m' },
    ];
    expect(openings(windows, '2026-01-01T00:00Z', '2026-01-02T00:00Z')).toEqual([
      '2026-01-01T02:00Z 2026-01-01T05:00Z',
      '2026-01-01T05:01Z 2026-01-01T05:02Z',
    ]);
  });

  it('are none for a window that validation refuses', () => {
    const wrong = [
      { schedule: 'x', duration: '1h' },
      { schedule: '* * * * *', duration: '0h' },
      { schedule: '* * * * *', duration: '1h', timeZone: 'Mars/Base' },
    ];
    expect(openings(wrong, '2026-01-01T00:00Z', '2026-12-31T00:00Z')).toEqual([]);
  });
});
