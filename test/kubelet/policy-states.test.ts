import { describe, expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../src/api/types.ts';
import { type PolicyState, policyStates } from '../../src/kubelet/policy-states.ts';
import { kubeletConfig } from '../builders.ts';
import { effectiveOf } from '../render/subject.ts';

type Kubelet = NonNullable<KubeletConfigSpec['kubelet']>;

const of = (kubelet: Kubelet, files: KubeletConfigSpec['files'] = []): PolicyState[] =>
  policyStates(effectiveOf(kubeletConfig('workers', { launcher: { host: {} }, kubelet, files })).spec);
const cpu = (kubelet: Kubelet) => of(kubelet)[0];
const memory = (kubelet: Kubelet) => of(kubelet)[1];

const isStatic = { cpuManagerPolicy: 'static' };
const pinned = { memoryManagerPolicy: 'Static' };
const oneGiB = { numaNode: 0, limits: { memory: '1Gi' } };

test('by default both managers do nothing, below /var/lib/kubelet', () => {
  expect(of({})).toEqual([
    { path: '/var/lib/kubelet/cpu_manager_state', policy: 'none', settings: '{"policy":"none"}' },
    { path: '/var/lib/kubelet/memory_manager_state', policy: 'None', settings: '{"policy":"None"}' },
  ]);
});

test.each<[unknown, string | undefined]>([
  ['/data/kubelet', '/data/kubelet/cpu_manager_state'],
  ['/data/kubelet/', '/data/kubelet/cpu_manager_state'],
  ['kubelet', undefined],
  ['/data/../etc', undefined],
  ['/data/a\tb', undefined],
  ['/', undefined],
  [`/${'é'.repeat(127)}`, `/${'é'.repeat(127)}/cpu_manager_state`],
  [`/${'é'.repeat(128)}`, undefined],
  ['/a'.repeat(2000), `${'/a'.repeat(2000)}/cpu_manager_state`],
  ['/a'.repeat(2001), undefined],
])('--root-dir=%s', (directory, path) => {
  expect(cpu({ flags: { 'root-dir': directory as string } })?.path).toBe(path);
});

test.each<[string, Kubelet, string | undefined]>([
  ['by the configuration', { configuration: isStatic }, 'static'],
  ['by the flag', { flags: { 'cpu-manager-policy': 'static' } }, 'static'],
  ['by the flag rather than by the configuration', { flags: { 'cpu-manager-policy': 'none' }, configuration: isStatic }, 'none'],
  ['by the last of a repeated flag', { flags: { 'cpu-manager-policy': ['none', 'static'] } }, 'static'],
  ['null is the default', { configuration: { cpuManagerPolicy: null } }, 'none'],
  ['not known where the node has a configuration of its own', { flags: { config: '/var/lib/kubelet/config.yaml' } }, undefined],
  ['not known where drop-ins may say another', { flags: { 'config-dir': '/etc/kubelet.d' }, configuration: isStatic }, undefined],
  ['by the flag whatever the node has', { flags: { config: '/etc/own', 'cpu-manager-policy': 'static' } }, 'static'],
])('the policy: %s', (_what, kubelet, policy) => {
  expect(cpu(kubelet)?.policy).toBe(policy);
});

test('a configuration that the object brings along as a file', () => {
  const files = [{ path: '/etc/kubernetes/own.yaml', content: 'cpuManagerPolicy: static\nreservedSystemCPUs: "0"\n' }];
  const [state] = of({ version: 'v1.30.0', flags: { config: '/etc/kubernetes/own.yaml' } }, files);
  expect(state).toMatchObject({ policy: 'static', settings: expect.stringContaining('"reserved":"0"') });
});

test('what a static policy depends on is not known where the node has a configuration of its own', () => {
  const flags = { config: '/etc/own', 'cpu-manager-policy': 'static', 'memory-manager-policy': 'Static' };
  expect(of({ flags }).map(({ settings }) => settings)).toEqual([undefined, undefined]);
});

describe('one file fits', () => {
  test.each<[string, Kubelet, Kubelet]>([
    [
      'whatever has nothing to do with it',
      { configuration: isStatic },
      { flags: { v: 3 }, configuration: { ...isStatic, maxPods: 9 } },
    ],
    [
      'as many CPUs, reserved for others',
      { configuration: { ...isStatic, kubeReserved: { cpu: '500m' }, systemReserved: { cpu: '0.5' } } },
      { configuration: { ...isStatic, kubeReserved: { cpu: '1', memory: '1Gi' } } },
    ],
    [
      'fractions, since whole CPUs are reserved',
      { configuration: { ...isStatic, kubeReserved: { cpu: '1100m' }, systemReserved: { cpu: '900m' } } },
      { configuration: { ...isStatic, kubeReserved: { cpu: '1.2' } } },
    ],
    [
      'the same by flags',
      { configuration: { ...isStatic, kubeReserved: { cpu: '2' }, cpuManagerPolicyOptions: { 'full-pcpus-only': 'true' } } },
      {
        flags: { 'kube-reserved': 'memory=1Gi,cpu=2', 'cpu-manager-policy-options': 'full-pcpus-only=true' },
        configuration: isStatic,
      },
    ],
    [
      'a list, whatever else is reserved',
      { configuration: { ...isStatic, reservedSystemCPUs: '0-1', kubeReserved: { cpu: '1' } } },
      { flags: { 'reserved-cpus': '0-1' }, configuration: isStatic },
    ],
    ['reservations without a policy', { configuration: { reservedSystemCPUs: '0' } }, {}],
  ])('%s', (_what, one, other) => {
    expect(cpu(one)?.settings).toBeTypeOf('string');
    expect(cpu(one)?.settings).toBe(cpu(other)?.settings);
  });

  test.each<[string, Kubelet, Kubelet]>([
    [
      'the same memory, written otherwise',
      { configuration: { ...pinned, reservedMemory: [oneGiB, { numaNode: 1, limits: { memory: '1Gi' } }] } },
      { flags: { 'reserved-memory': '1:memory=1024Mi;0:memory=1073741824' }, configuration: pinned },
    ],
    [
      'a flag that is repeated',
      { flags: { 'reserved-memory': ['0:memory=1Gi', '1:memory=1Gi,hugepages-1M=1M'] }, configuration: pinned },
      { flags: { 'reserved-memory': '0:memory=1Gi;1:hugepages-1M=1M,memory=1Gi' }, configuration: pinned },
    ],
    [
      'reservations that are not by node',
      { configuration: { ...pinned, reservedMemory: [oneGiB], kubeReserved: { memory: '1Gi' } } },
      { configuration: { ...pinned, reservedMemory: [oneGiB], systemReserved: { memory: '1Gi' } } },
    ],
  ])('%s', (_what, one, other) => {
    expect(memory(one)?.settings).toBeTypeOf('string');
    expect(memory(one)?.settings).toBe(memory(other)?.settings);
  });
});

describe('another file is needed', () => {
  test.each<[string, Kubelet, Kubelet]>([
    ['for another policy', {}, { configuration: isStatic }],
    [
      'for more CPUs',
      { configuration: { ...isStatic, kubeReserved: { cpu: '1' } } },
      { configuration: { ...isStatic, kubeReserved: { cpu: '1001m' } } },
    ],
    [
      'for other CPUs',
      { configuration: { ...isStatic, reservedSystemCPUs: '0' } },
      { configuration: { ...isStatic, reservedSystemCPUs: '1' } },
    ],
    [
      'for a list instead of a number',
      { configuration: { ...isStatic, kubeReserved: { cpu: '1' } } },
      { configuration: { ...isStatic, kubeReserved: { cpu: '1' }, reservedSystemCPUs: '0' } },
    ],
    [
      'for a flag that takes the place of the map',
      { configuration: { ...isStatic, kubeReserved: { cpu: '1' } } },
      { flags: { 'kube-reserved': 'memory=1Gi' }, configuration: { ...isStatic, kubeReserved: { cpu: '1' } } },
    ],
    [
      'for another option',
      { configuration: isStatic },
      { configuration: { ...isStatic, cpuManagerPolicyOptions: { 'strict-cpu-reservation': 'true' } } },
    ],
  ])('%s', (_what, one, other) => {
    expect(cpu(one)?.settings).toBeTypeOf('string');
    expect(cpu(one)?.settings).not.toBe(cpu(other)?.settings);
  });

  test.each<[string, Kubelet, Kubelet]>([
    ['for another policy of memory', {}, { configuration: pinned }],
    [
      'for other memory',
      { configuration: { ...pinned, reservedMemory: [oneGiB] } },
      { configuration: { ...pinned, reservedMemory: [{ ...oneGiB, limits: { memory: '2Gi' } }] } },
    ],
    [
      'for memory of another node',
      { configuration: { ...pinned, reservedMemory: [oneGiB] } },
      { configuration: { ...pinned, reservedMemory: [{ ...oneGiB, numaNode: 1 }] } },
    ],
  ])('%s', (_what, one, other) => {
    expect(memory(one)?.settings).toBeTypeOf('string');
    expect(memory(one)?.settings).not.toBe(memory(other)?.settings);
  });
});
