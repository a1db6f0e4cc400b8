import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { contentOf } from '../../../src/api/content.ts';
import type { NodeKubelet } from '../../../src/api/types.ts';
import { nextValue } from '../../../src/cli/rollout/retry.ts';
import { run } from '../in-process.ts';
import { cluster } from '../rollout/cluster.ts';

const five = ['a', 'b', 'c', 'd', 'e'];
const retry = 'kubelet-config.dev/retry';
const approve = 'kubelet-config.dev/approve';

/** A grant of the request that the agent has. */
function granted(nodeKubelet: NodeKubelet): NodeKubelet {
  const { id = '', revision = '' } = nodeKubelet.status?.request ?? {};
  return { ...nodeKubelet, spec: { approval: { request: id, revision } } };
}

describe('pause and resume', () => {
  test('set the field, say what they did, and warn of GitOps', async () => {
    const here = await cluster(five);
    here.put('workers', { rollout: { maxUnavailable: 2 } });
    const paused = await here.rollout(['pause', 'workers']);
    expect(paused).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('workers is paused') });
    expect(paused.stderr).toContain('if the manifest of the object is in git, write spec.rollout.paused: true there too');
    expect(here.object('workers').spec.rollout).toEqual({ maxUnavailable: 2, paused: true });
    const resumed = await here.rollout(['resume', 'workers']);
    expect(resumed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('workers goes on') });
    expect(here.object('workers').spec.rollout).toEqual({ maxUnavailable: 2, paused: false });
  });

  test('write nothing where there is nothing to do', async () => {
    const here = await cluster([]);
    here.put('workers');
    const before = here.object('workers');
    expect(await here.rollout(['resume', 'workers'])).toMatchObject({
      exitCode: 0,
      stdout: 'workers is not paused\n',
      stderr: '',
    });
    expect(here.object('workers')).toEqual(before);
    await here.rollout(['pause', 'workers']);
    expect(await here.rollout(['pause', 'workers'])).toMatchObject({ exitCode: 0, stdout: 'workers is paused already\n' });
  });

  test.each([
    ['Argo CD', { annotations: { 'argocd.argoproj.io/tracking-id': 'x' } }],
    ['Flux', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'x' } }],
  ])('name %s if it applies the object', async (program, marks) => {
    const here = await cluster([]);
    here.put('workers', {}, { metadata: { name: 'workers', ...marks } });
    expect((await here.rollout(['pause', 'workers'])).stderr).toContain(`${program} applies this object and may set it back`);
  });

  test('try again when the object has changed meanwhile, and keep that change', async () => {
    const here = await cluster([]);
    here.put('workers');
    const held = here.server.misbehave({ verb: 'patch' }, { type: 'Hold', when: 'Before' });
    const ended = here.rollout(['pause', 'workers']);
    await expect.poll(() => held.met).toBe(1);
    here.put('workers', { rollout: { maxUnavailable: 7 } });
    held.release();
    expect((await ended).exitCode).toBe(0);
    expect(here.object('workers').spec.rollout).toEqual({ maxUnavailable: 7, paused: true });
  });

  test.each([
    ['json', (text: string) => JSON.parse(text)],
    ['yaml', (text: string) => parse(text)],
  ])('-o %s', async (format, read) => {
    const here = await cluster([]);
    here.put('workers');
    const ran = await here.rollout(['pause', 'workers', '-o', format]);
    expect(read(ran.stdout)).toEqual({ object: 'workers', paused: true, changed: true });
    expect(ran.stderr).toBe('');
  });

  test('say which right is missing', async () => {
    const here = await cluster([]);
    here.put('workers');
    here.server.misbehave({ verb: 'patch' }, { type: 'Refuse', status: 403, reason: 'Forbidden' });
    const ran = await here.rollout(['pause', 'workers']);
    expect(ran).toMatchObject({ exitCode: 7, stdout: '' });
    expect(ran.stderr).toContain('use credentials that may patch kubeletconfigs');
  });
});

test.each(['pause', 'resume', 'retry', 'approve'])('%s needs a name, and one that is there', async (word) => {
  expect(await run(['rollout', word])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(`kubelet-config rollout ${word} workers`),
  });
  const here = await cluster([]);
  here.put('workers');
  expect(await here.rollout([word, 'wokers'])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('did you mean workers?'),
  });
});

