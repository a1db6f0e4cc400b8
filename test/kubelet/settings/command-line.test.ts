import { expect, test } from 'vitest';
import { knownRelease } from '../../../src/kubelet/release.ts';
import { readCommandLine } from '../../../src/kubelet/settings/command-line.ts';

const read = (...texts: (string | undefined)[]) =>
  readCommandLine(
    texts.map((text) => ({ text, by: '/unit' })),
    knownRelease('1.36'),
  );

test.each([
  [['--config=/a'], [['config', '/a']]],
  [
    ['--config', '/a', '--v', '2'],
    [
      ['config', '/a'],
      ['v', '2'],
    ],
  ],
  [['-v=4'], [['v', '4']]],
  [['-v', '4'], [['v', '4']]],
  [['-v4'], [['v', '4']]],
  [['--fail_swap_on=false'], [['fail-swap-on', 'false']]],
  [
    ['--fail-swap-on', '--node-ip=10.0.0.1'],
    [
      ['fail-swap-on', 'true'],
      ['node-ip', '10.0.0.1'],
    ],
  ],
  [
    ['--node-labels=a=b', '--node-labels=c=d'],
    [
      ['node-labels', 'a=b'],
      ['node-labels', 'c=d'],
    ],
  ],
  [['--node-ip='], [['node-ip', '']]],
])('%j', (words, expected) => {
  expect(read(...words).flags.map(({ name, value }) => [name, value])).toEqual(expected);
});

test('words that are no flags are told apart, and what only the machine knows', () => {
  expect(read('--v=2', 'extra', undefined)).toMatchObject({ rest: [{ text: 'extra' }], hasUnknown: true });
  expect(read('--', '--v=2')).toMatchObject({ flags: [], rest: [{ text: '--v=2' }] });
});
