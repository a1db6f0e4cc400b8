import { expect, test } from 'vitest';
import { flagProblems, flagWords } from '../../src/render/flags.ts';

const kubelet = { flags: {}, configurationPath: '/etc/kubernetes/kubelet-config.yaml' };

test('each flag is one word, sorted by name, and a list repeats it in its order', () => {
  const flags = { v: 2, 'node-labels': ['b=1', 'a=2'], 'allow-privileged': true };
  expect(flagWords({ ...kubelet, flags })).toEqual([
    { word: '--allow-privileged=true', flag: 'allow-privileged' },
    { word: '--node-labels=b=1', flag: 'node-labels' },
    { word: '--node-labels=a=2', flag: 'node-labels' },
    { word: '--v=2', flag: 'v' },
  ]);
});

test('the order of keys changes nothing', () => {
  expect(flagWords({ ...kubelet, flags: { b: 1, a: 2 } })).toEqual(flagWords({ ...kubelet, flags: { a: 2, b: 1 } }));
});

test('a configuration adds the flag that names its file', () => {
  expect(flagWords({ ...kubelet, configuration: {} }).map(({ word }) => word)).toEqual([
    '--config=/etc/kubernetes/kubelet-config.yaml',
  ]);
});

test('then an object cannot set that flag itself', () => {
  expect(flagProblems({ ...kubelet, flags: { config: '/x' }, configuration: {} })).toMatchObject([
    { code: 'FlagInvalid', path: ['kubelet', 'flags', 'config'], remedy: expect.stringContaining('configurationPath') },
  ]);
  expect(flagProblems({ ...kubelet, flags: { config: '/x' } })).toEqual([]);
});
