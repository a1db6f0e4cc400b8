import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isJsonMap, type Json, type JsonMap } from '../../../src/api/json.ts';
import type { InstalledKubelet } from '../../../src/kubelet/installed/installed.ts';
import { knownRelease } from '../../../src/kubelet/release.ts';
import { describeChange } from '../../../src/kubelet/settings/compare.ts';
import { mergePatch } from '../../../src/kubelet/settings/fields.ts';
import { sameInForce } from '../../../src/kubelet/settings/in-force.ts';
import { changedSinceStart, describeDifferences, differencesFromPrediction } from '../../../src/kubelet/settings/running.ts';
import { settingsOf } from '../../../src/kubelet/settings/settings.ts';

const config = '/etc/k/config.yaml';
const dropIn = '/etc/k/d/10.conf';
const header = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
/** The file of the kubelet whose /configz the fixture is. */
const own = `authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
cgroupsPerQOS: false
containerRuntimeEndpoint: unix:///run/containerd-state/containerd.sock
enforceNodeAllocatable: []
failCgroupV1: false
failSwapOn: false
makeIPTablesUtilChains: false
`;
const configz: JsonMap = JSON.parse(readFileSync('test/fixtures/configz/kubelet-1.36.json', 'utf8'));
const newest = knownRelease('1.36');

interface Files {
  readonly main?: string;
  readonly dropIn?: string;
  readonly flags?: string;
}

/** What the files of a kubelet say: its own file with these lines added. */
function files({ main = '', dropIn: added, flags = '' }: Files = {}, version = 'v1.36.2') {
  const directory = added === undefined ? '' : ' --config-dir=/etc/k/d';
  const installed: InstalledKubelet = {
    unit: 'kubelet.service',
    texts: [{ path: '/unit', content: `[Service]\nExecStart=/usr/bin/kubelet --config=${config}${directory} ${flags}\n` }],
    environmentFiles: new Map(),
    configurationFiles: new Map([
      [config, header + own + main],
      ...(added === undefined ? [] : [[dropIn, header + added] as const]),
    ]),
    configurationDropIns: added === undefined ? [] : [dropIn],
    version,
  };
  return settingsOf(installed);
}

/** The /configz of the fixture with some fields changed; null takes one away. */
const runs = (changed: JsonMap = {}): JsonMap => mergePatch(configz, changed);

interface Case {
  readonly before?: Files;
  readonly after?: Files;
  /** Null if it was not read, or if another version ran. */
  readonly ran?: JsonMap | null;
  readonly now: JsonMap;
  readonly version?: string;
  /** What a file that was written in between says. */
  readonly meanwhile?: Files;
}

function differences({ before, after = {}, ran = {}, now, version = 'v1.36.2', meanwhile }: Case): string[] {
  const predicted = {
    before: files(before, version),
    after: files(after, version),
    ...(meanwhile && { now: files(meanwhile, version) }),
    release: version === '' ? undefined : knownRelease(version),
  };
  const found = differencesFromPrediction(predicted, { before: ran === null ? undefined : runs(ran), after: runs(now) });
  return found.map((one) => describeDifferences([one]));
}

