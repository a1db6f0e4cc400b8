/** What a kubelet fills in by itself, against what a real one was recorded to have in force. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isJsonMap, type Json, type JsonMap } from '../../../src/api/json.ts';
import { knownRelease } from '../../../src/kubelet/release.ts';
import { readCommandLine } from '../../../src/kubelet/settings/command-line.ts';
import { configurationInForce } from '../../../src/kubelet/settings/configuration.ts';
import { withField } from '../../../src/kubelet/settings/fields.ts';

interface Entry {
  readonly field: string;
  readonly zero: Json;
  /** Recorded by itself, not together with the others. */
  readonly alone?: true;
  readonly main?: Json;
  readonly below?: Json;
  readonly dropIn?: Json;
}
type Case = {
  readonly main: JsonMap;
  readonly dropIn?: JsonMap;
  readonly inForce?: Readonly<Record<string, Json>>;
  readonly refused?: string;
};
const { needed, entries, cases } = JSON.parse(
  readFileSync(new URL('../../vectors/kubelet-zeros.json', import.meta.url), 'utf8'),
) as { needed: JsonMap; entries: readonly Entry[]; cases: readonly Case[] };

function inForce(main: JsonMap, dropIn?: JsonMap, release = '1.36'): JsonMap {
  const of = (path: string, fields: JsonMap) => ({ path, fields });
  return configurationInForce({
    main: of('/etc/config.yaml', main),
    dropIns: dropIn && [of('/etc/conf.d/50.conf', dropIn)],
    commandLine: readCommandLine([], undefined),
    release: knownRelease(release),
    workingDirectory: '/',
  });
}

function valueAt(fields: JsonMap, path: readonly string[]): Json {
  let value: Json | undefined = fields;
  for (const key of path) value = isJsonMap(value) ? value[key] : undefined;
  return value ?? null;
}
/** The kubelet shows no empty map. */
const at = (fields: JsonMap, field: string) => {
  const value = valueAt(fields, field.split('.'));
  return isJsonMap(value) && Object.keys(value).length === 0 ? null : value;
};

/** The kubelet makes these by itself when it starts. */
const made = ['tlsCertFile', 'tlsPrivateKeyFile'];
const zerosOf = (some: readonly Entry[], base: JsonMap) =>
  some.reduce<JsonMap>((whole, { field, zero }) => withField(whole, field.split('.'), zero), base);
const belowOf = (some: readonly Entry[]) =>
  some.reduce<JsonMap>(
    (whole, { field, below }) => (below === undefined || below === null ? whole : withField(whole, field.split('.'), below)),
    needed,
  );
const recorded = entries.filter(({ field }) => !made.includes(field));
const groups = (name: 'main' | 'dropIn') => {
  const known = recorded.filter((entry) => entry[name] !== undefined);
  return [known.filter(({ alone }) => !alone), ...known.filter(({ alone }) => alone).map((entry) => [entry])];
};

test('a zero in the file is the default where a real kubelet takes it for that, and a value where it does not', () => {
  for (const group of groups('main')) {
    const found = inForce(zerosOf(group, needed));
    for (const { field, main } of group) expect({ field, value: at(found, field) }).toEqual({ field, value: main });
  }
});

test('a zero in a drop-in clears what the file says, and gives the default where the field cannot hold a zero', () => {
  for (const group of groups('dropIn')) {
    const found = inForce(belowOf(group), zerosOf(group, { enforceNodeAllocatable: [] }));
    for (const { field, dropIn } of group) expect({ field, value: at(found, field) }).toEqual({ field, value: dropIn });
  }
});

test('the recording has each of both', () => {
  const has = (name: 'main' | 'dropIn', isZero: boolean) =>
    recorded.filter((entry) => entry[name] !== undefined && (entry[name] === entry.zero) === isZero).length;
  expect([has('main', true), has('main', false), has('dropIn', true), has('dropIn', false)].every((count) => count > 20)).toBe(
    true,
  );
});

test.each(cases.filter((one) => one.inForce !== undefined))('a real kubelet has the same in force: $main, $dropIn', (one) => {
  const found = inForce({ ...needed, ...one.main }, one.dropIn && { enforceNodeAllocatable: [], ...one.dropIn });
  for (const [field, value] of Object.entries(one.inForce ?? {}))
    expect({ field, value: at(found, field) }).toEqual({ field, value });
});

describe('defaults by release', () => {
  test.each([
    ['eventRecordQPS', '1.26', 5, '1.27', 50],
    ['eventBurst', '1.26', 10, '1.27', 100],
    ['kubeAPIQPS', '1.17', 5, '1.27', 50],
    ['kubeAPIBurst', '1.26', 10, '1.27', 100],
    ['memoryThrottlingFactor', '1.26', 0.8, '1.27', 0.9],
    ['memoryThrottlingFactor', '1.36', 0.9, '1.37', null],
    ['failCgroupV1', '1.34', false, '1.35', true],
    ['failCgroupV1', '1.30', null, '1.31', false],
    ['crashLoopBackOff.maxContainerRestartPeriod', '1.34', null, '1.35', '5m0s'],
    ['imagePullCredentialsVerificationPolicy', '1.34', null, '1.35', 'NeverVerifyPreloadedImages'],
    ['containerRuntimeEndpoint', '1.26', null, '1.27', 'unix:///run/containerd/containerd.sock'],
    ['maxPods', '1.17', 110, '1.37', 110],
  ])('%s is %s %j, and since %s %j', (field, before, was, since, is) => {
    expect([at(inForce({}, undefined, before), field), at(inForce({}, undefined, since), field)]).toEqual([was, is]);
  });

  test('the threshold of the inodes of images is there since 1.30, in a file and below a drop-in', () => {
    const inodes = (release: string) => valueAt(inForce({}, { maxPods: 5 }, release), ['evictionHard', 'imagefs.inodesFree']);
    expect([inodes('1.29'), inodes('1.30')]).toEqual([null, '5%']);
  });

  test('an empty resolvConf is the default in a file until 1.22, and none since', () => {
    const path = (release: string) => at(inForce({ resolvConf: '' }, undefined, release), 'resolvConf');
    expect([path('1.22'), path('1.23')]).toEqual(['/etc/resolv.conf', '']);
  });

  test('a feature gate in the file gives and takes its default', () => {
    const gates = (value: boolean) => ({ featureGates: { KubeletCrashLoopBackOffMax: value } });
    const period = (release: string, value: boolean) =>
      at(inForce(gates(value), undefined, release), 'crashLoopBackOff.maxContainerRestartPeriod');
    expect([period('1.36', false), period('1.33', true), period('1.33', false)]).toEqual([null, '5m0s', null]);
  });
});

test('what a map of names holds stays, whatever it is', () => {
  const found = inForce({ featureGates: { A: false }, kubeReserved: { cpu: '0' }, evictionHard: { 'memory.available': '' } });
  expect(found).toMatchObject({
    featureGates: { A: false },
    kubeReserved: { cpu: '0' },
    evictionHard: { 'memory.available': '' },
  });
});
