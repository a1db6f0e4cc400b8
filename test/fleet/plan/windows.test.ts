import { describe, expect, it } from 'vitest';
import type { MaintenanceWindow } from '../../../src/fleet/plan/openings.ts';
import { describeWindow, type Windows, windowState } from '../../../src/fleet/plan/windows.ts';

const berlin: MaintenanceWindow[] = [{ schedule: '0 2 * * 6', duration: '4h', timeZone: 'Europe/Berlin' }];

/** `Open until 2026-10-31T05:00Z`, `Closed until …`, `Never NeverMeet`. */
function stateOf(objects: readonly Windows[], now: string, reserveSeconds = 0): string {
  const state = windowState(objects, Date.parse(now), reserveSeconds);
  if (state.kind === 'Never') return `Never ${state.why}`;
  const end = state.kind === 'Open' ? state.until : state.opensAt;
  return `${state.kind} until ${end === undefined ? 'ever' : new Date(end).toISOString().replace(':00.000Z', 'Z')}`;
}

function wordsAt(now: string, windows: Windows = berlin): string {
  return describeWindow(windowState([windows], Date.parse(now)), Date.parse(now));
}

describe('one object', () => {
  it.each([
    ['2026-10-31T00:59:59Z', 'Closed until 2026-10-31T01:00Z'],
    ['2026-10-31T01:00:00Z', 'Open until 2026-10-31T05:00Z'],
    ['2026-10-31T04:59:59Z', 'Open until 2026-10-31T05:00Z'],
    ['2026-10-31T05:00:00Z', 'Closed until 2026-11-07T01:00Z'],
    // An earlier time than the one asked for before.
    ['2026-10-24T01:00:00Z', 'Open until 2026-10-24T04:00Z'],
  ])('at %s: %s', (now, state) => {
    expect(stateOf([berlin], now)).toBe(state);
  });

  it('may change at any time without windows', () => {
    expect(stateOf([undefined, []], '2026-01-01T00:00Z')).toBe('Open until ever');
  });

  it('is closed when less is left than a change may take', () => {
    expect(stateOf([berlin], '2026-10-31T04:50:00Z', 600)).toBe('Open until 2026-10-31T05:00Z');
    expect(stateOf([berlin], '2026-10-31T04:50:01Z', 600)).toBe('Closed until 2026-11-07T01:00Z');
    expect(stateOf([berlin], '2026-10-31T03:00:00Z', 4 * 3600 + 1)).toBe('Never TooShort');
  });

  it('has no end within a year where one opening follows the other', () => {
    expect(stateOf([[{ schedule: '*/30 * * * *', duration: '30m' }]], '2026-01-01T00:00Z')).toBe('Open until ever');
  });

  it('closes for an hour on the long day, if it opens for 24 hours each day', () => {
    const daily = [{ schedule: '0 0 * * *', duration: '24h', timeZone: 'Europe/Berlin' }];
    expect(stateOf([daily], '2026-10-20T00:00Z')).toBe('Open until 2026-10-25T22:00Z');
    expect(stateOf([daily], '2026-10-25T22:00Z')).toBe('Closed until 2026-10-25T23:00Z');
  });

  it('never opens within a year for a leap day that is further away', () => {
    const leapDay = [{ schedule: '0 0 29 2 *', duration: '4h' }];
    expect(stateOf([leapDay], '2027-02-01T00:00Z')).toBe('Never NoOpening');
    expect(stateOf([leapDay], '2027-03-01T00:00Z')).toBe('Closed until 2028-02-29T00:00Z');
    expect(stateOf([leapDay], '2028-02-29T03:00Z')).toBe('Open until 2028-02-29T04:00Z');
    expect(stateOf([leapDay], '2028-02-29T04:00Z')).toBe('Never NoOpening');
  });
});