/** What a kubelet 1.36 was seen to have in force with these files, as a patch to the fixture. */
const seen: readonly (readonly [string, Files, JsonMap])[] = [
  ['nothing but its own file', {}, {}],
  [
    'the zero values that kubeadm writes',
    {
      main: `syncFrequency: 0s\nfileCheckFrequency: 0s\nhttpCheckFrequency: 0s\ncpuManagerReconcilePeriod: 0s
evictionPressureTransitionPeriod: 0s\nimageMinimumGCAge: 0s\nimageMaximumGCAge: 0s\nnodeStatusReportFrequency: 0s
nodeStatusUpdateFrequency: 0s\nruntimeRequestTimeout: 0s\nshutdownGracePeriod: 0s\nshutdownGracePeriodCriticalPods: 0s
streamingConnectionIdleTimeout: 0s\nvolumeStatsAggPeriod: 0s\nmemorySwap: {}\nmaxPods: 0\nport: 0
logging: {flushFrequency: 0, options: {json: {infoBufferSize: "0"}, text: {infoBufferSize: "0"}}, verbosity: 0}\n`,
    },
    {},
  ],
  [
    'a default that follows from another field',
    { main: 'nodeStatusUpdateFrequency: 20s\n' },
    { nodeStatusUpdateFrequency: '20s', nodeStatusReportFrequency: '20s' },
  ],
  [
    'the same in a drop-in',
    {
      dropIn:
        'enforceNodeAllocatable: []\nnodeStatusUpdateFrequency: 20s\nmaxParallelImagePulls: 4\nserializeImagePulls: false\n',
    },
    { nodeStatusUpdateFrequency: '20s', maxParallelImagePulls: 4, serializeImagePulls: false },
  ],
  ['parallel pulls', { main: 'maxParallelImagePulls: 4\n' }, { maxParallelImagePulls: 4, serializeImagePulls: false }],
  [
    'zero values in a drop-in',
    {
      main: 'syncFrequency: 30s\nmaxPods: 30\nkubeAPIQPS: 7\nimageMinimumGCAge: 5m\n',
      dropIn: 'enforceNodeAllocatable: []\nsyncFrequency: 0s\nmaxPods: 0\nkubeAPIQPS: 0\nimageMinimumGCAge: 0s\n',
    },
    { kubeAPIQPS: 0 },
  ],
  [
    'reserved CPUs',
    { main: 'reservedSystemCPUs: "0"\nkubeReserved: {cpu: 500m, memory: 1Gi}\nsystemReserved: {cpu: 500m, memory: 1024Mi}\n' },
    { reservedSystemCPUs: '0', kubeReserved: { memory: '1Gi' }, systemReserved: { cpu: '1', memory: '1024Mi' } },
  ],
  [
    'feature gates that decide about defaults',
    { main: 'featureGates: {KubeletCrashLoopBackOffMax: false}\n', flags: '--feature-gates=B=true' },
    {
      featureGates: { B: true, KubeletCrashLoopBackOffMax: false },
      crashLoopBackOff: { maxContainerRestartPeriod: null },
    },
  ],
  [
    'eviction settings merged with the defaults',
    { main: 'mergeDefaultEvictionSettings: true\nevictionHard: {memory.available: 300Mi}\n' },
    { mergeDefaultEvictionSettings: true, evictionHard: { 'memory.available': '300Mi' } },
  ],
  [
    'values written in other ways, and fields that it does not know',
    {
      main: `syncFrequency: 90s\nlogging: {flushFrequency: 10000000000}\nMaxPods: 9\nunknownField: 3\nreservedMemory: []
registerWithTaints: [{key: a, effect: NoSchedule}]\npodPidsLimit: -1\nstaticPodPath: manifests\nresolvConf: ""
allowedUnsafeSysctls: []\nclusterDNS: []\ncontainerLogMaxSize: 10240Ki\nmemoryThrottlingFactor: 0.90\nvolumePluginDir: /x//y/\n`,
    },
    {
      syncFrequency: '1m30s',
      logging: { flushFrequency: 10_000_000_000 },
      registerWithTaints: [{ key: 'a', effect: 'NoSchedule' }],
      staticPodPath: '/etc/k/manifests',
      resolvConf: '',
      containerLogMaxSize: '10240Ki',
      volumePluginDir: '/x//y/',
    },
  ],
  [
    'a certificate that the cluster signs',
    { main: 'serverTLSBootstrap: true\n' },
    { serverTLSBootstrap: true, tlsCertFile: null, tlsPrivateKeyFile: null },
  ],
  [
    'flags',
    { flags: '-v 3 --max-pods=0x07 --cluster-dns=10.0.0.1 --cert-dir=/other' },
    {
      logging: { verbosity: 3 },
      maxPods: 7,
      clusterDNS: ['10.0.0.1'],
      tlsCertFile: '/other/kubelet.crt',
      tlsPrivateKeyFile: '/other/kubelet.key',
    },
  ],
];

