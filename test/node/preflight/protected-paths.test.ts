import { expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../../src/api/types.ts';
import { kubeletConfig } from '../../builders.ts';
import { memoryMachine, unitFile } from '../machine.ts';

const pod = 'kind: Pod\n';

async function applied(links: Record<string, string>, path: string, kubelet: KubeletConfigSpec['kubelet'] = { flags: { v: 2 } }) {
  const machine = await memoryMachine({});
  for (const [link, target] of Object.entries(links)) machine.files.putSymlink(link, target);
  const object = kubeletConfig('workers', { launcher: { host: {} }, kubelet, files: [{ path, content: pod }] });
  return { outcome: await machine.apply([object]), host: machine.host() };
}

test.each<readonly [string, Record<string, string>, string, KubeletConfigSpec['kubelet']]>([
  ['a directory', { '/etc/kubernetes/extra': 'manifests' }, '/etc/kubernetes/extra/a.yaml', undefined],
  ['an absolute link', { '/opt/bin/x': '/etc/kubernetes/pki' }, '/opt/bin/x/ca.key', undefined],
  [
    'the place itself',
    { '/srv/pods': '/etc/kubernetes/free' },
    '/etc/kubernetes/free/a.yaml',
    { flags: { 'pod-manifest-path': '/srv/pods' } },
  ],
  [
    'a link to a link',
    { '/srv/b': '/srv/c', '/srv/c': '../opt/bin/d' },
    '/opt/bin/d/a.yaml',
    { flags: { 'config-dir': '/srv/b' } },
  ],
])('refuses a file that reaches a protected place through %s', async (_what, links, path, kubelet) => {
  const { outcome, host } = await applied(links, path, kubelet);
  expect(outcome).toMatchObject({
    kind: 'Kept',
    problems: [{ severity: 'error', code: 'PathNotAllowed', object: 'workers', path: ['spec', 'files', path] }],
  });
  expect(host[unitFile]).toBeUndefined();
});

test('refuses what the configuration in an extra file makes a directory of static pods', async () => {
  const content = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nstaticPodPath: pods\n';
  const machine = await memoryMachine({});
  const object = kubeletConfig('workers', {
    launcher: { host: {} },
    kubelet: { flags: { config: '/etc/kubernetes/kc.yaml' } },
    files: [
      { path: '/etc/kubernetes/kc.yaml', content },
      { path: '/etc/kubernetes/pods/a.yaml', content: pod },
    ],
  });
  expect(await machine.apply([object])).toMatchObject({ kind: 'Kept', problems: [{ code: 'PathNotAllowed' }] });
  machine.files.putSymlink('/etc/kubernetes/free', 'pods');
  const linked = { ...object.spec.files?.[1], path: '/etc/kubernetes/free/a.yaml' };
  const files = [{ path: '/etc/kubernetes/kc.yaml', content }, linked];
  expect(await machine.apply([{ ...object, spec: { ...object.spec, files } }])).toMatchObject({
    kind: 'Kept',
    problems: [{ code: 'PathNotAllowed', path: ['spec', 'files', linked.path] }],
  });
});

test('follows other links of the host: directories that an administrator moved', async () => {
  const { outcome, host } = await applied({ '/etc/kubernetes': '/data/kubernetes', '/opt': 'data/opt' }, '/opt/bin/a');
  expect(outcome).toMatchObject({ kind: 'Changed', result: { kind: 'Committed' } });
  expect(host['/data/opt/bin/a'] ?? host['/opt/bin/a']).toBe(pod);
});
