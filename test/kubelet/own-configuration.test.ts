import { expect, test } from 'vitest';
import { versionedProblems, withOwnConfiguration } from '../../src/kubelet/own-configuration.ts';

const path = '/etc/kubernetes/kc.yaml';
const head = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';

function subject(content: string, { config = path, version = 'v1.30.1' as string | undefined } = {}) {
  const kubelet = { flags: { config }, configurationPath: '/etc/kubernetes/kubelet-config.yaml', ...(version && { version }) };
  return { kubelet, files: [{ path, mode: '0644', content }] };
}

const errors = (spec: ReturnType<typeof subject>) =>
  versionedProblems(spec, spec.kubelet.version)
    .filter(({ severity }) => severity === 'error')
    .map(({ path: [, file], reason }) => [file, reason]);

test('a file that the flag config names is checked like kubelet.configuration', () => {
  expect(errors(subject(`${head}maxPods: "x"\n`))).toEqual([[path, expect.stringContaining('maxPods: expected a whole number')]]);
  expect(errors(subject(`${head}maxPods: 64\n`))).toEqual([]);
});

test.each(['/etc/kubernetes//kc.yaml', 'etc/kubernetes/kc.yaml', '/etc/kubernetes/x/../kc.yaml'])(
  'also when the flag spells its path %s',
  (config) => {
    expect(errors(subject(`${head}maxPods: "x"\n`, { config }))).toHaveLength(1);
  },
);

test.each([
  ['a: [', ''],
  ['kind: Pod\n', 'kind "Pod"'],
  ['apiVersion: kubelet.config.k8s.io/v1alpha1\nkind: KubeletConfiguration\n', 'the kubelet takes the file only'],
  ['', 'the kubelet takes it only'],
])('%j is refused', (content, reason) => {
  expect(errors(subject(content))).toEqual([[path, expect.stringContaining(reason)]]);
});

test('of a field that is there twice the last one counts, which is said', () => {
  const spec = subject(`${head}maxPods: 1\nmaxPods: 2\n`);
  const found = versionedProblems(spec, 'v1.30.1').map(({ severity, reason }) => [severity, reason]);
  expect(found).toEqual([['warning', expect.stringContaining('the last one counts')]]);
  expect(withOwnConfiguration(spec).kubelet).toMatchObject({ configuration: { maxPods: 2 } });
});

test('the drop-ins that the flag config-dir names are checked, too', () => {
  const main = subject(`${head}maxPods: 64\n`);
  const flags = { ...main.kubelet.flags, 'config-dir': '/etc/kubernetes/kc.d' };
  const dropIn = { path: '/etc/kubernetes/kc.d/10-x.conf', mode: '0644', content: `${head}maxPods: "x"\n` };
  const spec = { kubelet: { ...main.kubelet, flags }, files: [...main.files, dropIn] };
  expect(errors(spec)).toEqual([[dropIn.path, expect.stringContaining('maxPods: expected a whole number')]]);
});

test('other files are not checked, nor those of kubelets that take the flag for static pods', () => {
  expect(errors(subject('kind: Pod', { config: '/etc/kubernetes/other.yaml' }))).toEqual([]);
  expect(errors(subject('kind: Pod', { version: 'v1.5.4' }))).toEqual([]);
});

test('its content takes the place of kubelet.configuration', () => {
  const spec = subject(`${head}staticPodPath: pods\n`);
  expect(withOwnConfiguration(spec).kubelet).toMatchObject({
    configuration: { staticPodPath: 'pods' },
    configurationPath: path,
  });
  const none = subject('[]');
  expect(withOwnConfiguration(none)).toBe(none);
});
