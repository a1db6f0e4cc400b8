import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { defaultAllowance } from '../../src/api/paths.ts';
import { kubeletConfigCrd, nodeKubeletCrd } from '../../src/api/schema/crd.ts';
import type { KubeletConfig, KubeletConfigStatus, NodeKubelet } from '../../src/api/types.ts';
import { connect } from '../../src/cluster/client.ts';
import { loadCredentials } from '../../src/cluster/credentials.ts';
import type { NewEvent } from '../../src/cluster/event-object.ts';
import { clusterFleet } from '../../src/cluster/fleet-cluster.ts';
import { watchFleet } from '../../src/cluster/fleet-watch.ts';
import type { KubernetesApi } from '../../src/cluster/kubernetes-api.ts';
import { linkNodeKubelet, type NodeKubeletLink } from '../../src/cluster/node-kubelet.ts';
import { Controller } from '../../src/fleet/controller.ts';
import type { Approval } from '../../src/fleet/fleet.ts';
import { type Fleet, restoreFinalizer } from '../../src/fleet/fleet.ts';
import { makeValidator } from '../../src/fleet/object-health.ts';
import { systemClock } from '../../src/loop/clock.ts';
import { kubeletConfig } from '../builders.ts';
import { eventually } from '../eventually.ts';
import { type ApiServerDouble, startApiServer } from '../fakes/api-server/server.ts';
import { scratchDirectory } from './scratch.ts';

const time = '2026-01-31T09:00:00Z';

const lease = { namespace: 'kubelet-config', name: 'leader' };
const agentOptions = { lease, now: () => time, onChange: () => undefined };

interface Cluster {
  readonly server: ApiServerDouble;
  readonly api: KubernetesApi;
  readonly fleet: Fleet;
  readonly events: readonly NewEvent[];
  /** How often `onChange` was called. */
  readonly changes: () => number;
  /** Calls `notice` at each change. */
  onChange(notice: () => void): void;
  /** The agent's side of a NodeKubelet. It reads the server's current object. */
  agent(name: string): NodeKubeletLink;
  /** `PATCH workers/status`, all of them so far. */
  writes(): readonly string[];
}

async function cluster(): Promise<Cluster> {
  const server = await startApiServer({ crds: [kubeletConfigCrd(), nodeKubeletCrd()] });
  onTestFinished(() => server.stop());
  const { namespace, name } = lease;
  const metadata = { name, namespace, uid: 'lease' };
  server.put({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: { leaseTransitions: 1 } } as never);
  const kubeconfig = join(scratchDirectory(), 'kubeconfig');
  writeFileSync(kubeconfig, server.kubeconfig());
  const api = connect(loadCredentials({ kubeconfig, environment: {} }), { userAgent: 'test' });
  let changes = 0;
  let notice: () => void = () => undefined;
  const watch = watchFleet({
    api,
    onChange: () => {
      changes += 1;
      notice();
    },
    clock: systemClock,
    random: () => 1,
    onError: () => undefined,
  });
  onTestFinished(() => watch.stop());
  const events: NewEvent[] = [];
  const agent = (name: string) => {
    const current = () => server.objects<NodeKubelet>('nodekubelets').find(({ metadata }) => metadata.name === name);
    return linkNodeKubelet({ ...agentOptions, api, cache: { current, absorb: () => undefined } });
  };
  const writes = () =>
    server.requests
      .filter(({ method }) => method !== 'GET')
      .map(({ method, path }) => `${method} ${path.split('/').slice(-2).join('/')}`);
  return {
    server,
    api,
    fleet: clusterFleet({ api, watch, record: (event) => void events.push(event) }),
    events,
    changes: () => changes,
    onChange: (listener) => {
      notice = listener;
    },
    agent,
    writes,
  };
}

function putNode(server: ApiServerDouble, name: string, others: { spec?: object; status?: object; labels?: object } = {}): void {
  const ready = {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'MemoryPressure', status: 'False' },
    ],
  };
  const { spec = {}, status = ready, labels = {} } = others;
  server.put({ apiVersion: 'v1', kind: 'Node', metadata: { name, uid: `node-${name}`, labels }, spec, status } as never);
}

const workers = (spec: Partial<KubeletConfig['spec']> = {}) => kubeletConfig('workers', { launcher: { host: {} }, ...spec });
const stored = ({ server }: Cluster) => server.object<KubeletConfig>('kubeletconfigs', 'workers');
const report = ({ server }: Cluster, name: string) => server.object<NodeKubelet>('nodekubelets', name);
const request = (id: string) => ({ id, revision: 'r', reason: 'Change' as const });

