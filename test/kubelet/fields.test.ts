import { describe, expect, test } from 'vitest';
import { fieldRows } from '../../src/kubelet/data/kubelet-fields.ts';
import { type Configuration, ofConfiguration, places } from './subject.ts';

test.each<[Configuration, string, readonly string[]]>([
  [{ maxPods: 64, cpuManagerPolicy: 'static', kubeReserved: { cpu: '1' } }, 'v1.36.1', []],
  [{ apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', maxPods: 64 }, '1.36.0', []],
  // Decoded leniently: a name is never worth more than a warning.
  [{ bogus: 1 }, '1.36.0', ['warning kubelet.configuration.bogus']],
  [{ MaxPods: 'many' }, '1.36.0', ['warning kubelet.configuration.MaxPods']],
  [{ metadata: { name: 'x' } }, '1.36.0', ['warning kubelet.configuration.metadata']],
  [{ authentication: { Anonymous: { enabled: 1 } } }, '1.36.0', ['warning kubelet.configuration.authentication.Anonymous']],
  [
    { authentication: { anonymous: { enable: true } } },
    '1.36.0',
    ['warning kubelet.configuration.authentication.anonymous.enable'],
  ],
  [{ reservedMemory: [{ numanode: 0 }] }, '1.36.0', ['warning kubelet.configuration.reservedMemory[0].numanode']],
  // Not there yet: ignored, whatever it holds.
  [{ containerLogMaxWorkers: 2 }, '1.29.0', ['warning kubelet.configuration.containerLogMaxWorkers']],
  [{ containerLogMaxWorkers: 'two' }, '1.29.0', ['warning kubelet.configuration.containerLogMaxWorkers']],
  [{ containerLogMaxWorkers: 'two' }, '1.30.0', ['error kubelet.configuration.containerLogMaxWorkers']],
  [{ crashLoopBackOff: { bogus: 1 } }, '1.31.0', ['warning kubelet.configuration.crashLoopBackOff']],
  // Older than the table: what it has is not denied, what it has not is no error.
  [{ maxPods: 64, bogus: 1 }, '1.10.0', ['warning kubelet.configuration.bogus']],
  [{ maxPods: 64 }, '1.9.0', ['error kubelet.configuration']],
  [{}, 'v1.2.2_coreos.0', ['error kubelet.configuration']],
  // What is inside is the business of others.
  [
    { logging: { bogus: 1 }, tracing: { bogus: 1 }, registerWithTaints: [{ bogus: 1 }] },
    '1.36.0',
    [
      'warning kubelet.configuration.logging.bogus',
      'warning kubelet.configuration.registerWithTaints[0].bogus',
      'warning kubelet.configuration.tracing.bogus',
    ],
  ],
])('%j for %s', (configuration, version, expected) => {
  expect(places(ofConfiguration(configuration, version))).toEqual(expected);
});

test.each<[Configuration, readonly string[]]>([
  [{ containerLogMaxWorkers: 2, maxPods: 64 }, []],
  // No release starts with them.
  [{ maxPods: '110' }, ['error kubelet.configuration.maxPods']],
  [{ kubeReserved: { cpu: 1 } }, ['error kubelet.configuration.kubeReserved.cpu']],
  [{ reservedMemory: [{ numaNode: '0' }] }, ['error kubelet.configuration.reservedMemory[0].numaNode']],
  [{ bogus: 1 }, ['warning kubelet.configuration.bogus']],
  [{ authentication: { x509: { bogus: 1 } } }, ['warning kubelet.configuration.authentication.x509.bogus']],
])('without a version is found what no kubelet takes: %j', (configuration, expected) => {
  expect(places(ofConfiguration(configuration, undefined))).toEqual(expected);
});

describe('messages', () => {
  test.each<[Configuration, string, string, string]>([
    [{ MaxPods: 1 }, '1.36.0', 'the kubelet ignores MaxPods: names of fields are case-sensitive', 'write maxPods'],
    [
      { maxPod: 1 },
      '1.36.0',
      'KubeletConfiguration has no field maxPod from 1.17 to 1.37: the kubelet ignores it',
      'write maxPods',
    ],
    [
      { authentication: { anonymous: { enable: true } } },
      '1.36.0',
      'authentication.anonymous has no field enable from 1.17 to 1.37: the kubelet ignores it',
      'write enabled',
    ],
    // Known by its flag.
    [
      { podManifestPath: '/x' },
      '1.36.0',
      'KubeletConfiguration has no field podManifestPath from 1.17 to 1.37: the kubelet ignores it',
      'write staticPodPath',
    ],
    [
      { containerLogMaxWorkers: 2 },
      '1.29.0',
      'kubelet 1.29 ignores containerLogMaxWorkers, which comes with 1.30',
      'remove it, or run kubelet 1.30 or later',
    ],
    [
      { maxPods: 1 },
      '1.8.0',
      'kubelet 1.8 reads no KubeletConfiguration: that came with 1.10',
      'use kubelet.flags, or run a later kubelet',
    ],
  ])('%j, %s', (configuration, version, reason, remedy) => {
    expect(ofConfiguration(configuration, version)).toMatchObject([{ code: 'ConfigurationInvalid', reason, remedy }]);
  });

  test.each<[Configuration, string, string]>([
    [
      { bogusField: 1 },
      'KubeletConfiguration has no field bogusField from 1.17 to 1.37: whether 1.40 has it is not known',
      'look the field up in the reference of KubeletConfiguration, or remove it',
    ],
    [{ MaxPods: 1 }, 'kubelets up to 1.37 ignore MaxPods: names of fields are case-sensitive', 'write maxPods'],
  ])('what a kubelet after the table does with %j is not known', (configuration, reason, remedy) => {
    const [version, ...found] = ofConfiguration(configuration, 'v1.40.0');
    expect(version).toMatchObject({ severity: 'warning', code: 'UnknownVersion', path: ['kubelet', 'version'] });
    expect(found).toMatchObject([{ severity: 'warning', reason, remedy }]);
  });

  test('a suggestion is a field of that kubelet', () => {
    const remedies = (version: string) => ofConfiguration({ 'register-node': true }, version).map(({ remedy }) => remedy);
    expect(remedies('1.23.0')).toEqual(['write registerNode']);
    expect(remedies('1.22.0')).not.toContain('write registerNode');
  });
});

test('every nested field of the table has a parent in it', () => {
  const paths = new Set(fieldRows.map(({ path }) => path));
  const parents = fieldRows.filter(({ path }) => path.includes('.')).map(({ path }) => path.replace(/(\[\])?\.[^.]+$/, ''));
  expect(parents.filter((parent) => !paths.has(parent))).toEqual([]);
});
