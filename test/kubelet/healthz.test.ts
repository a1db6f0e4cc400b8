import { expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../src/api/types.ts';
import { healthzEndpoint, healthzOffProblems } from '../../src/kubelet/healthz.ts';
import { kubeletConfig } from '../builders.ts';
import { effectiveOf } from '../render/subject.ts';

type Spec = Pick<KubeletConfigSpec, 'kubelet' | 'files'>;

const at = (spec: Spec) => healthzEndpoint(effectiveOf(kubeletConfig('workers', { launcher: { host: {} }, ...spec })).spec);
const file = (content: string) => [{ path: '/etc/kubernetes/own.yaml', content }];

test.each<[string, Spec, string | undefined]>([
  ['by default', {}, '127.0.0.1 10248'],
  [
    'by the configuration',
    { kubelet: { configuration: { healthzPort: 10300, healthzBindAddress: '10.0.0.1' } } },
    '10.0.0.1 10300',
  ],
  ['by flags', { kubelet: { flags: { 'healthz-port': 10301, 'healthz-bind-address': '::1' } } }, '::1 10301'],
  ['by a flag as text', { kubelet: { flags: { 'healthz-port': '10302' } } }, '127.0.0.1 10302'],
  ['by a flag as Go reads it', { kubelet: { flags: { 'healthz-port': '0x2840' } } }, '127.0.0.1 10304'],
  [
    'by a flag rather than by the configuration',
    { kubelet: { flags: { 'healthz-port': 10303 }, configuration: { healthzPort: 0 } } },
    '127.0.0.1 10303',
  ],
  ['on every address', { kubelet: { configuration: { healthzBindAddress: '0.0.0.0' } } }, '127.0.0.1 10248'],
  ['on every IPv6 address', { kubelet: { configuration: { healthzBindAddress: '::' } } }, '::1 10248'],
  ['null is the default', { kubelet: { configuration: { healthzPort: null, healthzBindAddress: '' } } }, '127.0.0.1 10248'],
  ['switched off by the configuration', { kubelet: { configuration: { healthzPort: 0 } } }, undefined],
  ['switched off by a flag', { kubelet: { flags: { 'healthz-port': 0 }, configuration: { healthzPort: 10248 } } }, undefined],
  [
    'by a file of the object',
    {
      kubelet: { version: 'v1.30.0', flags: { config: '/etc/kubernetes/own.yaml' } },
      files: file('kind: KubeletConfiguration\nhealthzPort: 10304\n'),
    },
    '127.0.0.1 10304',
  ],
  [
    'by a file that is no configuration',
    { kubelet: { version: 'v1.30.0', flags: { config: '/etc/kubernetes/own.yaml' } }, files: file('- : [') },
    '127.0.0.1 10248',
  ],
  ['a file that is not there is of no use', { kubelet: { flags: { config: '/etc/kubernetes/manifests' } } }, '127.0.0.1 10248'],
])('%s', (_what, spec, expected) => {
  const endpoint = at(spec);
  expect(endpoint && `${endpoint.address} ${endpoint.port}`).toBe(expected);
});

test.each<[Spec, string[] | undefined]>([
  [{ kubelet: { configuration: { healthzPort: 0 } } }, ['kubelet', 'configuration', 'healthzPort']],
  [{ kubelet: { flags: { 'healthz-port': '0' }, configuration: { healthzPort: 1 } } }, ['kubelet', 'flags', 'healthz-port']],
  [
    { kubelet: { version: 'v1.30.0', flags: { config: '/etc/kubernetes/own.yaml' } }, files: file('healthzPort: 0') },
    ['files', '/etc/kubernetes/own.yaml'],
  ],
  [{ kubelet: { flags: { 'healthz-port': 10248 }, configuration: { healthzPort: 0 } } }, undefined],
  [{}, undefined],
])('%j: a kubelet without its /healthz is warned of', (spec, path) => {
  const effective = effectiveOf(kubeletConfig('workers', { launcher: { host: {} }, ...spec })).spec;
  expect(healthzOffProblems(effective, effective)).toEqual(
    path ? [expect.objectContaining({ severity: 'warning', code: 'HealthzOff', path })] : [],
  );
});

test('what the node itself switches off is told at the launcher', () => {
  const spec = effectiveOf(kubeletConfig('workers', { launcher: { existing: {} } })).spec;
  const whole = { ...spec, kubelet: { ...spec.kubelet, configuration: { healthzPort: 0 } } };
  expect(healthzOffProblems(spec, whole)).toMatchObject([{ code: 'HealthzOff', path: ['launcher'] }]);
});
