/** `diff --fleet`: objects of files against a cluster. */

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { KubeletConfig, KubeletConfigSpec } from '../../../src/api/types.ts';
import { kubeletConfig } from '../../builders.ts';
import { run } from '../in-process.ts';
import { type Cluster, cluster, host } from '../rollout/cluster.ts';

const five = ['a', 'b', 'c', 'd', 'e'];

/** The command with these objects in a file. */
function diff(here: Cluster, objects: readonly KubeletConfig[], ...words: string[]) {
  const file = here.session.write('objects.yaml', objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  return here.session.run(['diff', '--fleet', '-f', file, '--kubeconfig', here.kubeconfig, ...words]);
}

const workers = (spec: Partial<KubeletConfigSpec> = {}) => kubeletConfig('workers', { ...host, ...spec });

/** Nodes of the cluster get a label, or report the version of their kubelet. */
function set(
  here: Cluster,
  name: string,
  { labels, ...status }: { labels?: Record<string, string>; kubeletVersion?: string; phase?: string },
) {
  if (labels) {
    const node = here.server.object<{ metadata: object }>('nodes', name);
    here.server.put({ apiVersion: 'v1', kind: 'Node', ...node, metadata: { ...node.metadata, labels, name } } as never);
  }
  const report = here.nodeKubelet(name);
  here.server.put({ ...report, status: { ...report.status, ...status } } as never);
}

test('says nothing differs and ends with 0 where it is so, and writes nothing', async () => {
  const here = await cluster(five);
  here.put('workers');
  here.put('other', { nodeSelector: { matchLabels: { never: 'there' } } });
  const before = here.server.resourceVersion;
  expect(await diff(here, [workers()])).toEqual({
    exitCode: 0,
    stdout: 'other: only in the cluster, and stays there\nworkers: the same\nno node of 5 would change\n',
    stderr: '',
  });
  expect(here.server.resourceVersion).toBe(before);
});

test('names the fields that differ, the nodes that change, and those that are held or have no agent', async () => {
  const here = await cluster(five);
  here.put('workers');
  here.step();
  set(here, 'a', { phase: 'Held' });
  here.server.remove('nodekubelets', 'b');
  const ran = await diff(here, [workers({ kubelet: { flags: { v: 4 } }, rollout: { paused: true } })]);
  expect(ran).toMatchObject({ exitCode: 1, stderr: '' });
  expect(ran.stdout).toBe(
    [
      'workers: changed: kubelet.flags.v, rollout.paused',
      '5 of 5 nodes would change, and their kubelets restart: a, b, c and 2 more',
      '  1 node held by a person, which change when they are released: a',
      '  1 node without agent, which change when one runs there: b',
      'workers is paused: its nodes change when it is resumed',
      '',
    ].join('\n'),
  );
});

test('how an object is rolled out is no change of its nodes; what no kubelet reads restarts none', async () => {
  const here = await cluster(five);
  here.put('workers');
  const rollout = await diff(here, [workers({ rollout: { maxUnavailable: 3 } })]);
  expect(rollout).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('what it gives to nodes stays the same') });
  expect(rollout.stdout).toContain('no node of 5 would change');
  const health = await diff(here, [workers({ health: { timeoutSeconds: 200 } })]);
  expect(health.stdout).toContain('5 of 5 nodes would change, 0 restart their kubelets');
});

test('a new object changes the nodes that it selects, merged with what they have', async () => {
  const here = await cluster(five);
  here.put('workers', { priority: 5, kubelet: { flags: { v: 2 } } });
  for (const name of ['a', 'b']) set(here, name, { labels: { gpu: 'yes' } });
  const gpu = (spec: Partial<KubeletConfigSpec>) =>
    kubeletConfig('gpu', { nodeSelector: { matchLabels: { gpu: 'yes' } }, ...spec });
  const above = await diff(here, [gpu({ priority: 10, kubelet: { flags: { v: 6 } } })]);
  expect(above.stdout).toContain('gpu: new\nworkers: only in the cluster, and stays there\n2 of 5 nodes would change');
  const below = await diff(here, [gpu({ priority: 1, kubelet: { flags: { v: 6 } } })]);
  expect(below).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('no node of 5 would change') });
});

