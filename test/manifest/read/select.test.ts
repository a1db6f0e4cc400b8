import { expect, test } from 'vitest';
import { readManifests } from '../../../src/manifest/read/read.ts';
import { selectKubeletConfigs } from '../../../src/manifest/read/select.ts';

const ours = 'kubelet-config.dev/v1alpha1';
const select = (...texts: string[]) =>
  selectKubeletConfigs(texts.flatMap((text, index) => readManifests(text, `file${index + 1}.yaml`).documents));

test('takes KubeletConfigs and keeps what they say, unchecked', () => {
  const { objects, problems } = select(
    `apiVersion: ${ours}\nkind: KubeletConfig\nmetadata: {name: a}\nspec: nonsense\n---\n# nothing\n`,
  );
  expect(problems).toEqual([]);
  expect(objects).toMatchObject([
    { name: 'a', file: 'file1.yaml', value: { apiVersion: ours, kind: 'KubeletConfig', spec: 'nonsense' } },
  ]);
});

test.for<[title: string, text: string, code: string, words: RegExp, place: string]>([
  ['text', 'words', 'WrongKind', /found "words"/, '1:1'],
  ['a list', '- kind: KubeletConfig', 'WrongKind', /found a list/, '1:1'],
  ['an empty map', '{}', 'WrongKind', /apiVersion is missing/, '1:1'],
  ['no kind', `apiVersion: ${ours}`, 'WrongKind', /kind is missing/, '1:1'],
  ['a kind that is no text', `apiVersion: ${ours}\nkind: [KubeletConfig]`, 'WrongKind', /found a list/, '2:7'],
  [
    "the kubelet's kind",
    `apiVersion: ${ours}\nkind: KubeletConfiguration`,
    'WrongKind',
    /did you mean kind: KubeletConfig\?/,
    '2:7',
  ],
  ['another case', `apiVersion: ${ours}\nkind: kubeletConfig`, 'WrongKind', /did you mean kind: KubeletConfig\?/, '2:7'],
  ['a slip', `apiVersion: ${ours}\nkind: KubletConfig`, 'WrongKind', /did you mean kind: KubeletConfig\?/, '2:7'],
  ['another kind', `apiVersion: ${ours}\nkind: Widget`, 'WrongKind', /no kind "Widget"/, '2:7'],
  [
    'another version',
    'kind: KubeletConfig\napiVersion: kubelet-config.dev/v1',
    'WrongApiVersion',
    /write apiVersion: kubelet-config.dev\/v1alpha1/,
    '2:13',
  ],
  ['a misspelt group', 'kind: KubeletConfig\napiVersion: kubelet-confg.dev/v1alpha1', 'WrongApiVersion', /not known/, '2:13'],
  ['no group', 'kind: KubeletConfig\napiVersion: v1alpha1', 'WrongApiVersion', /not known/, '2:13'],
])('%s is an error', ([, text, code, words, place]) => {
  const { objects, problems } = select(text);
  expect(objects).toEqual([]);
  expect(problems).toHaveLength(1);
  const [problem] = problems;
  expect(problem).toMatchObject({ severity: 'error', code });
  expect(`${problem?.reason}; ${problem?.remedy}`).toMatch(words);
  expect(`${problem?.position?.line}:${problem?.position?.column}`).toBe(place);
});

test.for<[title: string, text: string, remedy: RegExp]>([
  ['a ConfigMap', 'apiVersion: v1\nkind: ConfigMap', /^nothing, if/],
  ['a NodeKubelet', `apiVersion: ${ours}\nkind: NodeKubelet`, /^nothing: the controller/],
  [
    "OpenShift's KubeletConfig",
    'apiVersion: machineconfiguration.openshift.io/v1\nkind: KubeletConfig',
    /OpenShift's; in one of kubelet-config\.dev\/v1alpha1 its kubeletConfig is kubelet\.configuration/,
  ],
  [
    "Talos's KubeletConfig",
    'apiVersion: v1alpha1\nkind: KubeletConfig\nextraArgs: {v: "2"}',
    /Talos's; .* its extraArgs are spec\.kubelet\.flags/,
  ],
  [
    "Talos's KubeletConfig without arguments",
    'apiVersion: v1alpha1\nkind: KubeletConfig\nimage: example.com/kubelet:v1.36.0\nconfig: {maxPods: 64}',
    /Talos's; .* its config is spec\.kubelet\.configuration/,
  ],
  [
    "Talos's machine configuration",
    'version: v1alpha1\nmachine: {kubelet: {extraArgs: {v: "2"}}}',
    /its machine\.kubelet\.extraConfig is spec\.kubelet\.configuration/,
  ],
  [
    'a KubeletConfiguration',
    'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration',
    /spec\.kubelet\.configuration/,
  ],
])('%s is skipped with a notice', ([, text, remedy]) => {
  const { objects, problems } = select(text);
  expect(objects).toEqual([]);
  expect(problems).toMatchObject([{ severity: 'notice', code: 'SkippedKind', remedy: expect.stringMatching(remedy) }]);
});

test('the same name twice, also in two files, names both places', () => {
  const object = (name: string) => `apiVersion: ${ours}\nkind: KubeletConfig\nmetadata:\n  name: ${name}\n`;
  const { objects, problems } = select(`${object('a')}---\n${object('b')}`, object('a'));
  expect(objects.map(({ name }) => name)).toEqual(['a', 'b', 'a']);
  expect(problems).toMatchObject([
    { code: 'DuplicateName', severity: 'error', object: 'a', position: { file: 'file2.yaml', line: 4, column: 9 } },
  ]);
  expect(problems[0]?.reason).toContain('file1.yaml:4:9');
});

test('objects without a name are left to the validation', () => {
  const nameless = `apiVersion: ${ours}\nkind: KubeletConfig\n`;
  const { objects, problems } = select(nameless, nameless);
  expect([objects.length, problems]).toEqual([2, []]);
});
