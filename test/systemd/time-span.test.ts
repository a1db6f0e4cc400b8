/** The spans are those of systemd.time(7) and of `systemd-analyze timespan`. */

import { expect, test } from 'vitest';
import { timeSpan } from '../../src/systemd/time-span.ts';

test.each([
  ['30', 30],
  ['5min', 300],
  ['1min 30s', 90],
  ['1min30s', 90],
  ['2 h', 7_200],
  ['55s500ms', 55.5],
  ['1.5min', 90],
  ['1M', 2_629_800],
  ['0', 0],
  ['infinity', Number.POSITIVE_INFINITY],
  [' 10 seconds ', 10],
])('%s', (text, seconds) => {
  expect(timeSpan(text)).toBe(seconds * 1_000_000_000);
});

test.each(['', 's', '5 parsecs', '-5s', '5s,', 'five'])('%j is none', (text) => {
  expect(timeSpan(text)).toBeUndefined();
});