/** Waits until the view shows what the check expects. */
async function seen<Thing>(find: () => Thing | undefined): Promise<Thing> {
  return eventually(() => {
    const found = find();
    if (found === undefined) throw new Error('not seen yet');
    return found;
  });
}

const seenObject = (of: Cluster) => seen(() => of.fleet.view()?.kubeletConfigs[0]);
const seenReport = (of: Cluster) => seen(() => of.fleet.view()?.nodeKubelets.find(({ status }) => status?.request));

/** A node with a request, in a cluster that has been listed. */
async function asking(): Promise<Cluster> {
  const here = await cluster();
  here.server.put(workers());
  putNode(here.server, 'a');
  const status = { phase: 'Waiting' as const, request: request('r1') };
  await here.agent('a').report({ name: 'a', uid: 'node-a' }, () => status);
  return here;
}

describe('the view', () => {
  test('has everything, a Node only as far as it matters', async () => {
    const here = await cluster();
    here.server.put(workers());
    putNode(here.server, 'a', { labels: { role: 'worker' }, spec: { unschedulable: true } });
    putNode(here.server, 'b', { status: {} });
    const view = await seen(() => (here.fleet.view()?.nodes.length === 2 ? here.fleet.view() : undefined));
    const createdAt = expect.stringMatching(/^\d{4}-.*Z$/);
    const common = { createdAt, deleting: false, ready: true, schedulable: true, labels: {}, taints: [], conditions: ['Ready'] };
    expect(view.nodes).toEqual([
      { ...common, name: 'a', uid: 'node-a', labels: { role: 'worker' }, schedulable: false },
      { ...common, name: 'b', uid: 'node-b', ready: false, conditions: [] },
    ]);
    // The server of the test has the clock of this machine.
    expect(Math.abs((view.time ?? 0) - Date.now())).toBeLessThan(3_600_000);
    expect(view.kubeletConfigs.map(({ metadata }) => metadata.name)).toEqual(['workers']);
  });

  test('is no news when a Node only says that it is still there, and is when it is cordoned', async () => {
    const here = await cluster();
    putNode(here.server, 'a');
    await seen(() => here.fleet.view()?.nodes[0]);
    const before = here.changes();
    putNode(here.server, 'a', {
      status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: time }], images: [] },
    });
    putNode(here.server, 'a', { spec: { unschedulable: true } });
    await seen(() => (here.fleet.view()?.nodes[0]?.schedulable === false ? true : undefined));
    expect(here.changes()).toBe(before + 1);
  });

  test('is none while the API server is away', async () => {
    const here = await cluster();
    await seen(() => here.fleet.view());
    await here.server.stop();
    await eventually(() => expect(here.fleet.view()).toBeUndefined());
    await here.server.restart();
    await eventually(() => expect(here.fleet.view()).toBeDefined());
  });
});

const approval = (id: string): Approval => ({ request: id, revision: 'r', term: 'lease/1' });

