import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FlagValue } from '../../src/api/types.ts';
import { fieldRows } from '../../src/kubelet/data/kubelet-fields.ts';
import { flagRows } from '../../src/kubelet/data/kubelet-flags.ts';
import { kubeletProblems } from '../../src/kubelet/kubelet-problems.ts';
import { errors } from './subject.ts';

const configurationPath = '/etc/kubernetes/kubelet.yaml';

test('flags first, then the configuration', () => {
  const kubelet = { flags: { bogus: 1 }, configuration: { bogus: 1 }, configurationPath };
  expect(kubeletProblems(kubelet, '1.30.0').map(({ path }) => path)).toEqual([
    ['kubelet', 'flags', 'bogus'],
    ['kubelet', 'configuration', 'bogus'],
  ]);
});

test.each(['v1.2.2_coreos.0', '1.12.1', 'v1.36.0', undefined])('nothing said is nothing wrong: %s', (version) => {
  expect(kubeletProblems({ flags: {}, configurationPath }, version)).toEqual([]);
});

test('present-day nodes keep what they have', () => {
  const kubelet = {
    flags: { v: 2, 'node-ip': '10.0.0.1', 'node-labels': ['a=b'], 'hostname-override': 'a' },
    configuration: { maxPods: 64, cpuManagerPolicy: 'static', kubeReserved: { cpu: '1' } },
    configurationPath,
  };
  expect(kubeletProblems(kubelet, 'v1.36.1')).toEqual([]);
});

describe('laws', () => {
  const version = fc.oneof(
    fc.integer({ min: 0, max: 45 }).map((minor) => `v1.${minor}.0`),
    fc.constantFrom('2.0.0', '0.21.4', undefined),
    fc.string(),
  );
  const flagName = fc.oneof(fc.constantFrom(...flagRows.map(({ name }) => name)), fc.string(), fc.constant('__proto__'));
  const flagValue = fc.oneof(fc.jsonValue(), fc.array(fc.string()), fc.string(), fc.double(), fc.boolean());
  const flags = fc.array(fc.tuple(flagName, flagValue)).map((pairs) => Object.fromEntries(pairs));
  const topLevel = fieldRows.map(({ path }) => path).filter((path) => !path.includes('.'));
  const fieldName = fc.oneof(fc.constantFrom(...topLevel), fc.string());
  const configuration = fc.dictionary(fieldName, fc.jsonValue());

  test('never throws, and points at what was given', () => {
    fc.assert(
      fc.property(flags, configuration, version, (someFlags, someFields, someVersion) => {
        const kubelet = {
          flags: someFlags as Record<string, FlagValue>,
          configuration: JSON.parse(JSON.stringify(someFields)),
          configurationPath,
        };
        for (const { path } of kubeletProblems(kubelet, someVersion)) {
          const [, part, key] = path;
          const given = part === 'flags' ? someFlags : someFields;
          expect(key === undefined || Object.hasOwn(given, key)).toBe(true);
        }
      }),
    );
  });

  test('without a version is refused what every release refuses, and nothing else', () => {
    const releases = [2, 9, 12, 16, 17, 23, 24, 29, 30, 34, 36].map((minor) => `1.${minor}.0`);
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.double({ noNaN: true }), fc.boolean());
    fc.assert(
      fc.property(fc.constantFrom(...flagRows.map(({ name }) => name), 'no-such-flag'), scalar, (name, value) => {
        const at = (version: string | undefined) =>
          errors(kubeletProblems({ flags: { [name]: value }, configurationPath }, version)).length > 0;
        if (at(undefined)) expect(releases.filter((release) => !at(release))).toEqual([]);
        else
          expect(Array.from({ length: 35 }, (_, index) => `1.${index + 2}.0`).filter((release) => !at(release))).not.toEqual([]);
      }),
    );
  });

  const samples: Readonly<Record<string, FlagValue>> = {
    'eviction-hard': 'memory.available<100Mi',
    'eviction-soft': 'memory.available<100Mi',
    'manifest-url-header': 'a:b',
    'feature-gates': 'AllAlpha=false',
    'register-with-taints': 'a=b:NoSchedule',
    'reserved-memory': '0:memory=1Gi',
    vmodule: 'a=1',
  };
  const sampleOf = (name: string, type: string): FlagValue =>
    samples[name] ?? { bool: true, int: 1, float: 1, duration: '1s', ip: '10.0.0.1', map: 'a=b', quantity: '1Mi' }[type] ?? 'x';
  const minorOf = (release: string) => Number(release.split('.')[1]);
  const errorsOf = (name: string, value: FlagValue, minor: number) =>
    errors(kubeletProblems({ flags: { [name]: value }, configurationPath }, `1.${minor}.0`));

  test.each(flagRows)(
    '--$name is accepted from its first release to its last',
    ({ name, type, since = '1.2', until = '1.36' }) => {
      for (let minor = minorOf(since); minor <= minorOf(until); minor += 1) {
        expect(errorsOf(name, sampleOf(name, type), minor), `1.${minor}`).toEqual([]);
      }
    },
  );

  const boundaries = flagRows.flatMap(({ name, type, since, until }) => [
    ...(since ? [{ name, type, minor: minorOf(since) - 1 }] : []),
    ...(until ? [{ name, type, minor: minorOf(until) + 1 }] : []),
  ]);
  test.each(boundaries.filter(({ minor }) => minor !== 11))('--$name is refused by 1.$minor', ({ name, type, minor }) => {
    expect(errorsOf(name, sampleOf(name, type), minor)).toHaveLength(1);
  });
});
