import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type IdentitySources, readNodeIdentity } from '../../../src/manifest/load/labels.ts';
import { scratchDirectory } from '../scratch.ts';

const host = { hostname: 'Node-7.Example.COM', architecture: 'x64' };
const hostLabels = {
  'kubernetes.io/hostname': 'node-7.example.com',
  'kubernetes.io/os': 'linux',
  'kubernetes.io/arch': 'amd64',
};
const identity = (sources: Partial<IdentitySources>) => readNodeIdentity({ labelFlags: [], host, ...sources });
const withFile = async (content: string, sources: Partial<IdentitySources> = {}) => {
  const labelsFile = join(await scratchDirectory(), 'labels');
  await writeFile(labelsFile, content);
  return identity({ labelsFile, ...sources });
};

test('the host gives what the kubelet gives by itself', async () => {
  expect(await identity({})).toEqual({ node: { name: 'node-7.example.com', labels: hostLabels, annotations: {} }, problems: [] });
});

test.for<[string, string]>([
  ['x64', 'amd64'],
  ['arm64', 'arm64'],
  ['ppc64', 'ppc64le'],
  ['s390x', 's390x'],
])('architecture %s is %s', async ([architecture, expected]) => {
  const { node } = await identity({ host: { hostname: 'a', architecture } });
  expect(node?.labels['kubernetes.io/arch']).toBe(expected);
});

test('a name that is given is the hostname too', async () => {
  const { node } = await identity({ nameFlag: 'other' });
  expect(node).toMatchObject({ name: 'other', labels: { 'kubernetes.io/hostname': 'other' } });
});

test('a hostname too long for a label gives a name only', async () => {
  const hostname = `${'a'.repeat(60)}.${'b'.repeat(60)}`;
  const { node } = await identity({ host: { ...host, hostname } });
  expect(node?.name).toBe(hostname);
  expect(node?.labels).not.toHaveProperty('kubernetes.io/hostname');
});

describe('flags', () => {
  test('one by one or with commas, empty values too', async () => {
    const { node } = await identity({ labelFlags: ['role=worker', 'a.b/c=1,d='] });
    expect(node?.labels).toEqual({ ...hostLabels, role: 'worker', 'a.b/c': '1', d: '' });
  });

  test.for<[flags: string[], words: RegExp]>([
    [['role'], /no value/],
    [['=x'], /cannot be the key/],
    [['a b=x'], /cannot be the key/],
    [['a=b=c'], /cannot be the value/],
    [['a=-'], /cannot be the value/],
    [[`a=${'x'.repeat(64)}`], /cannot be the value/],
    [['a=1', 'a=2'], /two values, 1 and 2/],
    [[''], /no value/],
  ])('%j is refused', async ([labelFlags, words]) => {
    const { node, problems } = await identity({ labelFlags });
    expect(node).toBeUndefined();
    expect(problems).toMatchObject([{ code: 'InvalidValue', reason: expect.stringMatching(words) }]);
  });

  test('a name that no node can have', async () => {
    expect((await identity({ nameFlag: 'Node_1' })).problems).toMatchObject([{ code: 'InvalidValue' }]);
    expect((await identity({ host: { ...host, hostname: 'node_1' } })).problems[0]?.remedy).toMatch(/--node-name/);
  });
});

describe('a file', () => {
  test('with a map; flags win over it, and it wins over the host', async () => {
    const { node } = await withFile('role: worker\nzone: a\nkubernetes.io/arch: arm64\n', { labelFlags: ['zone=b'] });
    expect(node?.labels).toEqual({ ...hostLabels, role: 'worker', zone: 'b', 'kubernetes.io/arch': 'arm64' });
  });

  test('with a Node, as YAML or JSON', async () => {
    const object = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels: { role: 'gpu' } }, status: {} };
    const { node } = await withFile(JSON.stringify(object));
    expect(node).toMatchObject({ name: 'n1', labels: { role: 'gpu', 'kubernetes.io/hostname': 'n1' } });
    expect((await withFile(JSON.stringify(object), { nameFlag: 'n2' })).node?.name).toBe('n2');
  });

  test('with nothing', async () => {
    expect((await withFile('{}\n')).node?.labels).toEqual(hostLabels);
  });

  test.each([
    ['a file cut short by whoever writes it', ''],
    ['a Node without labels', 'apiVersion: v1\nkind: Node\nmetadata: {name: a}\n'],
  ])('%s is an error: no labels would withdraw everything', async (_what, content) => {
    const answer = await withFile(content);
    expect(answer.node).toBeUndefined();
    expect(answer.problems).toMatchObject([{ code: 'MissingField' }]);
  });

  test.for<[title: string, content: string, code: string, place: string]>([
    ['a number', 'a: x\nb: 1\n', 'WrongType', '2:4'],
    ['a boolean that looks like a word', 'a: on\n', 'WrongType', '1:4'],
    ['a list', '- a\n', 'WrongType', '1:1'],
    ['a bad value', 'a: b c\n', 'InvalidValue', '1:4'],
    ['another kind', 'apiVersion: v1\nkind: Pod\n', 'WrongKind', '2:7'],
    ['two documents', 'a: b\n---\nc: d\n', 'InvalidValue', '3:1'],
    ['no YAML', 'a: [\n', 'NotYaml', '1:5'],
    ['the same key twice', 'a: b\na: c\n', 'DuplicateKey', '2:1'],
  ])('with %s is refused', async ([, content, code, place]) => {
    const { node, problems } = await withFile(content);
    expect(node).toBeUndefined();
    expect(problems).toMatchObject([{ code, severity: 'error' }]);
    expect(`${problems[0]?.position?.line}:${problems[0]?.position?.column}`).toBe(place);
  });

  test('that is missing', async () => {
    const { node, problems } = await identity({ labelsFile: '/nowhere/labels' });
    expect([node, problems[0]?.code]).toEqual([undefined, 'UnreadableFile']);
  });
});