describe('an approval', () => {
  test('is written once, and is in the view at once', async () => {
    const here = await asking();
    const nodeKubelet = await seenReport(here);
    expect(await here.fleet.approve(nodeKubelet, approval('r1'))).toBe('Written');
    expect(here.fleet.view()?.nodeKubelets[0]?.spec).toEqual({ approval: approval('r1') });
    expect(report(here, 'a').spec).toEqual({ approval: approval('r1') });
    expect(await here.fleet.revoke(here.fleet.view()?.nodeKubelets[0] ?? nodeKubelet)).toBe('Written');
    expect(report(here, 'a').spec).toEqual({ approval: { request: '' } });
  });

  test('leaves the permission to try again, without which the agent would not claim it', async () => {
    const here = await asking();
    expect(await here.fleet.allowRetry(await seenReport(here), 'r0')).toBe('Written');
    const allowed = await seen(() => here.fleet.view()?.nodeKubelets.find(({ spec }) => spec?.retry));
    expect(await here.fleet.approve(allowed, approval('r1'))).toBe('Written');
    expect(report(here, 'a').spec).toEqual({ approval: approval('r1'), retry: 'r0' });
  });

  test('is not written on what the agent has changed since', async () => {
    const here = await asking();
    const nodeKubelet = await seenReport(here);
    await here.agent('a').report({ name: 'a', uid: 'node-a' }, () => ({ phase: 'Waiting', request: request('r2') }));
    expect(await here.fleet.approve(nodeKubelet, approval('r1'))).toBe('Stale');
    expect(report(here, 'a').spec?.approval).toBeUndefined();
  });

  test('is not taken back from an agent that has claimed it', async () => {
    const here = await asking();
    await here.fleet.approve(await seenReport(here), approval('r1'));
    const approved = here.fleet.view()?.nodeKubelets[0];
    expect(await here.agent('a').claim(request('r1'))).toEqual({ kind: 'Claimed' });
    expect(approved && (await here.fleet.revoke(approved))).toBe('Stale');
    expect(report(here, 'a')).toMatchObject({ spec: { approval: { request: 'r1' } }, status: { claimed: 'r1' } });
  });

  test('is not claimed by an agent that has not seen that it was taken back', async () => {
    const here = await asking();
    await here.fleet.approve(await seenReport(here), approval('r1'));
    const approved = report(here, 'a');
    const cache = { current: () => approved, absorb: () => undefined };
    const late = linkNodeKubelet({ ...agentOptions, api: here.api, cache });
    await here.fleet.revoke(approved);
    expect(await late.claim(request('r1'))).toMatchObject({ kind: 'NotClaimed' });
    expect(report(here, 'a').status?.claimed).toBeUndefined();
  });

  test('of an object that is gone is stale, and any other failure is an error', async () => {
    const here = await asking();
    const nodeKubelet = await seenReport(here);
    here.server.misbehave({ method: 'PATCH' }, { type: 'Refuse', status: 500 });
    await expect(here.fleet.approve(nodeKubelet, approval('r1'))).rejects.toMatchObject({ code: 'ServerError' });
    here.server.remove('nodekubelets', 'a');
    expect(await here.fleet.approve(nodeKubelet, approval('r1'))).toBe('Stale');
  });

  test('whose answer was lost is ended by a later write, also where it was not stored', async () => {
    const here = await asking();
    const nodeKubelet = await seenReport(here);
    here.server.misbehave({ method: 'PATCH' }, { type: 'Cut', when: 'Before' });
    await expect(here.fleet.approve(nodeKubelet, approval('r1'))).rejects.toMatchObject({ code: 'Unreachable' });
    const before = report(here, 'a').metadata.resourceVersion;
    expect(await here.fleet.revoke(nodeKubelet)).toBe('Written');
    expect(report(here, 'a').metadata.resourceVersion).not.toBe(before);
    expect(await here.fleet.approve(nodeKubelet, approval('r1'))).toBe('Stale');
  });

  test('whose answer was lost is ended also where another was taken back before', async () => {
    const here = await asking();
    await here.fleet.revoke(await seenReport(here));
    for (const _again of [1, 2]) {
      const takenBack = report(here, 'a');
      expect(await here.fleet.revoke(takenBack)).toBe('Written');
      expect(report(here, 'a').metadata.resourceVersion).not.toBe(takenBack.metadata.resourceVersion);
      expect(report(here, 'a').spec?.approval?.request ?? '').toBe('');
      expect(await here.fleet.approve(takenBack, approval('r1'))).toBe('Stale');
    }
  });
});

describe('a status', () => {
  const status = (reason: string, failures: readonly string[] = []): KubeletConfigStatus => ({
    observedGeneration: 1,
    nodes: { matched: 1 },
    ...(failures.length > 0 && { failures: failures.map((node) => ({ node, reason: 'no' })) }),
    conditions: [{ type: 'Ready', status: 'False', reason, message: '', lastTransitionTime: time }],
  });

  test('replaces the one before, and leaves what others have added', async () => {
    const here = await cluster();
    const foreign = { type: 'Foreign', status: 'True', reason: 'Theirs', message: '', lastTransitionTime: time };
    here.server.put({ ...workers(), status: { conditions: [foreign] } } as KubeletConfig);
    expect(await here.fleet.writeStatus(await seenObject(here), status('RollingOut', ['a', 'b']))).toBe('Written');
    expect(await here.fleet.writeStatus(await seenObject(here), status('NodesFailed', ['b']))).toBe('Written');
    const { failures, conditions = [] } = stored(here).status ?? {};
    expect(failures).toEqual([{ node: 'b', reason: 'no' }]);
    expect(conditions.map(({ reason }) => reason).sort()).toEqual(['NodesFailed', 'Theirs']);
    expect(here.fleet.view()?.kubeletConfigs[0]?.status).toEqual(stored(here).status);
  });

  test('never ends up on another object of the same name', async () => {
    const here = await cluster();
    here.server.put(workers());
    const object = await seenObject(here);
    here.server.remove('kubeletconfigs', 'workers');
    expect(await here.fleet.writeStatus(object, status('RollingOut'))).toBe('Stale');
    here.server.put(workers());
    expect(await here.fleet.writeStatus(object, status('RollingOut'))).toBe('Stale');
    expect(stored(here).status?.conditions).toBeUndefined();
  });
});

