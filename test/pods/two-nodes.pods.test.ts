/** Two nodes with real kubelets, of which one at a time may change: counted in every report of theirs, and in what is on them. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type PodCluster, startPodCluster } from './cluster.ts';
import { asset, describePods } from './needs.ts';
import { namespace, type Observed, observe, patience, workers } from './observe.ts';
import { makeCheckout } from './operator.ts';

const oneAtATime = { rollout: { maxUnavailable: 1 } };

describePods('two nodes, one at a time', () => {
  let cluster: PodCluster;
  let seen: Observed;

  beforeAll(async () => {
    cluster = await startPodCluster(['node-1', 'node-2']);
    seen = observe(cluster);
    const checkout = makeCheckout(cluster);
    await checkout.follow('kubectl apply -k ours');
    await cluster.kubectl('rollout', 'status', 'daemonset/agent', namespace, '--timeout=240s');
    await cluster.kubectl('rollout', 'status', 'deployment/controller', namespace, '--timeout=240s');
    await cluster.kubectl('label', 'node', '--all', 'role=worker');
  });
  afterAll(() => cluster?.stop());
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') process.stderr.write(`${await cluster.lastWords()}\n`);
  });

  /** From now on: which nodes were changing at the same time, in each report; and how many had an open change, whenever looked at. */
  function watchChanges() {
    const format = `jsonpath={.metadata.name} {.status.phase}{"\\n"}`;
    const words = ['--kubeconfig', cluster.plane.kubeconfig, 'get', 'nodekubelets', '--watch', '--output', format];
    const kubectl = spawn(asset('kubectl'), words, { stdio: ['ignore', 'pipe', 'inherit'] });
    const phases = new Map<string, string>();
    const changing: string[] = [];
    createInterface({ input: kubectl.stdout }).on('line', (line) => {
      const [name = '', phase = ''] = line.split(' ');
      phases.set(name, phase);
      changing.push([...phases].flatMap(([node, now]) => (['Applying', 'Undoing'].includes(now) ? [node] : [])).join('+'));
    });
    const open: number[] = [];
    const looking = setInterval(() => open.push(cluster.nodes.filter((node) => node.isArmed()).length), 20);
    const stop = async () => {
      clearInterval(looking);
      if (kubectl.exitCode !== null || kubectl.signalCode !== null) return;
      kubectl.kill();
      await once(kubectl, 'close');
    };
    onTestFinished(stop);
    return { changing: () => [...new Set(changing)].filter(Boolean).sort(), mostOpen: () => Math.max(...open), stop };
  }

  test('a change goes through both, and never through both at once', async () => {
    const kubelets = await Promise.all(cluster.nodes.map((node) => node.kubelet()));
    const changes = watchChanges();
    await cluster.apply(workers(64, oneAtATime));
    for (const node of cluster.nodes) await seen.settled(node, 64);
    await changes.stop();
    expect(changes.changing()).toEqual(['node-1', 'node-2']);
    expect(changes.mostOpen()).toBe(1);
    const after = await Promise.all(cluster.nodes.map((node) => node.kubelet()));
    expect(after.map(({ invocation }, index) => invocation === kubelets[index]?.invocation)).toEqual([false, false]);
  });

  test('a bad change fails on the first, and the second never learns of it', async () => {
    const before = await Promise.all(cluster.nodes.map((node) => node.kubelet()));
    const changes = watchChanges();
    const bad = { configuration: { containerRuntimeEndpoint: 'unix:///run/containerd/containerd.socket' } };
    await cluster.apply(workers(64, { ...oneAtATime, kubelet: bad }));
    await cluster.kubectl('wait', '--for=condition=Stalled', 'kubeletconfig/workers', '--timeout=240s');
    const phases = await Promise.all(cluster.nodes.map(async (node) => (await seen.nodeKubelet(node))?.status?.phase));
    expect([...phases].sort()).toEqual(['Failed', 'Waiting']);
    const second = phases.indexOf('Waiting');
    expect(await cluster.nodes[second]?.kubelet()).toEqual(before[second]);
    for (const node of cluster.nodes) await expect.poll(() => seen.isNodeReady(node), patience).toBe(true);
    await cluster.apply(workers(65, oneAtATime));
    for (const node of cluster.nodes) await seen.settled(node, 65);
    await changes.stop();
    expect(changes.changing()).toEqual(['node-1', 'node-2']);
    expect(changes.mostOpen()).toBe(1);
  });

  test('both go back when the object is deleted', async () => {
    const changes = watchChanges();
    await cluster.kubectl('delete', 'kubeletconfig', 'workers', '--timeout=240s');
    for (const node of cluster.nodes) await expect.poll(() => seen.capacity(node), patience).toBe('110');
    await changes.stop();
    expect(changes.mostOpen()).toBe(1);
  });
});
