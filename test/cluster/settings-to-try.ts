/** Settings that look like someone's, with values near their bounds, for a real kubelet to start with or not. */

import fc from 'fast-check';
import type { Json, JsonMap } from '../../src/api/json.ts';
import { fieldRows } from '../../src/kubelet/data/kubelet-fields.ts';
import { flagRows } from '../../src/kubelet/data/kubelet-flags.ts';
import { hasField } from '../../src/kubelet/field-table.ts';
import { flagState, flagType } from '../../src/kubelet/flag-table.ts';
import { gateNames } from '../../src/kubelet/gate-table.ts';
import type { Release } from '../../src/kubelet/release.ts';
import { mergePatch, withField } from '../../src/kubelet/settings/fields.ts';

export interface SettingsToTry {
  readonly configuration: JsonMap;
  readonly flags: readonly string[];
}

/** By type, of what most fields and flags take, and what lies just outside. */
const byType: Readonly<Record<string, readonly Json[]>> = {
  bool: [true, false],
  int32: [-1, 0, 1, 2, 3, 5, 99, 100, 101, 1000, 65_535, 65_536],
  int64: [-1, 0, 1, 2, 100, 1000, 65_536],
  uint32: [0, 1, 9],
  float64: [0, 0.5, 0.9, 1, 1.1],
  duration: ['-1s', '0s', '1ms', '1s', '3s', '10s', '1m', '5m', '301s', '2h'],
  'duration?': ['-1s', '0s', '1ms', '999ms', '1s', '3s', '1m', '5m', '301s'],
};

const thresholds = (name: string): Json[] => ['0%', '5%', '100%', '101%', '100Mi', '0', '-1'].map((value) => ({ [name]: value }));
const reservations: Json[] = [
  { cpu: '100m' },
  { cpu: '0' },
  { cpu: '1', memory: '100Mi' },
  { memory: '1Gi', pid: '1000' },
  { 'ephemeral-storage': '1Gi' },
  { cpu: '-1' },
  { storage: '1Gi' },
];

/** By field, where the type says too little. */
const byField: Readonly<Record<string, readonly Json[]>> = {
  allowedUnsafeSysctls: [['net.*'], ['net.core.somaxconn', 'kernel.shm*'], ['kernel/sem'], ['vm.swappiness'], ['kernel.shmfoo']],
  clusterDNS: [['10.96.0.10'], [], ['a']],
  clusterDomain: ['cluster.local', ''],
  configMapAndSecretChangeDetectionStrategy: ['Watch', 'Get', 'Cache'],
  containerLogMaxSize: ['10Mi', '0', '1e6', '1.5Gi', '1Pi', '-1'],
  cpuCFSQuotaPeriod: ['1ms', '100ms', '1s', '1001ms', '999us'],
  cpuManagerPolicy: ['none', 'static', 'Static'],
  cpuManagerPolicyOptions: [{}, { 'full-pcpus-only': 'true' }, { 'strict-cpu-reservation': 'true' }, { foo: 'true' }],
  'crashLoopBackOff.maxContainerRestartPeriod': ['1s', '300s', '301s', '999ms'],
  evictionHard: [...thresholds('memory.available'), ...thresholds('nodefs.inodesFree'), { 'nodefs.foo': '1%' }],
  evictionMinimumReclaim: [...thresholds('imagefs.available')],
  evictionSoft: [{}, ...thresholds('memory.available')],
  evictionSoftGracePeriod: [{ 'memory.available': '1m' }, { 'memory.available': '-1s' }, { 'memory.available': '1d' }],
  hairpinMode: ['none', 'hairpin-veth', 'promiscuous-bridge', 'hairpin'],
  imagePullCredentialsVerificationPolicy: ['NeverVerify', 'AlwaysVerify', 'NeverVerifyAllowlistedImages', 'Never'],
  preloadedImagesVerificationAllowlist: [['docker.io/library'], ['docker.io/*'], []],
  kubeReserved: reservations,
  systemReserved: reservations,
  'logging.flushFrequency': ['5s', 5_000_000_000, 0, '-1s'],
  memoryManagerPolicy: ['None', 'Static', 'none'],
  'memorySwap.swapBehavior': ['', 'NoSwap', 'UnlimitedSwap'],
  qosReserved: [{ memory: '50%' }, { memory: '101%' }, { cpu: '1%' }],
  registerWithTaints: [
    [{ key: 'a', effect: 'NoSchedule' }],
    [{ key: 'a/b', value: 'c', effect: '' }],
    [{ key: 'a', effect: 'Never' }],
    [{ key: '-', effect: 'NoExecute' }],
  ],
  reservedMemory: [
    [{ numaNode: 0, limits: { memory: '100Mi' } }],
    [{ numaNode: 0, limits: { memory: '0' } }],
    [{ numaNode: 0, limits: { cpu: '1' } }],
  ],
  reservedSystemCPUs: ['0', '0-1', '1-0', '99'],
  shutdownGracePeriodByPodPriority: [[{ priority: 0, shutdownGracePeriodSeconds: 10 }], []],
  tlsCipherSuites: [['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'], ['TLS_AES_128_GCM_SHA256'], ['TLS_FOO'], []],
  tlsCurvePreferences: [[29], [23, 24], [1], []],
  tlsMinVersion: ['VersionTLS12', 'VersionTLS13', 'VersionTLS14', ''],
  topologyManagerPolicy: ['none', 'best-effort', 'single-numa-node', 'best'],
  topologyManagerPolicyOptions: [{ 'prefer-closest-numa-nodes': 'true' }, { 'max-allowable-numa-nodes': '7' }, { foo: 'a' }],
  topologyManagerScope: ['container', 'pod', 'node'],
  'tracing.endpoint': ['localhost:4317', 'http://localhost', 'dns:///a', 'unix:a'],
  'userNamespaces.idsPerPod': [65_536, 131_072, 65_537, 196_608],
};

