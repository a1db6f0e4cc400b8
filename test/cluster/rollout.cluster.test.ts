/**
 * Two machines with real systemd in a real cluster: objects, labels, deletion, and an API server that stops
 * for a while.
 */

import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { kubeletConfig } from '../builders.ts';
import type { AuditEntry } from './control-plane.ts';
import { createNode, type Fleet, manifests, startFleet } from './fleet.ts';
import { succeed } from './kubelet-configs.ts';
import { describeCluster } from './tier.ts';

const patience = { timeout: 60_000, interval: 100 };
/** How long a test watches to see that nothing happens. */
const watched = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const aMinute = () => watched(60);
const writes = ['create', 'update', 'patch', 'delete'];

const workers = (v: number, spec = {}) =>
  kubeletConfig('workers', {
    nodeSelector: { matchLabels: { role: 'worker' } },
    // The machines share one network, where only one kubelet could have the port of /healthz: it is off.
    kubelet: { flags: { v, 'healthz-port': 0 } },
    launcher: { host: {} },
    health: { minReadySeconds: 1, timeoutSeconds: 20 },
    ...spec,
  });

const words = (v: number) => ['--healthz-port=0', `--v=${v}`];

describeCluster('two machines in a cluster', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet(['a', 'b']);
    for (const { name } of fleet.nodes) await fleet.startAgent(name);
    await fleet.startController();
  });
  afterAll(() => fleet?.stop());

  afterEach(async ({ task }) => {
    // The logs of the programs are printed only after a failure.
    if (task.result?.state === 'fail') {
      for (const { name, agent } of fleet.nodes) process.stderr.write(`agent ${name}:\n${agent.said()}\n`);
      process.stderr.write(`controller:\n${fleet.controller.said()}\n`);
    }
    await succeed(fleet.plane, ['delete', 'kubeletconfigs', '--all', '--wait=true', '--timeout=60s']);
    for (const { name } of fleet.nodes) {
      await fleet.label(name, 'role-');
      await phase(name, 'Unmanaged');
    }
  });

  const phase = (name: string, expected: string) =>
    expect.poll(async () => (await fleet.nodeKubelet(name))?.status?.phase, patience).toBe(expected);
  const ready = (name: string) =>
    succeed(fleet.plane, ['wait', '--for=condition=Ready', `kubeletconfig/${name}`, '--timeout=60s']);
  const stopAgent = async (name: string) => {
    const { agent } = fleet.node(name);
    agent.child.kill('SIGTERM');
    await agent.ended;
  };
  const everywhere = async (v: number) => {
    await expect
      .poll(async () => {
        const object = await fleet.kubeletConfig('workers');
        return object?.status?.nodes?.updated === 2 && object.status.observedGeneration === object.metadata.generation;
      }, patience)
      .toBe(true);
    for (const { name } of fleet.nodes) expect(await fleet.kubeletWords(name)).toEqual(words(v));
  };

  /** The bytes of all events that watches got so far, as the API server counts them. */
  const bytesOfKubeletConfigs = async () => {
    const { body } = await fleet.plane.request('GET', '/metrics');
    const counted = [...String(body).matchAll(/^apiserver_watch_events_sizes_sum\{[^}]*kubeletconfigs[^}]*\} (\S+)$/gm)];
    return counted.reduce((sum, [, value]) => sum + Number(value), 0);
  };

  test('a label brings the kubelet to its node, and taking it away brings back what was there', async () => {
    const { host } = fleet.node('a');
    const files = host.files();
    await fleet.apply(workers(3));
    await fleet.label('a', 'role=worker');
    await phase('a', 'UpToDate');
    expect(await fleet.kubeletWords('a')).toEqual(words(3));
    expect(await fleet.node('b').host.unit()).toMatchObject({ active: 'inactive', enabled: '' });
    await ready('workers');
    expect((await fleet.kubeletConfig('workers'))?.status?.nodes).toMatchObject({ matched: 1, updated: 1 });

    await fleet.label('a', 'role-');
    await phase('a', 'Unmanaged');
    expect(host.files()).toEqual(files);
    expect(await host.unit()).toMatchObject({ active: 'inactive', enabled: '' });
    await expect
      .poll(async () => (await fleet.kubeletConfig('workers'))?.status?.conditions, patience)
      .toContainEqual(expect.objectContaining({ type: 'Ready', reason: expect.stringMatching(/No/) }));
  });

  test('an edit goes through the nodes one after the other', async () => {
    for (const { name } of fleet.nodes) await fleet.label(name, 'role=worker');
    await fleet.apply(workers(2));
    await everywhere(2);
    const begin = Date.now();
    await fleet.apply(workers(4));
    await everywhere(4);
    await ready('workers');
    const written = (await fleet.plane.audit()).filter(
      ({ at, verb, resource, code }) => at > begin && verb === 'patch' && resource === 'nodekubelets' && code === 200,
    );
    const grants = written.filter(({ subresource }) => subresource === '');
    expect(grants.map(({ name }) => name).sort()).toEqual(fleet.nodes.map(({ name }) => name).sort());
    const [first, second] = grants;
    // Claimed, executed and reported before another node may begin.
    const afterwards = written.slice(second && written.indexOf(second));
    expect(afterwards.filter(({ name }) => name === first?.name)).toEqual([]);
    expect(await succeed(fleet.plane, ['get', 'kc,nk'])).toMatch(/workers +2 +2 +2 +True/);
  });

  test('a kubelet that does not come up is undone where it was tried, and tried nowhere else', async () => {
    for (const { name } of fleet.nodes) await fleet.label(name, 'role=worker');
    await fleet.apply(workers(2));
    await everywhere(2);
    await fleet.apply(workers(99));
    await expect
      .poll(async () => (await fleet.kubeletConfig('workers'))?.status, patience)
      .toMatchObject({
        nodes: { failed: 1, waiting: 1, updating: 0 },
        conditions: [{ status: 'False', reason: 'NodesFailed' }, { status: 'False' }, { status: 'True', reason: 'NodesFailed' }],
      });
    const statuses = await Promise.all(fleet.nodes.map(async ({ name }) => (await fleet.nodeKubelet(name))?.status));
    expect(statuses.map((status) => status?.phase).sort()).toEqual(['Failed', 'Waiting']);
    const failed = statuses.find((status) => status?.phase === 'Failed');
    expect(failed).toMatchObject({ lastError: { code: 'Undone' }, failures: [{ reason: expect.stringContaining('exited') }] });
    for (const { name } of fleet.nodes) expect(await fleet.kubeletWords(name)).toEqual(words(2));
    await fleet.apply(workers(5));
    await everywhere(5);
  });

  test('deletion puts the nodes back before the object goes', async () => {
    const before = fleet.nodes.map(({ host }) => host.files());
    for (const { name } of fleet.nodes) await fleet.label(name, 'role=worker');
    await fleet.apply(workers(2));
    await everywhere(2);
    await succeed(fleet.plane, ['delete', 'kubeletconfig', 'workers', '--wait=true', '--timeout=60s']);
    expect(fleet.nodes.map(({ host }) => host.files())).toEqual(before);
    for (const { host } of fleet.nodes) expect(await host.unit()).toMatchObject({ active: 'inactive', enabled: '' });
  });

  const conditions = async () => (await fleet.kubeletConfig('workers'))?.status?.conditions;
  const waits = (reason: string) => [
    { type: 'Ready', status: 'False', reason },
    { type: 'Reconciling', status: 'True' },
    { type: 'Stalled', status: 'False' },
  ];

  test('a hold and a pause are reasons to wait, with their own words, and hold up no other node', async () => {
    for (const { name } of fleet.nodes) await fleet.label(name, 'role=worker');
    await fleet.apply(workers(2));
    await everywhere(2);
    await succeed(fleet.plane, ['annotate', 'node', 'a', 'kubelet-config.dev/hold=disk is being replaced']);
    await fleet.apply(workers(3));
    await phase('a', 'Held');
    await phase('b', 'UpToDate');
    await expect.poll(conditions, patience).toMatchObject(waits('Held'));
    expect((await conditions())?.[0]?.message).toMatch(/^1 of 2 nodes runs it\. Held by a person: a\./);
    expect((await fleet.kubeletConfig('workers'))?.status?.nodes).toMatchObject({ updated: 1, held: 1, failed: 0 });
    expect(await succeed(fleet.plane, ['describe', 'nodekubelet', 'a'])).toContain('disk is being replaced');
    await succeed(fleet.plane, ['annotate', 'node', 'a', 'kubelet-config.dev/hold-']);
    await everywhere(3);
    await ready('workers');

    await fleet.apply(workers(4, { rollout: { paused: true } }));
    for (const { name } of fleet.nodes) await phase(name, 'Paused');
    await expect.poll(conditions, patience).toMatchObject(waits('Paused'));
    await fleet.apply(workers(4));
    await everywhere(4);
  }, 300_000);

  test('a warning is in both statuses, in a column and in an event, and costs no further write', async () => {
    await fleet.label('a', 'role=worker');
    const odd = { flags: { v: 2 }, configuration: { healthzPort: 0, maxPodz: 64 } };
    await fleet.apply(workers(2, { kubelet: odd }));
    await phase('a', 'UpToDate');
    const path = 'spec.kubelet.configuration.maxPodz';
    expect((await fleet.nodeKubelet('a'))?.status).toMatchObject({
      warningCount: 2,
      warnings: expect.arrayContaining([expect.objectContaining({ path, object: 'workers' })]),
    });
    await expect
      .poll(async () => (await fleet.kubeletConfig('workers'))?.status, patience)
      .toMatchObject({
        warningCount: 2,
        warnings: expect.arrayContaining([expect.objectContaining({ code: 'ConfigurationInvalid', path })]),
        conditions: [{ status: 'True' }, {}, {}],
      });
    const shown = await succeed(fleet.plane, ['get', 'kc,nk']);
    expect(shown).toMatch(/workers +1 +1 +2 +True/);
    expect(shown).toMatch(/\/a +UpToDate +True +2 /);
    const events = () => succeed(fleet.plane, ['get', 'events', '--field-selector=reason=ConfigurationInvalid']);
    await expect.poll(events, patience).toContain(`${path}: `);
  }, 300_000);

  test('the columns fit a terminal of 120 columns, and the message comes with -o wide', async () => {
    const long = 'ip-10-123-123-123.ap-southeast-2.compute.internal';
    await createNode(fleet.plane, long);
    try {
      const uid = await succeed(fleet.plane, ['get', 'node', long, '-o', 'jsonpath={.metadata.uid}']);
      const owner = { apiVersion: 'v1', kind: 'Node', name: long, uid };
      const metadata = { name: long, ownerReferences: [owner] };
      const nodeKubelet = { apiVersion: 'kubelet-config.dev/v1alpha1', kind: 'NodeKubelet', metadata };
      await succeed(fleet.plane, ['create', '-f', '-'], JSON.stringify(nodeKubelet));
      const condition = {
        type: 'Ready',
        status: 'False',
        reason: 'Held',
        message: 'm'.repeat(300),
        lastTransitionTime: '2026-01-01T00:00:00Z',
      };
      const status = {
        phase: 'Unmanaged',
        applied: 'b9354c9ff787d2af',
        kubeletVersion: 'v1.36.2',
        warningCount: 12,
        conditions: [condition],
      };
      await succeed(fleet.plane, ['patch', 'nk', long, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })]);
      const name = 'workers-of-the-gpu-pool-in-zone-b';
      await fleet.apply(kubeletConfig(name, { nodeSelector: { matchLabels: { role: 'none' } }, launcher: { host: {} } }));
      const waiting = { ...condition, reason: 'WaitingForApproval' };
      const counts = { matched: 5000, updated: 5000 };
      const report = { status: { nodes: counts, warningCount: 12, conditions: [waiting] } };
      await succeed(fleet.plane, ['patch', 'kc', name, '--subresource=status', '--type=merge', '-p', JSON.stringify(report)]);
      for (const kind of ['kc', 'nk']) {
        const lines = (await succeed(fleet.plane, ['get', kind])).trimEnd().split('\n');
        for (const line of lines) expect(line.trimEnd().length, line).toBeLessThanOrEqual(120);
      }
      expect(await succeed(fleet.plane, ['get', 'nk', '-o', 'wide'])).toContain('m'.repeat(300));
    } finally {
      await succeed(fleet.plane, ['delete', 'node,nk', long]);
    }
  }, 300_000);

  test('a Node that is registered anew without its labels loses nothing, also where the agent starts anew', async () => {
    await fleet.label('a', 'role=worker');
    await fleet.apply(workers(2));
    await phase('a', 'UpToDate');
    const before = await fleet.node('a').host.starts();
    // A token is bound to the very Node, so a pod's agent goes and comes with it.
    await stopAgent('a');
    await succeed(fleet.plane, ['delete', 'node', 'a']);
    await succeed(fleet.plane, ['delete', 'nk', 'a']);
    await createNode(fleet.plane, 'a');
    await fleet.startAgent('a');
    await phase('a', 'Waiting');
    const { status } = (await fleet.nodeKubelet('a')) ?? {};
    expect(status?.conditions).toMatchObject([{ reason: 'NodeRegisteredAnew' }, { status: 'True' }, { status: 'False' }]);
    expect(status).not.toHaveProperty('request');
    await fleet.label('a', 'role=worker');
    await phase('a', 'UpToDate');
    expect(await fleet.kubeletWords('a')).toEqual(words(2));
    expect(await fleet.node('a').host.starts()).toEqual(before);
  }, 300_000);

  test('a node without an agent keeps a deleted object until a person leaves it behind; the agent that comes back goes back', async () => {
    for (const { name } of fleet.nodes) await fleet.label(name, 'role=worker');
    await fleet.apply(workers(2));
    await everywhere(2);
    await stopAgent('a');
    await succeed(fleet.plane, ['delete', 'kubeletconfig', 'workers', '--wait=false']);
    await phase('b', 'Unmanaged');
    await expect
      .poll(conditions, { ...patience, timeout: 180_000 })
      .toMatchObject([
        { status: 'False', reason: 'WithoutAgent' },
        { status: 'False' },
        { status: 'True', message: expect.stringContaining('kubelet-config.dev/leave-behind=a') },
      ]);
    expect(await fleet.kubeletWords('a')).toEqual(words(2));
    await succeed(fleet.plane, ['annotate', 'kubeletconfig', 'workers', 'kubelet-config.dev/leave-behind=a']);
    await succeed(fleet.plane, ['wait', '--for=delete', 'kubeletconfig/workers', '--timeout=60s']);
    await fleet.startAgent('a');
    await phase('a', 'Unmanaged');
    expect(await fleet.node('a').host.unit()).toMatchObject({ active: 'inactive', enabled: '' });
  }, 300_000);

  test('uninstalled in the wrong order it waits; installed again, all nodes go back and everything goes', async () => {
    const before = fleet.nodes.map(({ host }) => host.files());
    for (const { name } of fleet.nodes) await fleet.label(name, 'role=worker');
    await fleet.apply(workers(2));
    await everywhere(2);
    for (const { name } of fleet.nodes) await stopAgent(name);
    fleet.controller.child.kill('SIGKILL');
    await fleet.controller.ended;
    const crds = join(manifests, '../crds');
    await succeed(fleet.plane, ['delete', '-k', crds, '--wait=false']);
    const crd = (plural: string) => fleet.plane.kubectl(['get', 'crd', `${plural}.kubelet-config.dev`]);
    await expect.poll(async () => (await crd('nodekubelets')).exitCode, patience).toBe(1);
    expect((await fleet.kubeletConfig('workers'))?.metadata.deletionTimestamp).toBeDefined();
    for (const { name } of fleet.nodes) expect(await fleet.kubeletWords(name)).toEqual(words(2));

    await succeed(fleet.plane, ['apply', '-k', manifests]);
    await succeed(fleet.plane, ['wait', '--for=condition=Established', 'crd/nodekubelets.kubelet-config.dev', '--timeout=60s']);
    await fleet.startController();
    // The controller is there first, and no NodeKubelet says that a node runs the object.
    await expect.poll(async () => (await conditions())?.[0]?.reason, patience).toBe('Restoring');
    for (const { name } of fleet.nodes) await fleet.startAgent(name);
    await succeed(fleet.plane, ['wait', '--for=delete', 'crd/kubeletconfigs.kubelet-config.dev', '--timeout=120s']);
    expect(fleet.nodes.map(({ host }) => host.files())).toEqual(before);

    await succeed(fleet.plane, ['apply', '-k', manifests]);
    await succeed(fleet.plane, ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
    await expect.poll(async () => (await fleet.plane.kubectl(['get', 'kubeletconfigs'])).exitCode, patience).toBe(0);
    // The programs of before would list it again only after minutes: as pods they are made anew.
    for (const { name } of fleet.nodes) {
      await stopAgent(name);
      await fleet.startAgent(name);
    }
    fleet.controller.child.kill('SIGKILL');
    await fleet.controller.ended;
    await fleet.startController();
  }, 300_000);

  test('an API server that is away for a minute in the middle loses nothing', async () => {
    for (const { name } of fleet.nodes) await fleet.label(name, 'role=worker');
    await fleet.apply(workers(2));
    await everywhere(2);
    const starts = await Promise.all(fleet.nodes.map(({ host }) => host.starts()));
    // Longer than the API server is away: until it answers, nobody can say that the Node is Ready.
    await fleet.apply(workers(6, { health: { minReadySeconds: 5, timeoutSeconds: 90 } }));
    const applying = async () => {
      const all = await Promise.all(fleet.nodes.map(async ({ name }) => [name, (await fleet.nodeKubelet(name))?.status?.phase]));
      return all.find(([, phase]) => phase === 'Applying')?.[0];
    };
    await expect.poll(applying, patience).toBeDefined();
    const first = (await applying()) ?? '';
    const other = fleet.nodes.find(({ name }) => name !== first)?.name ?? '';
    await fleet.plane.stopApiServer();
    // A claimed change is finished. No other begins.
    await expect.poll(() => fleet.kubeletWords(first), patience).toEqual(words(6));
    const stamps = fleet.node(other).host.stamps();
    await aMinute();
    expect(await fleet.kubeletWords(other)).toEqual(words(2));
    expect(fleet.node(other).host.stamps()).toEqual(stamps);

    await fleet.plane.startApiServer();
    await expect
      .poll(async () => (await fleet.kubeletConfig('workers'))?.status?.nodes?.updated, { ...patience, timeout: 100_000 })
      .toBe(2);
    await everywhere(6);
    const after = await Promise.all(fleet.nodes.map(({ host }) => host.starts()));
    expect(after.map((all, index) => all.length - (starts[index]?.length ?? 0))).toEqual([1, 1]);
  }, 300_000);

  test('at rest nothing is written or listed; a change costs at most eight writes a node', async () => {
    for (const { name } of fleet.nodes) await fleet.label(name, 'role=worker');
    await fleet.apply(workers(2));
    await everywhere(2);
    await ready('workers');
    const since = async (begin: number): Promise<readonly AuditEntry[]> =>
      (await fleet.plane.audit()).filter(
        ({ username, at }) => at > begin && username.startsWith('system:serviceaccount:kubelet-config'),
      );

    const [begin, delivered] = [Date.now(), await bytesOfKubeletConfigs()];
    await fleet.apply(workers(3));
    await everywhere(3);
    await expect.poll(async () => (await fleet.kubeletConfig('workers'))?.status?.nodes?.updated, patience).toBe(2);
    const change = (await since(begin)).filter(({ verb, resource }) => writes.includes(verb) && resource !== 'leases');
    const perNode = fleet.nodes.map(({ name }) =>
      change.filter((entry) => entry.resource === 'nodekubelets' && entry.name === name),
    );
    // Two agents and the controller watch them.
    const bytes = ((await bytesOfKubeletConfigs()) - delivered) / 3;
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(32 * 1024);
    process.stdout.write(`bytes of KubeletConfigs to each watcher: ${Math.round(bytes)}\n`);
    process.stdout.write(
      `writes of one change of two nodes: ${change.length}, of which each node's: ${perNode.map((all) => all.length)}\n`,
    );
    expect(change.length).toBeLessThanOrEqual(16);

    // Longer than 15 s, after which late counts are written, and than 60 s, after which an event is said to repeat.
    await watched(62);
    const rest = Date.now();
    await watched(30);
    const atRest = (await since(rest)).filter(
      ({ verb, resource }) => [...writes, 'list'].includes(verb) && resource !== 'leases',
    );
    expect(atRest).toEqual([]);
  }, 300_000);
});
