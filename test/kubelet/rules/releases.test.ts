import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/api/json.ts';
import { judgePlainKubelet, type KubeletFault, type PlainKubelet } from '../../../src/kubelet/plain-kubelet.ts';
import { formatRelease, knownRelease, type Release } from '../../../src/kubelet/release.ts';

type Fields = Readonly<Record<string, Json>>;

/** What else the kubelet finds. */
type Around = Pick<PlainKubelet, 'hasDropInVariable' | 'machine'>;

/** Settings, their flags, and the first and last release that refuses them; of `never` none does. */
type Line = readonly [name: string, fields: Fields, flags: readonly string[], first: string, last: string, around?: Around];

const [oldest, newest, never] = ['1.17', '1.37', ''];
const gates = (name: string, isOn: boolean) => ({ featureGates: { [name]: isOn } });
const remote = ['--container-runtime=remote'];
const standing = ['--authorization-mode=AlwaysAllow'];

const nineNodes = { machine: { numaNodes: [0, 1, 2, 3, 4, 5, 6, 7, 8] } };
const upToNine = { topologyManagerPolicyOptions: { 'max-allowable-numa-nodes': '9' } };
const withState = (manager: string, policyName: string) => {
  const text = JSON.stringify({ policyName, checksum: 1, entries: {} });
  return {
    machine: { text: (path: string) => (path === `/var/lib/kubelet/${manager}_manager_state` ? text : undefined) },
  };
};