describe('several objects', () => {
  const nightly = [{ schedule: '0 22 * * *', duration: '6h' }];
  const early = [{ schedule: '0 3 * * *', duration: '3h' }];

  it('are open while all of them are', () => {
    expect(stateOf([nightly, early], '2026-01-01T01:00Z')).toBe('Closed until 2026-01-01T03:00Z');
    expect(stateOf([nightly, undefined, early], '2026-01-01T03:30Z')).toBe('Open until 2026-01-01T04:00Z');
    expect(stateOf([early, nightly], '2026-01-01T04:00Z')).toBe('Closed until 2026-01-02T03:00Z');
  });

  it('may never meet', () => {
    const weekdays = [{ schedule: '0 2 * * 1-5', duration: '4h' }];
    const weekends = [{ schedule: '0 2 * * 0,6', duration: '4h' }];
    expect(stateOf([weekdays, weekends], '2026-01-01T00:00Z')).toBe('Never NeverMeet');
    expect(stateOf([weekdays, nightly], '2026-01-01T00:00Z')).toBe('Closed until 2026-01-01T02:00Z');
  });

  it('may meet on a few days of the year only', () => {
    const fridays = [{ schedule: '0 2 * * 5', duration: '1h' }];
    const thirteenth = [{ schedule: '0 2 13 * *', duration: '1h' }];
    expect(stateOf([fridays, thirteenth], '2026-04-01T00:00Z')).toBe('Closed until 2026-11-13T02:00Z');
  });

  it('may meet for less than a change may take', () => {
    expect(stateOf([nightly, early], '2026-01-01T00:00Z', 3600)).toBe('Closed until 2026-01-01T03:00Z');
    expect(stateOf([nightly, early], '2026-01-01T00:00Z', 3601)).toBe('Never TooShort');
  });
});

describe('words', () => {
  it.each([
    ['2026-10-30T12:00Z', 'opens Saturday 02:00 Europe/Berlin'],
    ['2026-10-31T00:30Z', 'opens Saturday 02:00 Europe/Berlin'],
    ['2026-10-31T05:00Z', 'opens Saturday 2026-11-07 02:00 Europe/Berlin'],
    ['2026-10-31T23:00Z', 'opens Saturday 02:00 Europe/Berlin'],
    ['2026-10-31T02:00Z', 'closes 06:00 Europe/Berlin'],
  ])('at %s: %s', (now, words) => {
    expect(wordsAt(now)).toBe(words);
  });

  it('name the day on which an opening of several days closes', () => {
    const weekend = [{ schedule: '0 20 * * 5', duration: '58h30m', timeZone: 'Australia/Lord_Howe' }];
    expect(wordsAt('2026-05-02T00:00Z', weekend)).toBe('closes Monday 06:30 Australia/Lord_Howe');
  });

  it('name UTC where no time zone is given', () => {
    expect(wordsAt('2026-01-01T01:00Z', [{ schedule: '5 3 * * *', duration: '1h' }])).toBe('opens Thursday 03:05 Etc/UTC');
  });

  it('name the time zone of the window that decides', () => {
    const london = [{ schedule: '15 1 * * 6', duration: '1h15m', timeZone: 'Europe/London' }];
    const now = Date.parse('2026-10-31T00:00Z');
    expect(describeWindow(windowState([berlin, london], now), now)).toBe('opens Saturday 01:15 Europe/London');
    const open = Date.parse('2026-10-31T01:20Z');
    expect(describeWindow(windowState([berlin, london], open), open)).toBe('closes 02:30 Europe/London');
  });

  it('say why nothing will ever happen', () => {
    expect(wordsAt('2026-01-01T00:00Z', [{ schedule: '0 0 30 2 *', duration: '1h' }])).toBe('does not open within a year');
  });
});

it('is searched for again only when an opening has ended', () => {
  let reads = 0;
  const window = {
    get schedule() {
      reads += 1;
      return '17 2 * * *';
    },
    duration: '4h',
  };
  const windows = [window];
  const readsAt = (now: string) => {
    reads = 0;
    windowState([windows], Date.parse(now), 60);
    return reads;
  };
  expect(readsAt('2026-01-01T00:00Z')).toBeGreaterThan(0);
  expect(readsAt('2026-01-01T02:17Z')).toBe(0);
  expect(readsAt('2026-01-01T06:16Z')).toBe(0);
  expect(readsAt('2026-01-01T06:16:01Z')).toBeGreaterThan(0);
});
