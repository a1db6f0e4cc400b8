import { describe, expect, it } from 'vitest';
import { formatPath } from '../../../src/api/problem.ts';
import { validateKubeletConfig } from '../../../src/api/validate/validate.ts';
import { changed } from './valid.ts';

function problemsOf(window: Readonly<Record<string, unknown>>): string[] {
  const windows = [{ schedule: '0 2 * * 6', duration: '4h', ...window }];
  return validateKubeletConfig(changed(['spec', 'rollout'], { windows })).map(
    ({ severity, code, path, reason, remedy }) => `${severity} ${code} ${formatPath(path.slice(3))}: ${reason} → ${remedy}`,
  );
}

describe('windows', () => {
  it.each([
    {},
    { timeZone: 'Europe/Berlin' },
    { timeZone: 'Etc/UTC' },
    { timeZone: 'UTC' },
    { timeZone: 'America/Argentina/Buenos_Aires' },
    { timeZone: 'US/Pacific' },
    { schedule: '@weekly', duration: '1h30m' },
    { schedule: '0 0 29 2 *', duration: '8784h' },
    { schedule: '0 0 * * *', duration: '23h59m' },
    { schedule: '0 1,13 * * *', duration: '11h59m' },
  ])('may be %j', (window) => {
    expect(problemsOf(window)).toEqual([]);
  });

  it.each([
    [{ schedule: '0 2 * * 7' }, 'error InvalidValue [0].schedule: "0 2 * * 7" has the day of the week 7 → write 0 for Sunday'],
    [
      { schedule: '0 0 31 4,6 *' },
      'error InvalidValue [0].schedule: "0 0 31 4,6 *" names a day that no month has → write another day',
    ],
    [
      { duration: '0h0m' },
      'error InvalidValue [0].duration: "0h0m" is no time at all, so the window would never be open → write e.g. 4h',
    ],
    [
      { duration: '' },
      'error InvalidValue [0].duration: "" is no time at all, so the window would never be open → write e.g. 4h',
    ],
    [
      { duration: '8785h' },
      'error InvalidValue [0].duration: "8785h" is longer than a year → leave windows out if nodes may be changed at any time',
    ],
    [
      { timeZone: 'Europe/Berlni' },
      'error InvalidValue [0].timeZone: "Europe/Berlni" is not a time zone → did you mean Europe/Berlin?',
    ],
    [
      { timeZone: 'europe/berlin' },
      'error InvalidValue [0].timeZone: "europe/berlin" is not a time zone → did you mean Europe/Berlin?',
    ],
    [{ timeZone: 'new york' }, 'error InvalidValue [0].timeZone: "new york" is not a time zone → did you mean America/New_York?'],
    [
      { timeZone: '+02:00' },
      'error InvalidValue [0].timeZone: "+02:00" is not a time zone → write a name of the IANA database, e.g. Europe/Berlin or Etc/UTC',
    ],
    [
      { timeZone: 'Local' },
      'error InvalidValue [0].timeZone: "Local" is not a time zone → write a name of the IANA database, e.g. Europe/Berlin or Etc/UTC',
    ],
  ])('may not be %j', (window, problem) => {
    expect(problemsOf(window)).toEqual([problem]);
  });

  it.each([
    ['0 2 * * *', '24h'],
    ['0 2 * * 6', '168h'],
    ['0 0,6,12,18 * * *', '6h'],
    ['*/15 * * * *', '1h'],
  ])('warns of a window that never closes: %s for %s', (schedule, duration) => {
    expect(problemsOf({ schedule, duration })).toEqual([
      `warning WindowAlwaysOpen [0].duration: "${duration}" is as long as the time between two openings of "${schedule}", so the window is always open → write a shorter duration, or leave windows out`,
    ]);
  });

  it('are checked each by itself', () => {
    const windows = [
      { schedule: 'x', duration: '0m' },
      { schedule: '0 2 * * *', duration: '1h', timeZone: 'Mars' },
    ];
    const problems = validateKubeletConfig(changed(['spec', 'rollout'], { windows }));
    expect(problems.map(({ path }) => formatPath(path.slice(2))).sort()).toEqual([
      'windows[0].duration',
      'windows[0].schedule',
      'windows[1].timeZone',
    ]);
  });

  it('of a wrong shape are refused for that alone', () => {
    expect(problemsOf({ schedule: 5 })).toHaveLength(1);
    expect(problemsOf({ duration: '90 minutes' })).toHaveLength(1);
  });
});