/** In the order of the rules' numbers: what a kubelet ignores because it does not have the field is no fault. */
const lines: readonly Line[] = [
  ['R1 in the file, mended by a flag', gates('CPUManager', false), ['--feature-gates=CPUManager=true'], '1.32', newest],
  [
    'R2',
    { featureGates: { InPlacePodVerticalScalingExclusiveMemory: true, InPlacePodVerticalScaling: false } },
    [],
    '1.35',
    '1.35',
  ],
  ['R8', { cpuCFSQuotaPeriod: '50ms', ...gates('CustomCPUCFSQuotaPeriod', false) }, [], '1.20', newest],
  ['R9', { cpuCFSQuotaPeriod: '500us', ...gates('CustomCPUCFSQuotaPeriod', true) }, [], '1.26', newest],
  ['R13', { imageMaximumGCAge: '5m' }, [], '1.29', '1.29'],
  ['R14', { imageMinimumGCAge: '-1s' }, [], '1.36', newest],
  ['R21', { nodeStatusMaxImages: -2 }, [], '1.19', newest],
  ['R30', { maxParallelImagePulls: 0 }, [], '1.27', newest],
  ['R31', { maxParallelImagePulls: 2, serializeImagePulls: true }, [], '1.27', newest],
  ['R33', { runOnce: true }, [], '1.32', newest],
  ['R34', { registerWithTaints: [{ key: '-', effect: 'NoSchedule' }] }, [], '1.23', newest],
  ['R36', { topologyManagerPolicy: 'best' }, [], oldest, newest],
  ['R36a', { topologyManagerPolicy: 'restricted', ...gates('TopologyManager', false) }, [], oldest, '1.26'],
  ['R37', { topologyManagerScope: 'node' }, [], '1.20', newest],
  ['R41', { shutdownGracePeriod: '30s' }, [], '1.20', '1.20'],
  ['R38', { shutdownGracePeriodCriticalPods: '30s' }, [], '1.20', newest],
  ['R43', { shutdownGracePeriodByPodPriority: [{ priority: 0 }] }, [], '1.23', '1.23'],
  ['R44 NoSwap', { memorySwap: { swapBehavior: 'NoSwap' } }, [], '1.22', '1.29'],
  ['R44 UnlimitedSwap', { memorySwap: { swapBehavior: 'UnlimitedSwap' } }, [], '1.22', newest],
  ['R46', { crashLoopBackOff: { maxContainerRestartPeriod: '301s' } }, [], '1.32', newest],
  ['R48 compressible', { enforceNodeAllocatable: ['kube-reserved-compressible'], kubeReservedCgroup: '/a' }, [], oldest, '1.31'],
  ['R49', { enforceNodeAllocatable: ['pods', 'pods'] }, [], '1.31', newest],
  ['R55', { enforceNodeAllocatable: ['none'], cgroupsPerQOS: false }, [], oldest, '1.30'],
  ['R60', { imagePullCredentialsVerificationPolicy: 'AlwaysVerify' }, [], '1.33', '1.34'],
  ['R63', { reservedMemory: [{ numaNode: 0, limits: { cpu: '1' } }] }, [], '1.21', newest],
  ['R66', { showHiddenMetricsForVersion: '1.5' }, [], '1.18', newest],
  ['R68', { memoryThrottlingFactor: 2 }, [], '1.22', newest],
  ['R70', { memoryReservationPolicy: 'TieredReservation', ...gates('MemoryQoS', false) }, [], '1.36', newest],
  ['R72', { enableSystemLogQuery: true }, [], '1.27', '1.35'],
  ['R74', { containerLogMaxWorkers: 0 }, [], '1.30', newest],
  ['R75', { containerLogMonitorInterval: '1s' }, [], '1.30', newest],
  ['R76', { containerLogMaxFiles: 1 }, [], '1.24', newest],
  ['R77', { podLogsDir: '/a/' }, [], '1.30', newest],
  ['R78', { logging: { flushFrequency: -5 } }, [], '1.35', newest],
  ['R78 text', { logging: { flushFrequency: '5s' } }, [], '1.23', '1.27'],
  ['R79', { logging: { format: 'json' } }, [], never, never],
  ['R80', { logging: { verbosity: 4_294_967_295 } }, [], '1.23', newest],
  ['R82', { logging: { options: { text: { infoBufferSize: '1Ki' } } } }, [], '1.30', newest],
  ['R83', { logging: { options: { json: { infoBufferSize: '1Ki' } } } }, [], '1.25', newest],
  ['R85', { tracing: { samplingRatePerMillion: 1_000_001 } }, [], '1.25', newest],
  ['R85a', { tracing: { samplingRatePerMillion: 1 } }, [], '1.25', '1.26'],
  ['R88', { singleProcessOOMKill: false }, [], '1.32', newest],
  ['R89', { userNamespaces: { idsPerPod: 1 } }, [], '1.33', newest],
  ['R89a', { maxPods: 65_536 }, [], '1.30', newest],
  ['R89a twice the ids', { userNamespaces: { idsPerPod: 131_072 } }, [], '1.33', '1.34'],
  ['R89a no power of two', { userNamespaces: { idsPerPod: 196_608 } }, [], '1.33', newest],
  ['R94', {}, ['--node-labels=a b=c'], '1.25', newest],
  ['R99', { qosReserved: { memory: '101%' } }, [], oldest, newest],
  ['R100', { evictionHard: { 'containerfs.available': '5%' } }, [], oldest, '1.28'],
  ['R101', { evictionHard: { 'memory.available': '101%' } }, [], '1.21', newest],
  ['R105', { topologyManagerPolicyOptions: { foo: 'a' } }, [], '1.26', '1.27'],
  ['R107', { cpuManagerPolicy: 'a', ...gates('CPUManager', false) }, [], '1.26', newest],
  [
    'R109 without its gate',
    { cpuManagerPolicyOptions: { 'full-pcpus-only': 'true' }, cpuManagerPolicy: 'none' },
    [],
    '1.22',
    newest,
  ],
  ['R110', { memoryManagerPolicy: 'a' }, [], '1.22', newest],
  ['R113', { memorySwap: { swapBehavior: 'LimitedSwap' } }, [], '1.22', newest],
  ['R113 with its gate', { memorySwap: { swapBehavior: 'LimitedSwap' }, ...gates('NodeSwap', true) }, [], '1.30', newest],
  ['R116', { configMapAndSecretChangeDetectionStrategy: 'a' }, standing, oldest, '1.25'],
  ['R117', { containerLogMaxSize: 'a' }, [], '1.24', newest],
  ['R117 negative, Docker', { containerLogMaxSize: '-1' }, [], never, never],
  ['R117 negative, remote', { containerLogMaxSize: '-1' }, remote, oldest, '1.21'],
  ['R118', { allowedUnsafeSysctls: ['kernel.shmfoo'] }, [], '1.29', newest],
  ['R118 slashes', { allowedUnsafeSysctls: ['net/core/somaxconn'] }, [], oldest, '1.22'],
  ['R119 of TLS 1.3', { tlsCipherSuites: ['TLS_AES_128_GCM_SHA256'], tlsMinVersion: 'VersionTLS13' }, [], oldest, '1.18'],
  ['R123a', {}, ['--image-credential-provider-config=/a'], '1.24', newest],
  ['F1 aws', {}, ['--cloud-provider=aws'], '1.27', newest],
  ['F1 gce', {}, ['--cloud-provider=gce'], '1.29', newest],
  ['F2', {}, ['--node-ip=1.2.3.4,1.2.3.5'], '1.20', newest],
  ['F2 dual', {}, ['--node-ip=1.2.3.4,::1'], '1.20', '1.20'],
  ['F4', {}, ['--seccomp-default'], '1.22', '1.24'],
  ['F5 docker', {}, ['--container-runtime=docker'], '1.24', newest],
  ['F5 remote', {}, remote, '1.27', newest],
  ['drop-ins without the variable', {}, ['--config-dir=/d'], '1.28', '1.29', { hasDropInVariable: false }],
  ['drop-ins with it', {}, ['--config-dir=/d'], never, never, { hasDropInVariable: true }],
  ['a dynamic configuration', {}, ['--dynamic-config-dir=/d'], '1.22', '1.23'],
  ['nine NUMA nodes', { topologyManagerPolicy: 'restricted' }, [], oldest, newest, nineNodes],
  ['nine NUMA nodes, and an option', { topologyManagerPolicy: 'restricted', ...upToNine }, [], oldest, '1.30', nineNodes],
  ['a state of the CPU manager', { cpuManagerPolicy: 'none' }, [], oldest, newest, withState('cpu', 'static')],
  ['the same state', { cpuManagerPolicy: 'none' }, [], never, never, withState('cpu', 'none')],
  ['a state of the memory manager', { memoryManagerPolicy: 'None' }, [], '1.22', newest, withState('memory', 'Static')],
];