/** These decide whether the kubelet can run on such a machine, or be asked; all others may be anything. */
const left =
  /^(address|authentication|authorization|cgroup|containerRuntimeEndpoint|enforceNodeAllocatable|failCgroupV1|failSwapOn|featureGates|healthzBindAddress|healthzPort|imageServiceEndpoint|kubeReservedCgroup|kubeletCgroups|logging\.(verbosity|format)|makeIPT|port$|runtimeRequestTimeout|systemCgroups|systemReservedCgroup|tlsCertFile|tlsPrivateKeyFile|volumePluginDir|staticPod|enableServer)/;

function settings(release: Release): fc.Arbitrary<readonly [readonly string[], Json]> {
  const choices = fieldRows
    .filter((row) => hasField(row, release) && !left.test(row.path) && !/\[/.test(row.path))
    .flatMap(({ path, type }) => {
      const values = byField[path] ?? byType[type];
      return values === undefined ? [] : [{ path, values }];
    });
  return fc
    .constantFrom(...choices)
    .chain(({ path, values }) => fc.constantFrom(...values).map((value) => [path.split('.'), value] as const));
}

function gates(release: Release): fc.Arbitrary<JsonMap> {
  const names = gateNames(release).filter((name) => !/^All/.test(name));
  return fc.tuple(fc.constantFrom(...names), fc.boolean()).map(([name, isOn]) => ({ featureGates: { [name]: isOn } }));
}

function flags(release: Release): fc.Arbitrary<string> {
  const texts: Readonly<Record<string, readonly string[]>> = {
    bool: ['true', 'false', 'yes', '0'],
    int: ['-1', '0', '1', '5', '0x10', '65536', '1.5'],
    float: ['0', '0.5', 'a'],
    duration: ['1s', '1m', '0', '1d'],
    list: ['', '10.0.0.1'],
  };
  const choices = flagRows.flatMap((row) => {
    const field = row.field;
    if (field === undefined || left.test(field) || flagState(row.name, release).kind !== 'Present') return [];
    const values = texts[flagType(row, release)];
    return values === undefined ? [] : values.map((value) => `--${row.name}=${value}`);
  });
  return fc.constantFrom(...choices);
}

/** @returns `count` of them, the same for the same seed */
export function settingsToTry(release: Release, base: JsonMap, count: number, seed: number): readonly SettingsToTry[] {
  const one = fc
    .tuple(
      fc.array(settings(release), { minLength: 1, maxLength: 3 }),
      fc.option(gates(release), { freq: 3, nil: {} }),
      fc.option(
        flags(release).map((flag) => [flag]),
        { freq: 3, nil: [] },
      ),
    )
    .map(([fields, gate, words]) => ({
      configuration: fields.reduce<JsonMap>((whole, [path, value]) => withField(whole, path, value), mergePatch(base, gate)),
      flags: words,
    }));
  return fc.sample(one, { numRuns: count, seed });
}
