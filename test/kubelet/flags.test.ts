import { describe, expect, test } from 'vitest';
import { type Flags, ofFlags, places } from './subject.ts';

const apiServers = { 'api-servers': 'http://127.0.0.1:8080' };

interface Case {
  readonly title: string;
  readonly flags: Flags;
  readonly version: string;
  readonly expected: readonly string[];
}

const cases: readonly Case[] = [
  {
    title: 'the first kubelets of the table take what they had',
    flags: { ...apiServers, config: '/etc/kubernetes/manifests', 'allow-privileged': true },
    version: 'v1.2.2_coreos.0',
    expected: [],
  },
  { title: 'deprecated', flags: apiServers, version: 'v1.7.16', expected: ['warning kubelet.flags["api-servers"]'] },
  { title: 'removed', flags: apiServers, version: 'v1.8.0', expected: ['error kubelet.flags["api-servers"]'] },
  { title: 'removed long ago', flags: apiServers, version: 'v1.36.0', expected: ['error kubelet.flags["api-servers"]'] },
  {
    title: 'removed, to a newer kubelet',
    flags: apiServers,
    version: '1.50.0',
    expected: ['error kubelet.flags["api-servers"]', 'warning kubelet.version'],
  },
  { title: 'before its deprecation', flags: { 'max-pods': 64 }, version: '1.9.0', expected: [] },
  { title: 'deprecated without successor', flags: { 'boot-id-file': '/x' }, version: '1.30.0', expected: [] },
  { title: 'not there yet', flags: { 'config-dir': '/x' }, version: '1.27.9', expected: ['error kubelet.flags["config-dir"]'] },
  { title: 'there', flags: { 'config-dir': '/x' }, version: '1.28.0', expected: [] },
  { title: 'between two lives', flags: { config: '/x' }, version: '1.7.0', expected: ['error kubelet.flags.config'] },
  { title: 'misspelt', flags: { 'max-pod': 64 }, version: '1.30.1+k3s1', expected: ['error kubelet.flags["max-pod"]'] },
  {
    title: 'misspelt, newer',
    flags: { 'max-pod': 64 },
    version: '1.38.0',
    expected: ['warning kubelet.flags["max-pod"]', 'warning kubelet.version'],
  },
  { title: 'misspelt, older', flags: { 'max-pod': 64 }, version: '1.1.0', expected: ['warning kubelet.flags["max-pod"]'] },
  { title: 'misspelt, read from a beta', flags: { bogus: 1 }, version: '1.11.0', expected: ['warning kubelet.flags.bogus'] },
  { title: 'doubtful', flags: { 'rkt-path': '/x' }, version: '1.11.0', expected: ['warning kubelet.flags["rkt-path"]'] },
  {
    title: 'of Windows',
    flags: { 'windows-service': true },
    version: '1.36.0',
    expected: ['error kubelet.flags["windows-service"]'],
  },
  { title: 'capitals', flags: { 'Node-IP': '10.0.0.1' }, version: '1.36.0', expected: ['error kubelet.flags["Node-IP"]'] },
  { title: 'underscores', flags: { node_ip: '10.0.0.1' }, version: '1.36.0', expected: ['warning kubelet.flags.node_ip'] },
  {
    title: 'underscores hide no other problem',
    flags: { api_servers: 'x' },
    version: '1.36.0',
    expected: ['error kubelet.flags.api_servers', 'warning kubelet.flags.api_servers'],
  },
  { title: 'given no times', flags: { 'api-servers': [], bogus: [] }, version: '1.36.0', expected: [] },
];

test.each(cases)('$title: $version', ({ flags, version, expected }) => {
  expect(places(ofFlags(flags, version))).toEqual(expected);
});