describe('retry', () => {
  test('says how many nodes failed, and writes a value that was not there before', async () => {
    const here = await cluster(five);
    here.put('workers');
    here.step();
    here.server.put(granted(here.nodeKubelet('a')) as never);
    for (const _ of ['claim', 'fail']) here.step({ a: 'it broke' });
    expect(here.nodeKubelet('a').status?.phase).toBe('Failed');
    const ran = await here.rollout(['retry', 'workers']);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.stdout).toContain('workers failed on 1 node (a), and may be tried again there: one node at a time');
    const first = here.object('workers').metadata.annotations?.[retry] ?? '';
    expect(first).toMatch(/^\d{4}-/);
    expect(JSON.parse((await here.rollout(['retry', 'workers', '-o', 'json'])).stdout)).toEqual({
      object: 'workers',
      failed: ['a'],
    });
    expect(here.object('workers').metadata.annotations?.[retry]).not.toBe(first);
  });

  test('two values of one second differ', () => {
    const time = '2026-01-31T09:00:00Z';
    expect(nextValue(undefined, time)).toBe(time);
    expect(nextValue(time, time)).toBe(`${time}+`);
    expect(nextValue(`${time}+`, time)).toBe(`${time}++`);
    expect(nextValue(`${time}+`, '2026-01-31T09:00:01Z')).toBe('2026-01-31T09:00:01Z');
  });

  test('counts failures of nodes that are gone by now, of the present content alone', async () => {
    const here = await cluster([]);
    const object = here.put('workers');
    const failed = { count: 1, nodes: [{ name: 'gone', request: 'r' }] };
    here.put('workers', {}, { status: { rollout: { content: contentOf(object), failed } } } as never);
    expect((await here.rollout(['retry', 'workers'])).stdout).toContain('workers failed on 1 node (gone)');
    here.put('workers', {}, { status: { rollout: { content: 'another', failed } } } as never);
    expect((await here.rollout(['retry', 'workers'])).exitCode).toBe(2);
  });

  test('refuses where nothing failed, and says what it does not help against', async () => {
    const here = await cluster(['a']);
    here.put('workers');
    expect(await here.rollout(['retry', 'workers'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('there is nothing to retry'),
    });
    here.step();
    const { status, ...report } = here.nodeKubelet('a');
    here.server.put({ ...report, status: { ...status, phase: 'Stalled' } } as never);
    expect((await here.rollout(['retry', 'workers'])).stderr).toContain('a cannot carry it out: kubectl describe nodekubelet a');
    expect(here.object('workers').metadata.annotations).toBeUndefined();
  });
});

describe('approve', () => {
  const manual = { rollout: { approval: 'Manual', maxUnavailable: '40%' } } as const;
  const approved = (here: Awaited<ReturnType<typeof cluster>>) => here.object('workers').metadata.annotations?.[approve];

  test('approves a wave for those that have the content and as many more as maxUnavailable', async () => {
    const here = await cluster(five);
    const content = contentOf(here.put('workers', manual));
    here.step();
    const ran = await here.rollout(['approve', 'workers']);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.stdout).toBe(
      [
        `workers at generation 1 (content ${content}): 0 of 5 nodes have or get it`,
        'approved for 2 nodes more; 5 nodes wait: a, b, c and 2 more',
        'kubelet-config rollout status workers --watch shows how it goes',
        '',
      ].join('\n'),
    );
    expect(approved(here)).toBe(`${content}:2`);
    expect((await here.rollout(['approve', 'workers'])).stdout).toContain('2 are approved already');
    here.server.put(granted(here.nodeKubelet('a')) as never);
    await here.rollout(['approve', 'workers']);
    expect(approved(here)).toBe(`${content}:3`);
  });

  test('--nodes, never less than before and never more than there are; --all', async () => {
    const here = await cluster(five);
    const content = contentOf(here.put('workers', manual));
    here.step();
    await here.rollout(['approve', 'workers', '--nodes', '4']);
    expect(approved(here)).toBe(`${content}:4`);
    await here.rollout(['approve', 'workers', '--nodes', '1']);
    expect(approved(here)).toBe(`${content}:4`);
    await here.rollout(['approve', 'workers', '--nodes', '400']);
    expect(approved(here)).toBe(`${content}:5`);
    const all = await here.rollout(['approve', 'workers', '--all', '-o', 'json']);
    expect(approved(here)).toBe(`${content}:all`);
    expect(JSON.parse(all.stdout)).toEqual({
      object: 'workers',
      generation: 1,
      content,
      nodes: 5,
      have: 0,
      approvedBefore: 5,
      approved: 'all',
      changed: true,
    });
    expect((await here.rollout(['approve', 'workers'])).stdout).toContain('all nodes are approved already');
  });

  test('an approval of another content counts as none', async () => {
    const here = await cluster(five);
    const annotations = { [approve]: 'another:all' };
    const content = contentOf(here.put('workers', manual, { metadata: { name: 'workers', annotations } }));
    await here.rollout(['approve', 'workers', '--nodes', '1']);
    expect(approved(here)).toBe(`${content}:1`);
  });

  test('does not approve what somebody has written since the command began', async () => {
    const here = await cluster(five);
    here.put('workers', manual);
    const held = here.server.misbehave({ verb: 'patch' }, { type: 'Hold', when: 'Before' });
    const ended = here.rollout(['approve', 'workers']);
    await expect.poll(() => held.met).toBe(1);
    here.put('workers', { ...manual, kubelet: { flags: { v: 9 } } });
    held.release();
    expect(await ended).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('nothing was approved') });
    expect(approved(here)).toBeUndefined();
  });

  test('refuses an object that needs no approval', async () => {
    const here = await cluster(five);
    here.put('workers');
    expect(await here.rollout(['approve', 'workers'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('workers needs no approval'),
    });
  });

  test.each([
    [['--nodes', '0'], '--nodes 0 is no count of nodes'],
    [['--nodes', 'x'], '--nodes x is no count of nodes'],
    [['--nodes', '1', '--all'], '--nodes and --all are both given'],
  ])('refuses %j', async (words, reason) => {
    const ran = await run(['rollout', 'approve', 'workers', ...words]);
    expect(ran).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(reason) });
  });
});
