import { describe, expect, test } from 'vitest';
import type { Problem } from '../../src/api/problem.ts';
import { settingsProblems } from '../../src/kubelet/settings-alone.ts';

const settings = 'spec.kubelet';

/** The fields that are complained of, in an object in which these paths have errors. */
function told(kubelet: unknown, faulty: readonly (readonly (string | number)[])[] = [], code: Problem['code'] = 'WrongType') {
  const known = faulty.map((path): Problem => ({ severity: 'error', code, path, reason: 'r', remedy: 'r' }));
  const found = settingsProblems({ metadata: { name: 'a' }, spec: { kubelet } }, known);
  expect(found.every(({ object }) => object === 'a')).toBe(true);
  return found.map(({ path }) => path.join('.'));
}

describe('of an object with errors elsewhere', () => {
  const kubelet = { version: 'v1.30.2', flags: { 'max-podz': 1, v: null }, configuration: { maxPodz: 1 } };

  test('the settings are checked', () => {
    const both = [`${settings}.flags.max-podz`, `${settings}.configuration.maxPodz`];
    expect(told(kubelet, [['spec', 'files', 0, 'mode']])).toEqual(both);
    expect(told(kubelet, [['spec']])).toEqual(both);
    expect(told(kubelet, [['spec', 'kubelet', 'flags', 'v']])).toEqual(both);
  });

  test('a setting that has an error already gets no second one', () => {
    expect(told(kubelet, [['spec', 'kubelet', 'flags', 'max-podz']])).toEqual([`${settings}.configuration.maxPodz`]);
    expect(told(kubelet, [['spec', 'kubelet', 'flags', 'max-podz', 0]])).toEqual([`${settings}.configuration.maxPodz`]);
    expect(told(kubelet, [['spec', 'kubelet', 'configuration', 'maxPodz', 'x']])).toEqual([`${settings}.flags.max-podz`]);
  });

  test.each(['WrongKind', 'WrongApiVersion', 'TooLarge'] as const)('%s says that it is none of ours', (code) => {
    expect(told(kubelet, [['kind']], code)).toEqual([]);
  });

  test.each([[undefined], [null], [1], ['x'], [[]], [{ flags: [], configuration: 'x', version: 1 }], [{ version: 'x' }]])(
    'another type than a map makes nothing throw: %j',
    (value) => {
      expect(told(value)).toEqual([]);
    },
  );
});

test('without a version in the object that of the command line counts', () => {
  const flags = { 'container-runtime': 'remote' };
  const known: Problem[] = [];
  expect(settingsProblems({ spec: { kubelet: { flags } } }, known, 'v1.30.2')).toMatchObject([{ severity: 'error' }]);
  expect(settingsProblems({ spec: { kubelet: { flags, version: 'v1.20.1' } } }, known, 'v1.30.2')).toEqual([]);
});
