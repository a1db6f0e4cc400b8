/** The agent on a real systemd, in a cluster that tells whether the Node is Ready; the test is the controller, and what writes the kubelet's heartbeats. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { kubeletConfigCrd, nodeKubeletCrd } from '../../src/api/schema/crd.ts';
import type { KubeletConfig, NodeKubelet } from '../../src/api/types.ts';
import { type Lease, type Node, termOf } from '../../src/cluster/resources.ts';
import { type Running, start } from '../cli/in-process.ts';
import { hostKubelet } from '../cli/shared-host.ts';
import { type ApiServerDouble, startApiServer } from '../fakes/api-server/server.ts';
import { type KubeletHost, startKubeletHost } from '../kubelet-host.ts';

const crds = [kubeletConfigCrd(), nodeKubeletCrd()];
const patience = { timeout: 40_000, interval: 50 };

let host: KubeletHost;
let directory: string;
let server: ApiServerDouble;
let agent: Running;
/** What the kubelet writes of itself to the API server, as long as it writes anything. */
let reported: 'True' | 'False' | undefined;
let heart: NodeJS.Timeout;

beforeAll(async () => {
  host = await startKubeletHost();
});
afterAll(() => host?.guest.stop());

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'kubelet-config-test-'));
  server = await startApiServer({ crds });
  reported = 'True';
  const lease = { name: 'kubelet-config-controller', namespace: 'kubelet-config' };
  server.put({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: lease, spec: { leaseTransitions: 0 } } as never);
  beat();
  heart = setInterval(beat, 500);
  const kubeconfig = join(directory, 'kubeconfig');
  writeFileSync(kubeconfig, server.kubeconfig());
  server.put(workers(2));
  agent = start(['agent', '--source=cluster', '--root', host.root, '--kubeconfig', kubeconfig, '--node-name=a']);
  await approve();
  await phase('UpToDate');
});
afterEach(async () => {
  clearInterval(heart);
  agent.stop();
  await agent.ended;
  await server.stop();
  rmSync(directory, { recursive: true });
  await host.reset();
});

const workers = (v: number): KubeletConfig =>
  hostKubelet({ flags: { v } }, { health: { minReadySeconds: 0, timeoutSeconds: 10 } });

function beat(): void {
  if (!reported) return;
  const lastHeartbeatTime = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const message = reported === 'True' ? '' : 'container runtime network not ready';
  const conditions = [{ type: 'Ready', status: reported, reason: 'Test', message, lastHeartbeatTime }];
  const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a', labels: {} }, status: { conditions } };
  server.put(node);
}

const nodeKubelet = () => server.objects<NodeKubelet>('nodekubelets').find(({ metadata }) => metadata.name === 'a');
const phase = (expected: string) => expect.poll(() => nodeKubelet()?.status?.phase, patience).toBe(expected);
const lastError = () => nodeKubelet()?.status?.lastError;
const words = async () => (await host.process('/usr/bin/kubelet')).words;
const said = () => agent.log.map(({ msg }) => String(msg)).join('\n');
async function approve(): Promise<void> {
  const asked = () => {
    const found = nodeKubelet();
    return found?.status?.request && found.status.request.id !== found.spec?.approval?.request ? found : undefined;
  };
  await expect.poll(asked, patience).toBeDefined();
  const found = asked() as NodeKubelet;
  const { id = '', revision = '' } = found.status?.request ?? {};
  const term = termOf(server.object<Lease>('leases', 'kubelet-config-controller', 'kubelet-config'));
  const granted: NodeKubelet = { ...found, spec: { approval: { request: id, revision, term } } };
  server.put(granted);
}

/** Up to the moment in which the new kubelet runs and is being proved. */
async function changed(): Promise<void> {
  server.put(workers(3));
  await approve();
  await expect.poll(words, patience).toEqual(['--v=3']);
}

test('a Node that is Ready again proves the change', async () => {
  await changed();
  await phase('UpToDate');
  expect(await words()).toEqual(['--v=3']);
});

test('one that is not, in time, has failed: the old kubelet is back, and the reason is told', async () => {
  reported = undefined;
  await changed();
  reported = 'False';
  await expect.poll(words, patience).toEqual(['--v=2']);
  reported = 'True';
  await phase('Failed');
  expect(lastError()?.message).toContain('the Node is not Ready: container runtime network not ready');
});

test('a kubelet that the API server hears nothing of has failed', async () => {
  reported = undefined;
  await changed();
  await expect.poll(words, patience).toEqual(['--v=2']);
  reported = 'True';
  await phase('Failed');
  expect(lastError()?.message).toContain('has not reported to the API server since its restart');
});

/** The API server goes before the Node can be Ready again, however long the test takes to notice the new kubelet. */
async function changedThenAway(): Promise<void> {
  reported = undefined;
  await changed();
  await server.stop();
  reported = 'True';
}

test('an API server that is away is waited for once more', async () => {
  const starts = (await host.starts()).length;
  await changedThenAway();
  await expect.poll(said, patience).toContain('not proved yet: the API server could not be asked whether the Node is Ready');
  await server.restart();
  await phase('UpToDate');
  expect(await words()).toEqual(['--v=3']);
  expect((await host.starts()).length - starts).toBe(1);
});

test('and when it stays away the change is undone, and made again when it is back', { timeout: 180_000 }, async () => {
  await changedThenAway();
  await expect.poll(said, patience).toContain('undoing a change: the API server could not be asked whether the Node is Ready');
  await expect.poll(words, patience).toEqual(['--v=2']);
  await server.restart();
  await expect
    .poll(() => nodeKubelet()?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason, patience)
    .toBe('Interrupted');
  // After its rest it asks again.
  await expect.poll(() => nodeKubelet()?.status?.request?.reason, { ...patience, timeout: 60_000 }).toBe('Retry');
  await approve();
  await phase('UpToDate');
  expect(await words()).toEqual(['--v=3']);
});

test('a Node that was not Ready before need not be afterwards', async () => {
  reported = 'False';
  beat();
  await changed();
  await phase('UpToDate');
});
