/** The Helm chart without Helm: it is what the manifests say, and no value of it is without effect. */

import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { type Document, parse, parseDocument } from 'yaml';
import { nameOf, templateOf } from '../../hack/manifests/chart/substitute.ts';
import { chartFiles } from '../../hack/manifests/chart.ts';
import { kustomized } from '../../hack/manifests/kustomized.ts';
import { filesIn, isKustomization, textOf } from './documents.ts';

const folder = 'manifests/helm/kubelet-config';
const { version } = JSON.parse(textOf('package.json')) as { version: string };
const crds = Object.fromEntries(
  filesIn('crds')
    .filter((path) => !isKustomization(path))
    .map((path) => [path.replace('crds/', ''), { object: parse(textOf(path)) as object, text: textOf(path) }]),
);
const byHand = ['README.md', 'templates/NOTES.txt', 'templates/_helpers.tpl'].map((name) => `${folder}/${name}`);
const generated = chartFiles(version, crds);
const templates = [...generated.map(({ path }) => path), ...byHand].filter((path) => path.includes('/templates/')).map(textOf);

type Values = Readonly<Record<string, unknown>>;
const values = parse(textOf(`${folder}/values.yaml`)) as Values;
const withValue = (name: string, value: unknown): Values => {
  const document = parseDocument(textOf(`${folder}/values.yaml`));
  document.setIn(name.split('.'), value);
  return document.toJS() as Values;
};

/** Its values, not what is inside of one: a section is in the schema as a map of which nobody may choose the keys. */
function namesIn(schema: Schema, prefix = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) =>
    inner.required ? namesIn(inner, `${prefix}${key}.`) : [`${prefix}${key}`],
  );
}
interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}
const schema = JSON.parse(textOf(`${folder}/values.schema.json`)) as Schema;
const names = namesIn(schema).filter((name) => name !== 'global');
const descriptionOf = (name: string) =>
  name.split('.').reduce<Schema | undefined>((at, key) => at?.properties?.[key], schema)?.description ?? '';
const valueAt = (name: string) => parseDocument(textOf(`${folder}/values.yaml`)).getIn(name.split('.'));

test('the chart is what is generated and what is written by hand, and nothing else', () => {
  for (const { path, content } of generated) expect(textOf(path), `${path}: run \`npm run generate\``).toBe(content);
  expect(filesIn(folder)).toEqual([...generated.map(({ path }) => path), ...byHand].sort());
});

test('its CRDs are those of crds/, byte by byte', () => {
  expect(Object.keys(crds)).toHaveLength(2);
  for (const name of Object.keys(crds)) expect(textOf(`${folder}/crds/${name}`)).toBe(textOf(`crds/${name}`));
});

test('its templates have each object that a way of installing applies, once, but for what Helm brings itself', () => {
  const identity = (kind: unknown, name: unknown, namespace: unknown) => `${kind} ${namespace ?? ''}/${name}`;
  const applied = [
    'manifests',
    'manifests/overlays/host-service',
    'manifests/components/monitoring',
    'manifests/components/alerts',
    'manifests/components/disruption-budget',
  ]
    .flatMap(kustomized)
    .filter((one) => !['CustomResourceDefinition', 'Namespace'].includes(`${one.get('kind')}`))
    .map((one) => identity(one.get('kind'), one.getIn(['metadata', 'name']), one.getIn(['metadata', 'namespace'])));
  const heads = templates.flatMap((text) => [
    ...text.matchAll(/^kind: (.+)\nmetadata:\n {2}name: (.+)\n(?: {2}namespace: (.+)\n)?/gm),
  ]);
  expect(heads.map(([, kind, name, namespace]) => identity(kind, name, namespace)).sort()).toEqual([...new Set(applied)].sort());
});

