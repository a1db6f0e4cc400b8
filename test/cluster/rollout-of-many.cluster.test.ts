/** Rollouts over twenty nodes of a real API server: a good one, a bad one with its correction and retry, and one that drains. */

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { kubeletConfig } from '../builders.ts';
import { succeed } from './kubelet-configs.ts';
import { type MemoryFleet, startMemoryFleet, workers } from './memory-fleet.ts';
import { describeCluster } from './tier.ts';
import { webPods } from './web-pods.ts';

const count = 20;

describeCluster('a rollout over twenty nodes', () => {
  let fleet: MemoryFleet;
  let kubeconfig: string;
  let said: () => string = () => '';
  beforeAll(async () => {
    fleet = await startMemoryFleet(count);
    kubeconfig = fleet.plane.kubeconfig;
    const controllers = await fleet.startControllers(1);
    said = controllers.said;
  });
  afterAll(() => fleet?.stop());
  afterEach(({ task }) => {
    if (task.result?.state !== 'fail') return;
    for (const node of fleet.nodes.slice(0, 5)) process.stderr.write(`${node.name}:\n${node.said()}\n`);
    process.stderr.write(`${said()}\n`);
  });

  const rollout = { maxUnavailable: 4, maxFailures: 2, canary: { count: 1, soakSeconds: 3 } };
  const status = async () => (await fleet.object('workers')).status;
  const stalled = (nodes: object) =>
    expect.poll(status).toMatchObject({
      nodes,
      conditions: [{ reason: 'NodesFailed' }, { status: 'False' }, { type: 'Stalled', status: 'True', reason: 'NodesFailed' }],
    });
  const command = async (...words: string[]) => {
    const ended = fleet.program.start([...words, `--kubeconfig=${kubeconfig}`]);
    return { exitCode: await ended.ended, said: ended.said() };
  };
  const tainted = async () => {
    const nodes = await succeed(fleet.plane, ['get', 'nodes', '-o', 'jsonpath={.items[*].spec.taints[*].key}']);
    return nodes.split(' ').filter((key) => key === 'kubelet-config.dev/draining');
  };
  const inBudget = () => {
    expect(fleet.witness.most()).toBeGreaterThan(1);
    expect(fleet.witness.most()).toBeLessThanOrEqual(rollout.maxUnavailable);
  };

  test('a good content: first the canary, which soaks, then the others, never more than allowed', async () => {
    await fleet.apply(workers(2, rollout));
    await fleet.everywhere(2);
    inBudget();
    const { claims, proved } = fleet.witness;
    expect(claims.map(({ node }) => node).sort()).toEqual(fleet.nodes.map(({ name }) => name));
    const proof = proved.get((await status())?.rollout?.content ?? '') ?? 0n;
    expect(proof).toBeGreaterThan(0n);
    expect(claims.filter(({ version }) => version < proof)).toHaveLength(1);
  });

  test('a bad content stops after two failures, undone; retried when its fault is gone, it goes through', async () => {
    fleet.witness.beginAnew();
    fleet.broken.add(3);
    await fleet.apply(workers(3, rollout));
    await stalled({ matched: count, failed: 2, waiting: count - 2, updating: 0 });
    const failed = (await status())?.rollout?.failed;
    expect(failed).toMatchObject({ count: 2 });
    const claimed = fleet.witness.claims.map(({ node, request }) => ({ name: node, request }));
    expect(failed?.nodes?.toSorted(byName)).toEqual(claimed.toSorted(byName));
    expect(fleet.nodes.map((node) => node.verbosity())).toEqual(fleet.nodes.map(() => 2));
    expect(await command('rollout', 'status', 'workers')).toMatchObject({ exitCode: 4 });

    fleet.broken.clear();
    expect(await command('rollout', 'retry', 'workers')).toMatchObject({ exitCode: 0 });
    await fleet.everywhere(3);
    inBudget();
    expect(await command('rollout', 'status', 'workers')).toMatchObject({ exitCode: 0 });
  });

  test('a bad content that is corrected needs no other word', async () => {
    fleet.witness.beginAnew();
    fleet.broken.add(4);
    await fleet.apply(workers(4, rollout));
    await stalled({ failed: 2 });
    expect(fleet.witness.claims).toHaveLength(2);
    await fleet.apply(workers(5, rollout));
    await fleet.everywhere(5);
    inBudget();
    expect((await status())?.rollout).not.toHaveProperty('failed');
  });

  test('two nodes are drained one after the other, while a budget refuses for a while', async () => {
    fleet.witness.beginAnew();
    const pods = webPods(fleet.plane);
    const drained = ['node-00', 'node-01'];
    for (const [index, node] of drained.entries()) {
      await pods.run(`web-${index}`, node, 'ReplicaSet', 'web');
      await pods.run(`log-${index}`, node, 'DaemonSet', 'log');
      await succeed(fleet.plane, ['label', 'node', node, 'emptied=yes']);
    }
    await pods.createBudget();
    const emptied = { nodeSelector: { matchLabels: { emptied: 'yes' } }, kubelet: { flags: { 'max-pods': 64 } } };
    await fleet.apply(kubeletConfig('emptied', { ...emptied, rollout: { drain: 'Always' } }));
    const found = async () => (await fleet.object('emptied')).status;
    const isRefused = async () =>
      (await fleet.plane.audit()).some(({ subresource, code }) => subresource === 'eviction' && code === 429);
    await expect.poll(isRefused).toBe(true);
    expect(await tainted()).toHaveLength(1);
    expect(fleet.witness.claims).toEqual([]);

    await pods.allow(2);
    const isThrough = async () => {
      const names = await pods.names();
      // Nothing is claimed before its pods are gone, and the other node waits for its turn.
      for (const { node } of fleet.witness.claims) expect(names).not.toContain(`web-${drained.indexOf(node)}`);
      expect((await tainted()).length).toBeLessThanOrEqual(1);
      for (const name of names) if (name.endsWith(' (ending)')) await pods.end(name.split(' ')[0] ?? '');
      return (await found())?.nodes?.updated;
    };
    await expect.poll(isThrough).toBe(drained.length);
    expect(await pods.names()).toEqual(['log-0', 'log-1']);
    expect(fleet.witness.claims.map(({ node }) => node).sort()).toEqual(drained);
    expect(fleet.witness.most()).toBe(1);
    await expect.poll(tainted).toEqual([]);
  });
});

const byName = (one: { readonly name: string }, other: { readonly name: string }) => one.name.localeCompare(other.name);