const releases: readonly Release[] = Array.from({ length: 21 }, (_, index) => knownRelease('1.17') + index);

/** Which of the kubelets of all releases refuse it. That one of them lacks a flag or a gate is asked by F5 and R1 alone. */
function refusing(name: string, fields: Fields, flags: readonly string[], around: Around): string[] {
  const file = JSON.stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: { webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    failCgroupV1: false,
    ...fields,
  });
  const kubelet = { words: ['--config=/c', ...flags], read: () => file, dropIns: () => [], workingDirectory: '/' };
  const machine = { cgroupVersion: 1, numaNodes: [0], onlineCpus: [0, 1], ...around.machine } as const;
  const others = ['flag', 'R1'].filter((rule) => !name.startsWith(rule === 'flag' ? 'F5' : 'R1 '));
  const isAsked = ({ kind, rule }: KubeletFault) => kind === 'Refused' && !others.includes(rule);
  return releases
    .filter((release) => judgePlainKubelet({ ...kubelet, ...around, machine }, release).some(isAsked))
    .map(formatRelease);
}

it('a kubelet that ends once its static pods ran is refused as one that a unit cannot keep', () => {
  const faults = (release: string) => {
    const read = () => '{"apiVersion":"kubelet.config.k8s.io/v1beta1","kind":"KubeletConfiguration","runOnce":true}';
    const kubelet = { words: ['--config=/c'], read, dropIns: () => [], workingDirectory: '/' };
    return judgePlainKubelet(kubelet, knownRelease(release)).flatMap(({ kind, rule }) => (rule === 'R33' ? [kind] : []));
  };
  expect([faults('1.31'), faults('1.32')]).toEqual([['Broken'], ['Refused']]);
});

describe('a rule holds in the releases that have it', () => {
  it.each(lines.map((line) => ({ name: line[0], line })))('$name', ({ line }) => {
    const [name, fields, flags, first, last, around = {}] = line;
    const expected = releases.map(formatRelease).filter((release) => {
      const isIn = first !== never && knownRelease(first) <= knownRelease(release);
      return isIn && knownRelease(release) <= knownRelease(last);
    });
    expect(refusing(name, fields, flags, around)).toEqual(expected);
  });
});