describe.each(seen)('a kubelet with %s', (_, given, patch) => {
  test('runs with what its files say, and comes to it and back as predicted', () => {
    expect(changedSinceStart(files(given), runs(patch), newest).map(describeChange)).toEqual([]);
    for (const ran of [{}, null]) expect(differences({ after: given, ran, now: patch })).toEqual([]);
    for (const ran of [patch, null]) expect(differences({ before: given, after: {}, ran, now: {} })).toEqual([]);
    // A release that we do not know, or another one.
    for (const version of ['', 'v1.30.2', 'v1.99.0']) expect(differences({ after: given, now: patch, version })).toEqual([]);
  });
});

describe('a change of maxPods', () => {
  const after = { dropIn: 'enforceNodeAllocatable: []\nmaxPods: 64\n' };

  test('gives exactly that', () => {
    expect(differences({ after, now: { maxPods: 64 } })).toEqual([]);
  });

  test.each<readonly [string, Omit<Case, 'after'>, readonly string[]]>([
    ['that did not come true', { now: {} }, ['maxPods is 110 instead of 64']],
    ['that did not come true, without an answer from before', { ran: null, now: {} }, ['maxPods is 110 instead of 64']],
    ['with another value', { now: { maxPods: 65 } }, ['maxPods is 65 instead of 64']],
    [
      'and of more than that',
      { now: { maxPods: 64, clusterDNS: ['10.0.0.9'], registryBurst: 3 } },
      ['clusterDNS is ["10.0.0.9"] instead of nothing', 'registryBurst is 3 instead of 10'],
    ],
    [
      'with the quirk of an added --config-dir that nothing restates',
      { now: { maxPods: 64, enforceNodeAllocatable: ['pods'] } },
      ['enforceNodeAllocatable is ["pods"] instead of nothing'],
    ],
    [
      'after which a field of the node is gone',
      { before: { main: 'clusterDomain: a\n' }, ran: { clusterDomain: 'a' }, now: { maxPods: 64 } },
      [],
    ],
  ])('%s', (_, given, expected) => {
    expect(differences({ ...given, after })).toEqual(expected);
  });

  test('after which a field of the node is gone that the files keep', () => {
    const kept = { main: 'clusterDomain: a\n' };
    const told = differences({ before: kept, after: { ...kept, ...after }, ran: { clusterDomain: 'a' }, now: { maxPods: 64 } });
    expect(told).toEqual(['clusterDomain is nothing instead of a']);
  });
});

describe('files that were edited since the start', () => {
  const edited = { main: 'maxPods: 64\nclusterDNS: [10.0.0.1]\n' };

  test('are told, each with what runs and what its file says', () => {
    const told = changedSinceStart(files(edited), runs({ clusterDomain: 'old', registryBurst: 3 }), newest);
    expect(told.map((one) => `${one.kind} ${describeChange(one)}`)).toEqual([
      'New clusterDNS nothing → ["10.0.0.1"]',
      'Lost clusterDomain old → nothing',
      'Changed maxPods 110 → 64',
      'Changed registryBurst 3 → 10',
    ]);
  });

  test('come into force with the change, or do not: both are as predicted', () => {
    const after = { ...edited, dropIn: 'enforceNodeAllocatable: []\nregistryBurst: 3\n' };
    const now = { maxPods: 64, clusterDNS: ['10.0.0.1'], registryBurst: 3 };
    expect(differences({ before: edited, after, now })).toEqual([]);
    expect(differences({ before: edited, after, now: { registryBurst: 3 } })).toEqual([]);
    expect(differences({ before: edited, after, now: { ...now, maxPods: 20 } })).toEqual(['maxPods is 20 instead of 110']);
  });

  test('say nothing of defaults of a release that we do not know, nor beside a file that cannot be read', () => {
    expect(changedSinceStart(files(), runs({ registryBurst: 3 }), knownRelease('1.24'))).toEqual([]);
    expect(changedSinceStart(files(), runs({ registryBurst: 3 }), undefined)).toEqual([]);
    const unread = { ...files(), unread: ['it cannot be read'] };
    expect(changedSinceStart(unread, runs({ registryBurst: 3 }), newest)).toEqual([]);
  });
});

