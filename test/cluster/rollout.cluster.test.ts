/**
 * Two machines with real systemd in a real cluster: objects, labels, deletion, and an API server that stops
 * for a while.
 */

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { kubeletConfig } from '../builders.ts';
import type { AuditEntry } from './control-plane.ts';
import { type Fleet, startFleet } from './fleet.ts';
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
    expect(await succeed(fleet.plane, ['get', 'kc,nk'])).toMatch(/workers +2 +2 +True/);
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

  test('an API server that is away for a minute in the middle loses nothing', async () => {
    for (const { name } of fleet.nodes) await fleet.label(name, 'role=worker');
    await fleet.apply(workers(2));
    await everywhere(2);
    const starts = await Promise.all(fleet.nodes.map(({ host }) => host.starts()));
    await fleet.apply(workers(6, { health: { minReadySeconds: 5, timeoutSeconds: 20 } }));
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

    // Longer than 15 s, after which late counts are written.
    await watched(17);
    const rest = Date.now();
    await watched(30);
    const atRest = (await since(rest)).filter(
      ({ verb, resource }) => [...writes, 'list'].includes(verb) && resource !== 'leases',
    );
    expect(atRest).toEqual([]);
  }, 300_000);
});