describe('the finalizer', () => {
  test('comes and goes beside those of others', async () => {
    const here = await cluster();
    const object = workers();
    here.server.put({ ...object, metadata: { ...object.metadata, finalizers: ['example.com/theirs'] } } as KubeletConfig);
    expect(await here.fleet.setFinalizer(await seenObject(here), true)).toBe('Written');
    expect(stored(here).metadata.finalizers).toEqual(['example.com/theirs', restoreFinalizer]);
    expect(await here.fleet.setFinalizer(await seenObject(here), false)).toBe('Written');
    expect(stored(here).metadata.finalizers).toEqual(['example.com/theirs']);
  });

  test('never undoes what somebody else has done to the list', async () => {
    const here = await cluster();
    here.server.put(workers());
    const object = await seenObject(here);
    here.server.put({ ...object, metadata: { ...object.metadata, finalizers: ['example.com/theirs'] } } as KubeletConfig);
    expect(await here.fleet.setFinalizer(object, true)).toBe('Stale');
    expect(stored(here).metadata.finalizers).toEqual(['example.com/theirs']);
  });
});

test('an event names the object', async () => {
  const here = await cluster();
  here.server.put(workers());
  const object = await seenObject(here);
  here.fleet.event(object, { type: 'Normal', action: 'RollingOut', reason: 'AllNodesUpdated', message: 'All.' });
  const { apiVersion, kind, metadata } = object;
  const regarding = { apiVersion, kind, name: 'workers', uid: metadata.uid };
  expect(here.events).toEqual([{ type: 'Normal', action: 'RollingOut', reason: 'AllNodesUpdated', note: 'All.', regarding }]);
});

describe('the controller over an API server', () => {
  /** The writes that the whole rollout of two nodes needs. */
  test('takes two nodes through a rollout and a deletion', async () => {
    const here = await cluster();
    const stopping = new AbortController();
    const failures: unknown[] = [];
    const controller = new Controller({
      fleet: here.fleet,
      term: 'lease/1',
      newNodeTaint: 'kubelet-config.dev/unconfigured',
      validator: makeValidator(defaultAllowance),
      clock: systemClock,
      time: () => time,
      random: Math.random,
      observer: {
        granted: () => undefined,
        revoked: () => undefined,
        retried: () => undefined,
        released: () => undefined,
        assessed: () => undefined,
        retry: (error) => void failures.push(error),
      },
    });
    here.onChange(() => controller.notice());
    const ended = controller.run(stopping.signal);
    onTestFinished(() => {
      stopping.abort();
      return ended;
    });
    const ready = () => stored(here).status?.conditions?.find(({ type }) => type === 'Ready');
    for (const name of ['a', 'b']) putNode(here.server, name);
    here.server.put(workers());
    await eventually(() => expect(stored(here).metadata.finalizers).toEqual([restoreFinalizer]));

    const { uid = '' } = stored(here).metadata;
    const wants = [{ name: 'workers', uid, generation: 1 }];
    const nodes = ['a', 'b'].map((name) => ({ name, uid: `node-${name}` }));
    for (const node of nodes) {
      await here.agent(node.name).report(node, () => ({ phase: 'Waiting', request: request(`${node.name}1`), desired: wants }));
    }
    const granted = (name: string, id: string) => eventually(() => expect(report(here, name).spec?.approval?.request).toBe(id));
    for (const [index, node] of nodes.entries()) {
      await granted(node.name, `${node.name}1`);
      if (index === 0) expect(report(here, 'b').spec?.approval).toBeUndefined();
      expect(await here.agent(node.name).claim(request(`${node.name}1`))).toEqual({ kind: 'Claimed' });
      await here.agent(node.name).report(node, () => ({ phase: 'UpToDate', inputs: wants, desired: wants }));
    }
    await eventually(() => expect(ready()).toMatchObject({ status: 'True', reason: 'AllNodesUpdated', observedGeneration: 1 }));
    expect(here.writes().filter((write) => write === 'PATCH workers/status').length).toBeLessThanOrEqual(3);

    here.server.put({ ...stored(here), metadata: { ...stored(here).metadata, deletionTimestamp: time } } as KubeletConfig);
    for (const node of nodes) {
      await here.agent(node.name).report(node, () => ({ phase: 'Waiting', request: request(`${node.name}2`), inputs: wants }));
    }
    for (const node of nodes) {
      await granted(node.name, `${node.name}2`);
      expect(here.server.objects('kubeletconfigs')).toHaveLength(1);
      await here.agent(node.name).report(node, () => ({ phase: 'Unmanaged' }));
    }
    await eventually(() => expect(here.server.objects('kubeletconfigs')).toEqual([]));
    await eventually(() => expect(here.fleet.view()?.kubeletConfigs).toEqual([]));
    expect(here.events.map(({ reason }) => reason)).toEqual(['AllNodesUpdated', 'Restored']);
    expect(failures).toEqual([]);
  });
});
