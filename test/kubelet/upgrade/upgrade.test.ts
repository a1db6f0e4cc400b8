import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { JsonMap } from '../../../src/api/json.ts';
import { knownRelease } from '../../../src/kubelet/release.ts';
import { subjectOf } from '../../../src/kubelet/upgrade/finding.ts';
import { upgradeFindings } from '../../../src/kubelet/upgrade/upgrade.ts';

interface GivenCase {
  readonly id: string;
  readonly config: JsonMap;
  readonly flags: readonly string[];
  readonly expect: readonly { readonly kind: 'refuse' | 'meaning' | 'deprecated' | 'cannot-tell'; readonly subject: string }[];
  readonly exit: number;
  readonly allowed?: readonly string[];
}

const { cases } = JSON.parse(readFileSync(new URL('../../vectors/upgrade-cases.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly GivenCase[];
};

const kinds = { Refuses: 'refuse', Meaning: 'meaning', Deprecated: 'deprecated', CannotTell: 'cannot-tell' } as const;

/** A kubelet with one file and these words. */
function findingsOf(configuration: JsonMap | undefined, flags: readonly string[], from: string, to: string) {
  const text = JSON.stringify({ apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', ...configuration });
  const file = '/etc/kubernetes/kubelet-config.yaml';
  const kubelet = {
    words: [...(configuration ? [`--config=${file}`] : []), ...flags],
    read: (path: string) => (path === file ? text : undefined),
    dropIns: () => undefined,
    workingDirectory: '/',
  };
  return upgradeFindings(kubelet, knownRelease(from), knownRelease(to));
}

function inShort(findings: ReturnType<typeof findingsOf>) {
  return findings.map(({ kind, place }) => `${kind} ${subjectOf(place)}`);
}

it.each(cases)('$id has the findings of the given case', (given) => {
  const found = findingsOf(given.config, given.flags, 'v1.36.2', 'v1.37.0');
  const said = found.map(({ kind, place }) => ({ kind: kinds[kind], subject: subjectOf(place) }));
  const expected = given.expect.map(({ kind, subject }) => ({ kind, subject: subject.replace(/^flags\./, '--') }));
  expect(said.sort(bySubject)).toEqual(expected.sort(bySubject));
  expect(found.some(({ kind }) => kind === 'Refuses') ? 3 : 0).toBe(given.exit);
});

function bySubject(one: { readonly subject: string }, other: { readonly subject: string }): number {
  return one.subject.localeCompare(other.subject);
}

it('names the release that brings each thing, on the way over several minors', () => {
  const flags = ['--container-runtime=remote', '--container-runtime-endpoint=unix:///x', '--cloud-provider=aws'];
  const gates = { KubeletTracing: true, CPUManager: true };
  const found = findingsOf({ featureGates: gates, containerLogMaxWorkers: 2 }, flags, '1.26', '1.37');
  expect(found.map(({ kind, place, release }) => `${kind} ${subjectOf(place)} ${release}`)).toEqual([
    'Refuses --container-runtime 1027',
    'Refuses featureGates.CPUManager 1033',
    'Refuses --cloud-provider 1027',
    'Meaning eventRecordQPS 1027',
    'Meaning eventBurst 1027',
    'Meaning kubeAPIQPS 1027',
    'Meaning kubeAPIBurst 1027',
    'Meaning evictionHard 1030',
    'Meaning containerLogMaxWorkers 1030',
    'Meaning failCgroupV1 1035',
    'Meaning imagePullCredentialsVerificationPolicy 1035',
    'Deprecated --container-runtime-endpoint 1027',
  ]);
  for (const { reason, release } of found) expect(reason).toContain(`1.${release - 1000}`);
});

it('tells every fault, also what a kubelet would not get to', () => {
  const flags = ['--containerd=/x', '--feature-gates=HostnameOverride=false'];
  expect(inShort(findingsOf({ featureGates: { SidecarContainers: true }, eventRecordQPS: 0 }, flags, '1.36', '1.37'))).toEqual([
    'Refuses --containerd',
    'Refuses featureGates.SidecarContainers',
    'Refuses featureGates.HostnameOverride',
    'Meaning eventRecordQPS',
  ]);
});

it.each([
  ['a default that the settings leave open', {}, '1.34', '1.35', ['failCgroupV1', 'imagePullCredentialsVerificationPolicy']],
  [
    'a default that a file says already',
    { failCgroupV1: true, imagePullCredentialsVerificationPolicy: '' },
    '1.34',
    '1.35',
    ['imagePullCredentialsVerificationPolicy'],
  ],
  [
    'a default of a gate that is off',
    { failCgroupV1: false, featureGates: { KubeletEnsureSecretPulledImages: false } },
    '1.34',
    '1.35',
    [],
  ],
  ['one key of a default', {}, '1.29', '1.30', ['evictionHard']],
  ['a map that a file gives', { evictionHard: { 'memory.available': '1Gi' } }, '1.29', '1.30', []],
  [
    'a default that follows another field',
    { maxParallelImagePulls: 4 },
    '1.26',
    '1.27',
    ['eventRecordQPS', 'eventBurst', 'kubeAPIQPS', 'kubeAPIBurst', 'serializeImagePulls', 'maxParallelImagePulls'],
  ],
  ['an empty text that was the default once', { resolvConf: '' }, '1.22', '1.23', ['resolvConf']],
  ['a field of a gate that comes on by itself', { memoryThrottlingFactor: 0.8 }, '1.36', '1.37', ['memoryThrottlingFactor']],
  ['a gate that comes on, with no field that needs it', {}, '1.36', '1.37', []],
  ['a limit of nothing, on the way back too', { eventRecordQPS: 0 }, '1.37', '1.36', ['eventRecordQPS']],
  [
    'swap that nobody limits',
    { failSwapOn: false, featureGates: { NodeSwap: true }, evictionHard: {} },
    '1.29',
    '1.30',
    ['memorySwap.swapBehavior'],
  ],
])('tells a changed meaning: %s', (_what, configuration: JsonMap, from, to, expected) => {
  const found = findingsOf(configuration, [], from, to);
  expect(
    found
      .filter(({ kind }) => kind === 'Meaning')
      .map(({ place }) => subjectOf(place))
      .sort(),
  ).toEqual([...expected].sort());
});

it('names the one key of a default that changes, and never hides a default as a secret', () => {
  const [eviction, , policy] = findingsOf({}, [], '1.29', '1.35');
  expect(eviction?.reason).toBe(
    'the settings leave evictionHard["imagefs.inodesFree"] open, and its default is nothing up to 1.29 and 5% from 1.30 on',
  );
  expect(policy?.reason).toContain('NeverVerifyPreloadedImages from 1.35 on');
});

it('knows what a machine with cgroup v2 does not mind', () => {
  const kubelet = { words: [], read: () => undefined, dropIns: () => undefined, workingDirectory: '/' };
  const on = (cgroupVersion: 1 | 2) => inShort(upgradeFindings({ ...kubelet, machine: { cgroupVersion } }, 1034, 1035));
  expect(on(2)).not.toContain('Meaning failCgroupV1');
  expect(on(1)).toContain('Refuses failCgroupV1');
  expect(on(1)).not.toContain('Meaning failCgroupV1');
});

it('without a file the thresholds go with 1.26, and Docker with 1.24', () => {
  expect(inShort(findingsOf(undefined, [], '1.25', '1.26'))).toEqual(['Meaning evictionHard']);
  expect(inShort(findingsOf(undefined, [], '1.23', '1.25'))).toEqual(['Refuses --container-runtime-endpoint']);
  expect(inShort(findingsOf(undefined, [], '1.23', '1.27'))).toContain('Meaning --container-runtime-endpoint');
});

it('says what it cannot tell, once', () => {
  expect(inShort(findingsOf({}, ['--max-housekeeping-interval=10s'], '1.36', '1.37'))).toEqual([
    'CannotTell --max-housekeeping-interval',
  ]);
  const [later, ...others] = findingsOf({ maxPods: 64 }, [], '1.36', '1.39');
  expect(later?.reason).toContain('1.37 is the newest known one');
  expect(others).toEqual([]);
});

it('gives no finding where nothing is refused that was not refused before', () => {
  expect(findingsOf({ maxPods: -1 }, ['--nonsense=1'], '1.36', '1.37')).toEqual([]);
});
