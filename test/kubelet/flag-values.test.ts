import { expect, test } from 'vitest';
import type { FlagValue } from '../../src/api/types.ts';
import { ofFlags } from './subject.ts';

/** Each in a version that does not call the flag deprecated, so that only the value is judged. */
const cases: readonly (readonly [flag: string, value: FlagValue, version: string, expected: readonly string[]])[] = [
  ['fail-swap-on', true, '1.9.0', []],
  ['fail-swap-on', 'False', '1.9.0', []],
  ['fail-swap-on', 0, '1.9.0', []],
  ['fail-swap-on', 'no', '1.9.0', ['error fail-swap-on']],
  ['fail-swap-on', '', '1.9.0', ['error fail-swap-on']],
  ['fail-swap-on', 2, '1.9.0', ['error fail-swap-on']],
  ['max-pods', 64, '1.9.0', []],
  ['max-pods', '0x40', '1.9.0', []],
  ['max-pods', 6.4, '1.9.0', ['error max-pods']],
  ['max-pods', true, '1.9.0', ['error max-pods']],
  ['max-pods', 'many', '1.9.0', ['error max-pods']],
  ['v', ['2', 'high'], '1.36.0', ['error v.1', 'warning v']],
  ['housekeeping-interval', '10s', '1.36.0', []],
  ['housekeeping-interval', 10, '1.36.0', ['error housekeeping-interval']],
  ['chaos-chance', 0.5, '1.9.0', []],
  ['chaos-chance', 'half', '1.9.0', ['error chaos-chance']],
  // Numbers with a fraction until 1.3.
  ['event-qps', 0.5, '1.3.0', []],
  ['event-qps', 0.5, '1.4.0', ['error event-qps']],
  // A newer kubelet may read it another way.
  ['v', 'high', '1.38.0', ['warning ', 'warning v']],
  // Any text goes.
  ['root-dir', true, '1.36.0', []],
  ['hostname-override', 5, '1.36.0', []],
  ['version', 'raw', '1.36.0', []],
  ['node-labels', 'a', '1.36.0', []],
  ['node-labels', ['a=b', 'c=d'], '1.36.0', []],
  ['root-dir', ['/a', '/b'], '1.36.0', ['warning root-dir']],
  ['root-dir', ['/a'], '1.36.0', []],
  // One text until 1.8, merged since.
  ['eviction-hard', ['memory.available<1Gi', 'nodefs.available<5%'], '1.8.0', ['warning eviction-hard']],
  ['eviction-hard', ['memory.available<1Gi', 'nodefs.available<5%'], '1.9.0', []],
];

test.each(cases)('--%s=%j for %s', (flag, value, version, expected) => {
  const found = ofFlags({ [flag]: value }, version).map(({ severity, path }) => `${severity} ${path.slice(2).join('.')}`);
  expect(found.sort()).toEqual(expected);
});

test('the message says what the flag takes', () => {
  expect(ofFlags({ 'fail-swap-on': 'no' }, '1.9.0')).toMatchObject([
    {
      code: 'FlagInvalid',
      reason: 'the flag --fail-swap-on takes true or false, found "no": kubelet 1.9 does not start with it',
      remedy: 'write true or false',
    },
  ]);
});