describe('without a version', () => {
  test.each<[Flags, readonly string[]]>([
    [{ 'config-dir': '/x', 'max-pods': 64, config: '/x', 'node-labels': ['a=b'] }, ['warning kubelet.flags["config-dir"]']],
    // No release takes it.
    [{ 'max-pod': 64 }, ['error kubelet.flags["max-pod"]']],
    [{ 'max-pods': 'many' }, ['error kubelet.flags["max-pods"]']],
    [{ v: ['2', 'high'] }, ['error kubelet.flags.v[1]', 'warning kubelet.flags.v']],
    [{ 'api-servers': 'x', 'event-burst': 'x' }, ['error kubelet.flags["event-burst"]', 'warning kubelet.flags["api-servers"]']],
    // A number with a fraction until 1.3.
    [{ 'event-qps': 0.5 }, ['warning kubelet.flags["event-qps"]']],
    // Between two lives only for kubelets that no cluster runs today.
    [{ 'pod-manifest-path': '/x' }, []],
  ])('%j', (flags, expected) => {
    expect(places(ofFlags(flags, undefined))).toEqual(expected);
    expect(places(ofFlags(flags, 'latest'))).toEqual(expected);
  });

  test.each<[Flags, string, string]>([
    [{ 'api-servers': 'x' }, 'kubelet 1.8 and later do not start with the flag --api-servers', 'use --kubeconfig'],
    [
      { 'config-dir': '/x' },
      'kubelets before 1.28 do not start with the flag --config-dir',
      'remove it, or run kubelet 1.28 or later',
    ],
    [
      { 'max-pods': 'x' },
      'the flag --max-pods takes a whole number, found "x": no kubelet starts with it',
      'write a whole number',
    ],
    [
      { 'max-pod': 1 },
      'no Linux kubelet from 1.2 to 1.37 has a flag --max-pod: it does not start with it',
      'write max-pods; if a newer kubelet has it, say which in kubelet.version',
    ],
  ])('the message of %j', (flags, reason, remedy) => {
    expect(ofFlags(flags, undefined)).toMatchObject([{ code: 'FlagInvalid', reason, remedy }]);
  });
});

describe('messages', () => {
  test.each<[Flags, string, string, string]>([
    [apiServers, '1.8.0', 'kubelet 1.8 does not start with the flag --api-servers, which was removed in 1.8', 'use --kubeconfig'],
    [
      { config: '/x' },
      '1.8.0',
      'kubelet 1.8 does not start with the flag --config, which was removed in 1.6 and comes back with 1.10',
      'use --pod-manifest-path',
    ],
    [
      { 'config-dir': '/x' },
      '1.20.0',
      'kubelet 1.20 does not start with the flag --config-dir, which comes with 1.28',
      'remove it, or run kubelet 1.28 or later',
    ],
    [
      { 'rkt-path': '/x' },
      '1.11.0',
      'kubelet 1.11 may not have the flag --rkt-path, which was removed in 1.11',
      'use a container runtime with a CRI endpoint: --container-runtime-endpoint',
    ],
    [{ 'max-pods': 64 }, '1.30.0', 'the flag --max-pods is deprecated since 1.10', 'set kubelet.configuration.maxPods'],
    [
      { 'max-pod': 64 },
      '1.30.0',
      'no Linux kubelet from 1.2 to 1.37 has a flag --max-pod: kubelet 1.30 does not start with it',
      'write max-pods',
    ],
    [
      { 'quite-unlike-anything': 1 },
      '1.40.0',
      'no Linux kubelet from 1.2 to 1.37 has a flag --quite-unlike-anything',
      'look the flag up in the output of kubelet --help, or remove it',
    ],
    [
      { 'babysit-daemons': true },
      '1.7.0',
      'kubelet 1.7 does not start with the flag --babysit-daemons, which was removed in 1.7',
      'remove it: nothing took its place',
    ],
  ])('%j, %s', (flags, version, reason, remedy) => {
    const found = ofFlags(flags, version).filter(({ code }) => code !== 'UnknownVersion');
    expect(found).toMatchObject([{ code: 'FlagInvalid', reason, remedy }]);
  });

  test('a successor that is itself gone gives way to its own', () => {
    const remedies = (version: string) => ofFlags({ 'network-plugin-dir': '/x' }, version).map(({ remedy }) => remedy);
    expect(remedies('1.9.0')).toEqual(['use --cni-bin-dir']);
    expect(remedies('1.24.0')).toEqual(['configure CNI in the container runtime']);
  });

  test('a suggestion is a flag of that kubelet', () => {
    const remedies = (version: string) => ofFlags({ 'api-server': 'x' }, version).map(({ remedy }) => remedy);
    expect(remedies('1.5.0')).toEqual(['write api-servers']);
    expect(remedies('1.30.0')).not.toContain('write api-servers');
  });
});
