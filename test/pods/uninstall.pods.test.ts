/**
 * The operator uninstalled in the orders of which docs/install.md warns: what the page says is to be seen, the kubelet that runs on, and
 * the page's way out, after which the node is as it was before.
 */

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { commandsOf } from '../docs/page.ts';
import { type PodCluster, startPodCluster } from './cluster.ts';
import { describePods } from './needs.ts';
import type { PodNode } from './node.ts';
import { namespace, type Observed, observe, patience, workers } from './observe.ts';
import { type Checkout, makeCheckout } from './operator.ts';

describePods('uninstalled in another order', () => {
  let cluster: PodCluster;
  let node: PodNode;
  let checkout: Checkout;
  let seen: Observed;
  let filesBefore: string;
  let kubelet: Awaited<ReturnType<PodNode['kubelet']>>;
  const kubectl = (...words: readonly string[]) => cluster.kubectl(...words);

  beforeAll(async () => {
    cluster = await startPodCluster(['node-1']);
    [node] = cluster.nodes as [PodNode];
    checkout = makeCheckout(cluster);
    seen = observe(cluster);
    filesBefore = await node.files();
    await kubectl('label', 'node', 'node-1', 'role=worker');
  });
  afterAll(() => cluster?.stop());

  beforeEach(async () => {
    await checkout.follow('kubectl apply -k ours');
    await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s');
    await cluster.apply(workers(64));
    await seen.settled(node, 64);
    kubelet = await node.kubelet();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') process.stderr.write(`${await cluster.lastWords()}\n`);
  });

  const reason = async () => (await seen.kubeletConfig())?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
  const deleteObject = () => kubectl('delete', 'kubeletconfig', 'workers', '--wait=false');

  /** The last section of the page, until the node is as it was before. */
  async function installAgain(): Promise<void> {
    expect(await node.kubelet()).toEqual(kubelet);
    const [apply = '', wait = '', remove = ''] = commandsOf('docs/install.md', 'If it was uninstalled in another order');
    // What is being deleted still, as the namespace, is waited for, as the page says.
    const isApplied = () => checkout.follow(apply).then(String, (error: Error) => error.message);
    await expect.poll(isApplied, patience).not.toMatch(/being deleted|being terminated|NotFound|not found/);
    await checkout.follow(wait);
    await checkout.follow(remove);
    expect(await node.files()).toBe(filesBefore);
    await expect.poll(() => seen.capacity(node), patience).toBe('110');
    await expect.poll(() => seen.isNodeReady(node), patience).toBe(true);
    expect(await kubectl('get', 'crd,namespace', '--output=name')).not.toContain('kubelet-config');
  }

  test('the agents first', async () => {
    await kubectl('delete', 'daemonset', 'agent', namespace);
    await deleteObject();
    await expect.poll(reason, patience).toBe('WithoutAgent');
    await installAgain();
  });

  test('the controller first', async () => {
    await kubectl('delete', 'deployment', 'controller', namespace);
    await expect
      .poll(() => kubectl('get', 'pods', namespace, '--selector=app.kubernetes.io/component=controller'), patience)
      .toBe('');
    await deleteObject();
    await expect.poll(async () => (await seen.nodeKubelet(node))?.status?.phase, patience).toBe('Waiting');
    await installAgain();
  });

  test('everything at once', async () => {
    await checkout.follow('kubectl delete -k ours --wait=false');
    await expect.poll(() => kubectl('get', 'crd', '--output=name'), patience).not.toContain('nodekubelets');
    await expect.poll(() => kubectl('get', 'namespace', '--output=name'), patience).not.toContain('kubelet-config');
    expect((await seen.kubeletConfig())?.metadata.deletionTimestamp).toBeDefined();
    await installAgain();
  });
});