describe('another version of the kubelet', () => {
  test('has other defaults and more fields, and that is no difference', () => {
    const now = { maxPods: 64, kubeAPIQPS: 99, newField: { a: 1 }, evictionHard: { 'imagefs.available': '20%' } };
    expect(differences({ after: { main: 'maxPods: 64\n' }, ran: null, now })).toEqual([]);
  });

  test('has to have what a file or flag gives', () => {
    const given = { main: 'maxPods: 64\nclusterDNS: [10.0.0.1]\nunknownField: 3\n' };
    const now = { maxPods: 64, clusterDNS: ['10.0.0.2'] };
    expect(differences({ before: given, after: given, ran: null, now })).toEqual([
      'clusterDNS is ["10.0.0.2"] instead of ["10.0.0.1"]',
    ]);
    // A kubelet of an unknown release may not have the field at all.
    expect(differences({ before: given, after: given, ran: null, now: { maxPods: 64 }, version: '' })).toEqual([]);
  });
});

describe('a field that we do not know', () => {
  test('is no difference, unless a file gives it by now', () => {
    expect(differences({ ran: { newField: 1 }, now: { newField: 2 } })).toEqual([]);
    expect(differences({ now: { newField: 2 } })).toEqual([]);
    expect(differences({ now: { newField: 2 }, meanwhile: { dropIn: 'enforceNodeAllocatable: []\nnewField: 2\n' } })).toEqual([
      'newField is 2 instead of nothing',
    ]);
  });
});

test('the header of static pods is never compared or shown', () => {
  const given = { main: 'staticPodURLHeader: {X: [topsecret]}\n' };
  expect(differences({ after: given, now: { staticPodURLHeader: { X: ['hash'] } } })).toEqual([]);
  expect(changedSinceStart(files(given), runs(), newest)).toEqual([]);
});

describe('the same in force', () => {
  test.each<readonly [Json | undefined, Json | undefined]>([
    ['60s', '1m0s'],
    ['0s', undefined],
    ['5s', 5_000_000_000],
    ['1Gi', '1024Mi'],
    ['500m', '0.5'],
    [[], undefined],
    [{}, undefined],
    [{ a: '' }, {}],
    [{ x509: {} }, undefined],
    [false, undefined],
    [0, undefined],
    ['5', 5],
    ['true', true],
    ['/a//b/', '/a/b'],
    [[{ key: 'a', timeAdded: null }], [{ key: 'a' }]],
  ])('%j and %j', (one, other) => {
    expect(sameInForce(one, other)).toBe(true);
    expect(sameInForce(other, one)).toBe(true);
  });

  test.each<readonly [Json | undefined, Json | undefined]>([
    [64, 110],
    ['1m', '1h'],
    ['1Gi', '1G'],
    ['m', 'k'],
    ['0', undefined],
    ['a', 'b'],
    [
      ['a', 'b'],
      ['b', 'a'],
    ],
    [['a'], 'a'],
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, [1]],
    ['/a', 'a'],
    [true, undefined],
    ['10', '10s'],
  ])('not %j and %j', (one, other) => {
    expect(sameInForce(one, other)).toBe(false);
    expect(sameInForce(other, one)).toBe(false);
  });

  test('every value is the same as itself', () => {
    const values = (value: Json): Json[] => [value, ...(isJsonMap(value) ? Object.values(value).flatMap(values) : [])];
    for (const value of values(configz)) expect(sameInForce(value, structuredClone(value))).toBe(true);
  });
});