describe('values.yaml', () => {
  test('has each value of the schema, with its description as the comment', () => {
    expect(names.length).toBeGreaterThan(20);
    const text = textOf(`${folder}/values.yaml`).replaceAll(/\n *# /g, ' ');
    for (const name of names) {
      expect(valueAt(name), name).toBeDefined();
      expect(descriptionOf(name), name).toMatch(/^\S.+\.$/);
      expect(text).toContain(` ${descriptionOf(name)}\n`);
    }
  });

  test('has exactly the values that templates use', () => {
    const used = templates.flatMap((text) => [...text.matchAll(/\.Values\.([\w.]+)/g)].map(([, name]) => name));
    expect([...new Set(used)].sort()).toEqual([...names].sort());
  });
});

describe('the schema', () => {
  const validate = new Ajv({ allErrors: true, strict: false }).compile(schema);
  const problems = (candidate: Values) => (validate(candidate) ? [] : (validate.errors ?? []));

  test('takes the defaults', () => {
    expect(problems(values)).toEqual([]);
  });

  test.each([
    ['image.digest', `sha256:${'a'.repeat(64)}`],
    ['agent.maxUnavailable', 3],
    ['agent.nodeSelector', { 'kubernetes.io/os': 'linux' }],
    ['agent.resources', { limits: { cpu: 1, memory: '1Gi' } }],
    ['agent.tolerations', [{ key: 'a', operator: 'Equal', value: 'b', effect: 'NoExecute', tolerationSeconds: 60 }]],
    ['controller.replicas', 0],
    ['imagePullSecrets', [{ name: 'registry' }]],
    ['podMonitor.interval', '1m30s'],
    ['global', { imageRegistry: 'example.com' }],
  ])('takes %s: %j', (name, value) => {
    expect(problems(withValue(name, value))).toEqual([]);
  });

  test.each([
    ['imagee', {}],
    ['agent.tolerationz', []],
    ['controller.podDisruptionBudget.minAvailable', 1],
    ['agent.tolerations', [{ Key: 'a' }]],
    ['agent.enabled', 'false'],
    ['agent.maxUnavailable', 0],
    ['agent.maxUnavailable', '0%'],
    ['agent.maxUnavailable', '10 %'],
    ['agent.extraArgs', '--log-level=debug'],
    ['agent.podAnnotations', { a: true }],
    ['controller.affinity', { nodeAfinity: {} }],
    ['controller.replicas', '2'],
    ['image.digest', 'a'.repeat(64)],
    ['image.pullPolicy', 'Sometimes'],
    ['image.repository', ''],
    ['imagePullSecrets', ['registry']],
    ['podMonitor.interval', '30'],
  ])('refuses %s: %j, at its place', (name, value) => {
    const found = problems(withValue(name, value));
    const section = `/${name.split('.').slice(0, -1).join('/')}`.replace(/^\/$/, '');
    expect(found.length).toBeGreaterThan(0);
    for (const { instancePath } of found) expect(instancePath.startsWith(section)).toBe(true);
  });
});

describe('a substitution', () => {
  const manifest = (name: string): Document => {
    const found = kustomized('manifests').find((document) => nameOf(document) === name);
    if (!found) throw new Error(`no ${name}`);
    return found;
  };
  const container = ['spec', 'template', 'spec', 'containers', 0];

  test.each([
    ['a scalar', ['spec', 'replicas']],
    ['a field', ['spec', 'template', 'spec', 'tolerations']],
    ['a list', [...container, 'args']],
    ['the map that gets a new field', container],
  ])('fails without %s', (_what, path) => {
    const changed = manifest('Deployment controller');
    expect(changed.deleteIn(path)).toBe(true);
    expect(() => templateOf(changed)).toThrow(/^Deployment controller has no \S+ that a value could be put into/);
  });

  test.each([
    ['a scalar that became a map', ['spec', 'replicas'], {}],
    ['a new field that is there already', [...container, 'imagePullPolicy'], 'Always'],
    ['a list that became a word', [...container, 'args'], 'agent'],
  ])('fails for %s', (_what, path, value) => {
    const changed = manifest('Deployment controller');
    changed.setIn(path, changed.createNode(value));
    expect(() => templateOf(changed)).toThrow(/^Deployment controller has no \S+ that a value could be put into/);
  });

  test('leaves braces of a manifest to the manifest', () => {
    const changed = manifest('ClusterRole kubelet-config-agent');
    changed.setIn(['metadata', 'annotations'], { braces: 'a {{ .b }} c' });
    expect(templateOf(changed)).toContain('braces: a {{ "{{" }} .b }} c');
  });
});