test('nodes that no object selects any more go back', async () => {
  const here = await cluster(five);
  here.put('workers');
  for (const name of ['a', 'b']) set(here, name, { labels: { role: 'worker' } });
  const ran = await diff(here, [workers({ nodeSelector: { matchLabels: { role: 'worker' } } })]);
  expect(ran.stdout).toContain('3 of 5 nodes would change');
  expect(ran.stdout).toContain('3 nodes would go back to what was there before, since no object selects them any more: c, d, e');
});

describe('nodes that would refuse it keep what they have, and the command ends with 3', () => {
  test('of a conflict', async () => {
    const here = await cluster(five);
    here.put('workers', { kubelet: { flags: { v: 2 } } });
    set(here, 'a', { labels: { gpu: 'yes' } });
    const gpu = kubeletConfig('gpu', { nodeSelector: { matchLabels: { gpu: 'yes' } }, kubelet: { flags: { v: 6 } } });
    const ran = await diff(here, [gpu]);
    expect(ran.exitCode).toBe(3);
    expect(ran.stdout).toContain('1 node would keep what it has (a): Conflict: gpu: spec.kubelet.flags.v: gpu and workers');
  });

  test('of a kubelet of their version', async () => {
    const here = await cluster(five);
    here.put('workers');
    for (const name of ['a', 'b', 'c']) set(here, name, { kubeletVersion: 'v1.37.0' });
    for (const name of ['d', 'e']) set(here, name, { kubeletVersion: 'v1.36.2' });
    const ran = await diff(here, [workers({ kubelet: { flags: { containerd: '/run/x.sock' } } })]);
    expect(ran.exitCode).toBe(3);
    expect(ran.stdout).toMatch(
      /2 of 5 nodes would change.*: d, e\n3 nodes would keep what they have \(a, b, c\): \w+: workers: spec\.kubelet\.flags\.containerd: /,
    );
  });

  test('an invalid object is an error before anything is compared', async () => {
    const here = await cluster(five);
    const ran = await diff(here, [workers({ kubelet: {} })]);
    expect(ran).toMatchObject({ exitCode: 3, stdout: '' });
    expect(here.server.requests).toHaveLength(0);
  });
});

test.each([
  ['json', (text: string) => JSON.parse(text)],
  ['yaml', (text: string) => parse(text)],
])('-o %s has the name of each node', async (format, read) => {
  const here = await cluster(five);
  here.put('workers');
  const ran = await diff(here, [workers({ kubelet: { flags: { v: 4 } } })], '-o', format);
  expect(ran).toMatchObject({ exitCode: 1, stderr: '' });
  expect(read(ran.stdout)).toMatchObject({
    differs: true,
    objects: [{ name: 'workers', change: 'Changed', fields: ['kubelet.flags.v'], otherContent: true }],
    nodes: { changed: { count: 5, nodes: five }, restarted: { count: 5 }, drained: { count: 0, nodes: [] }, refused: [] },
    problems: [],
  });
});

test('an object that is being deleted cannot be applied', async () => {
  const here = await cluster([]);
  const metadata = { name: 'workers', deletionTimestamp: '2026-01-31T09:00:00Z' };
  here.put('workers', {}, { metadata });
  expect(await diff(here, [workers()])).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('is being deleted') });
});

test.each([
  [['--fleet'], 'it is not said which objects'],
  [['--fleet', '-f', 'x', '--label', 'a=b'], '--fleet and --label are both given'],
  [['--fleet', '-f', 'x', '--root', '/x'], '--fleet and --root are both given'],
  [['--fleet', '--withdraw'], '--fleet and --withdraw are both given'],
])('%j is refused', async (words, reason) => {
  expect(await run(['diff', ...words])).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining(reason) });
});
