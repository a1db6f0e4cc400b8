/**
 * The operator as a reader of docs/install.md gets it, on a node with a real kubelet, which runs the agent's pod: what the agent does
 * to the kubelet happens to itself. One test goes on where the one before it has ended.
 */

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { config } from '../cluster/kubeadm-node.ts';
import { commandsOf } from '../docs/page.ts';
import { type PodCluster, startPodCluster } from './cluster.ts';
import { image, secondTag } from './images.ts';
import { describePods } from './needs.ts';
import type { PodNode } from './node.ts';
import { longProof, namespace, type Observed, observe, patience, workers } from './observe.ts';
import { type Checkout, makeCheckout } from './operator.ts';

const badEndpoint = { configuration: { containerRuntimeEndpoint: 'unix:///run/containerd/containerd.socket' } };

describePods('one node', () => {
  let cluster: PodCluster;
  let node: PodNode;
  let checkout: Checkout;
  let seen: Observed;
  let filesBefore: string;
  const kubectl = (...words: readonly string[]) => cluster.kubectl(...words);

  beforeAll(async () => {
    cluster = await startPodCluster(['node-1']);
    [node] = cluster.nodes as [PodNode];
    checkout = makeCheckout(cluster);
    seen = observe(cluster);
    filesBefore = await node.files();
    expect(await seen.capacity(node)).toBe('110');
  });
  afterAll(() => cluster?.stop());
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') process.stderr.write(`${await cluster.lastWords()}\n`);
  });

  /** The agent's pod, and its process on the node. */
  const agent = async () => {
    const [pod] = await seen.agentPods();
    return { uid: pod?.metadata.uid, restarts: pod?.status.containerStatuses?.[0]?.restartCount, processes: await node.agents() };
  };
  const filesOfOurs = () => node.shell('cat /etc/kubernetes/kubelet-config.d/*.conf');

  test('is installed by the words of the page: everything becomes Ready, no kubelet restarts, no image is pulled', async () => {
    const kubelet = await node.kubelet();
    const [apply = '', get = ''] = commandsOf('docs/install.md', 'Apply it');
    await checkout.follow(apply);
    await kubectl('rollout', 'status', 'daemonset/agent', namespace, '--timeout=240s');
    await kubectl('rollout', 'status', 'deployment/controller', namespace, '--timeout=240s');
    await expect.poll(() => checkout.follow(get), patience).toMatch(/^node-1 +Unmanaged +True /m);
    expect(await checkout.follow(apply)).not.toMatch(/ (created|configured)$/m);
    expect(await node.kubelet()).toEqual(kubelet);
    expect(await node.files()).toBe(filesBefore);
    const events = await kubectl('get', 'events', namespace, '--output=jsonpath={.items[*].reason}');
    expect(events.split(' ')).not.toContain('Pulling');
    expect(events.split(' ')).toContain('Pulled');
    // No probe came before the program listens.
    expect(events.split(' ')).not.toContain('Unhealthy');
  });

  test('gets its first change from an agent that goes on while its own kubelet restarts', async () => {
    const [agentBefore, kubelet, starts] = [await agent(), await node.kubelet(), await node.starts()];
    await kubectl('label', 'node', 'node-1', 'role=worker');
    await cluster.apply(workers(64));
    await seen.settled(node, 64);
    expect(await filesOfOurs()).toContain('maxPods: 64');
    const { words, invocation } = await node.kubelet();
    expect(invocation).not.toBe(kubelet.invocation);
    expect(await node.starts()).toBe(starts + 1);
    expect(words).toEqual(
      expect.arrayContaining([...kubelet.words, '--config-dir=/etc/kubernetes/kubelet-config.d'].filter(Boolean)),
    );
    expect(await agent()).toEqual(agentBefore);
    expect(await node.shell(`grep -c maxPods ${config} || true`)).toBe('0');
  });

  test('goes back by itself from a change with which the kubelet does not start, and says why', async () => {
    const files = await node.files();
    const agentBefore = await agent();
    await cluster.apply(workers(64, { kubelet: badEndpoint }));
    await kubectl('wait', '--for=condition=Stalled', 'kubeletconfig/workers', '--timeout=240s');
    const status = (await seen.nodeKubelet(node))?.status;
    expect(status).toMatchObject({ phase: 'Failed', lastError: { code: 'Undone' } });
    expect(await kubectl('describe', 'nodekubelet', 'node-1')).toContain('containerd.socket: connect: no such file or directory');
    expect(node.isArmed()).toBe(false);
    expect(await node.files()).toBe(files);
    await expect.poll(() => seen.isNodeReady(node), patience).toBe(true);
    expect(await seen.capacity(node)).toBe('64');
    expect(await agent()).toEqual(agentBefore);
    await cluster.apply(workers(64));
    await seen.settled(node, 64);
  });

  test('finishes a change whose agent is deleted in the middle of the proof', async () => {
    const [kubelet, { uid }, starts] = [await node.kubelet(), await agent(), await node.starts()];
    await cluster.apply(workers(65, longProof));
    await seen.proving(node, kubelet);
    await kubectl('delete', 'pod', namespace, '--selector=app.kubernetes.io/component=agent', '--wait=false');
    await seen.settled(node, 65);
    expect(await filesOfOurs()).toContain('maxPods: 65');
    await expect.poll(async () => (await agent()).uid, patience).not.toBe(uid);
    expect(await node.starts()).toBe(starts + 3);
  });

  test('finishes a change whose agent is killed in the middle of the proof', async () => {
    const kubelet = await node.kubelet();
    await expect.poll(() => node.agents(), patience).toHaveLength(1);
    const [before, starts] = [await agent(), await node.starts()];
    await cluster.apply(workers(66, longProof));
    await seen.proving(node, kubelet);
    await node.shell(`kill -KILL ${before.processes.join(' ')}`);
    await seen.settled(node, 66);
    expect(await filesOfOurs()).toContain('maxPods: 66');
    const after = await agent();
    expect(after).toMatchObject({ uid: before.uid, restarts: (before.restarts ?? 0) + 1 });
    expect(after.processes).not.toEqual(before.processes);
    expect(await node.starts()).toBe(starts + 3);
  });

  test('finishes a change during which the API server goes away', async () => {
    const kubelet = await node.kubelet();
    await cluster.apply(workers(67, longProof));
    await seen.proving(node, kubelet);
    await cluster.plane.stopApiServer();
    // Without it nobody can say that the Node is Ready: the change stays open for longer than the proof takes, and the kubelet runs.
    await expect.poll(() => node.openFor(), patience).toBeGreaterThan(longProof.health.minReadySeconds + 10);
    const { invocation, words } = await node.kubelet();
    expect(words).toContain('--config-dir=/etc/kubernetes/kubelet-config.d');
    await cluster.plane.startApiServer();
    await seen.settled(node, 67);
    expect((await node.kubelet()).invocation).toBe(invocation);
  });

  test('comes back from a power cut in the middle of the proof, and gets the change', async () => {
    const kubelet = await node.kubelet();
    await cluster.apply(workers(68, longProof));
    await seen.proving(node, kubelet);
    await node.guest.reboot();
    await seen.settled(node, 68);
    expect(await filesOfOurs()).toContain('maxPods: 68');
    await kubectl('rollout', 'status', 'daemonset/agent', namespace, '--timeout=240s');
  });

  test('keeps its kubelet running while a newer image takes the place of agent and controller', async () => {
    const [kubelet, files] = [await node.kubelet(), await node.files()];
    checkout.changeTag(secondTag);
    await checkout.follow('kubectl apply -k ours');
    await kubectl('rollout', 'status', 'daemonset/agent', namespace, '--timeout=240s');
    await kubectl('rollout', 'status', 'deployment/controller', namespace, '--timeout=240s');
    const images = await kubectl('get', 'pods', namespace, '--output=jsonpath={.items[*].status.containerStatuses[*].image}');
    expect(new Set(images.split(' '))).toContain(`${image}:${secondTag}`);
    await seen.settled(node, 68);
    expect(await node.kubelet()).toEqual(kubelet);
    expect(await node.files()).toBe(files);
  });

  test('is left alone while a person holds it', async () => {
    const [kubelet, files] = [await node.kubelet(), await node.files()];
    await kubectl('annotate', 'node', 'node-1', 'kubelet-config.dev/hold=disk is being replaced');
    await cluster.apply(workers(69));
    await expect.poll(async () => (await seen.nodeKubelet(node))?.status?.phase, patience).toBe('Held');
    expect(await kubectl('describe', 'nodekubelet', 'node-1')).toContain('disk is being replaced');
    expect(await node.kubelet()).toEqual(kubelet);
    expect(await node.files()).toBe(files);
    await kubectl('annotate', 'node', 'node-1', 'kubelet-config.dev/hold-');
    await seen.settled(node, 69);
  });

  test('is as it was before, byte for byte, when everything is uninstalled in the order of the page', async () => {
    for (const line of commandsOf('docs/install.md', 'Uninstall')) await checkout.follow(line);
    expect(await node.files()).toBe(filesBefore);
    await expect.poll(() => seen.capacity(node), patience).toBe('110');
    await expect.poll(() => seen.isNodeReady(node), patience).toBe(true);
    await expect.poll(() => node.agents(), patience).toEqual([]);
    const left = await kubectl('get', 'crd,clusterrole,clusterrolebinding,validatingadmissionpolicy', '--output=name');
    expect(left.split('\n').filter((name) => name.includes('kubelet-config'))).toEqual([]);
    expect(await kubectl('get', 'namespace', 'kubelet-config', '--ignore-not-found')).toBe('');
    expect(await node.shell('ls /etc/systemd/system/ | grep kubelet-config || true')).toBe('');
  });
});
