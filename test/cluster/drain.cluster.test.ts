/** A drain on a real API server, with the rights of the controller: a budget that refuses for a while, and a controller that dies. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../src/cluster/client.ts';
import { loadCredentials } from '../../src/cluster/credentials.ts';
import { clusterFleet } from '../../src/cluster/fleet-cluster.ts';
import { type FleetWatch, watchFleet } from '../../src/cluster/fleet-watch.ts';
import { Drainer, type DrainState } from '../../src/fleet/drain/drainer.ts';
import { drainingTaint, staleTaints } from '../../src/fleet/drain/taint.ts';
import type { Fleet, FleetNode } from '../../src/fleet/fleet.ts';
import { membersOf } from '../../src/fleet/member.ts';
import { systemClock } from '../../src/loop/clock.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { createNode, manifests, userOf } from './fleet.ts';
import { kubeconfigText } from './kubeconfig-file.ts';
import { succeed } from './kubelet-configs.ts';
import { scratchDirectory } from './program.ts';
import { describeCluster } from './tier.ts';
import { webPods } from './web-pods.ts';

const patience = { timeout: 60_000, interval: 100 };
const options = { timeoutSeconds: 600, evictEmptyDir: false, evictUnmanaged: false };

describeCluster('a drain on an API server', () => {
  let plane: ControlPlane;
  let watch: FleetWatch;
  let fleet: Fleet;

  beforeAll(async () => {
    plane = await startControlPlane();
    await succeed(plane, ['apply', '-k', manifests]);
    await succeed(plane, ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
    await createNode(plane, 'a');
    const token = (await succeed(plane, ['create', 'token', 'controller', '--namespace=kubelet-config'])).trim();
    const kubeconfig = join(await scratchDirectory('drain'), 'kubeconfig');
    await writeFile(kubeconfig, kubeconfigText(userOf(plane, token)), { mode: 0o600 });
    const api = connect(loadCredentials({ kubeconfig, environment: {} }), { userAgent: 'test' });
    watch = watchFleet({ api, clock: systemClock, random: () => 1, onChange: () => undefined, onError: () => undefined });
    fleet = clusterFleet({ api, watch, record: () => undefined });
  });
  afterAll(async () => {
    await watch?.stop();
    await plane?.stop();
  });

  const node = (): FleetNode | undefined => fleet.view()?.nodes.find(({ name }) => name === 'a');
  const seen = async (): Promise<FleetNode> => {
    await expect.poll(node, patience).toBeDefined();
    return node() as FleetNode;
  };
  const ours = () => node()?.taints.filter(({ key }) => key.startsWith('kubelet-config.dev/'));
  const newDrainer = () => new Drainer({ fleet, clock: systemClock, onChange: () => undefined });
  const look = async (drainer: Drainer): Promise<DrainState | undefined> =>
    drainer.keep([{ member: { name: 'a', node: await seen() }, request: 'r1', options }]).get('r1');

  const podNames = async () =>
    (await fleet.pods('a')).map(({ name, deleting }) => `${name}${deleting ? ' (ending)' : ''}`).sort();

  test('a budget refuses for a while, the controller dies, and the node is empty in the end', async () => {
    const pods = webPods(plane);
    await pods.run('web', 'a', 'ReplicaSet');
    await pods.run('api', 'a', 'ReplicaSet');
    await pods.run('log', 'a', 'DaemonSet');
    await pods.createBudget();

    const first = newDrainer();
    await expect
      .poll(() => look(first), patience)
      .toEqual({
        kind: 'Draining',
        left: 2,
        blockedBy: 'pod default/web is not evicted: The disruption budget web needs 2 healthy pods and has 2 currently',
      });
    expect(await podNames()).toEqual(['api (ending)', 'log', 'web']);
    expect(ours()).toEqual([drainingTaint('r1')]);
    first.stop();

    const second = newDrainer();
    await expect.poll(async () => (await look(second))?.kind === 'Draining' && (await podNames()), patience).toContain('web');
    await pods.allow(1);
    await expect.poll(async () => ((await look(second)) ? podNames() : []), patience).toContain('web (ending)');
    for (const name of ['web', 'api']) await pods.end(name);
    await expect.poll(() => look(second), patience).toEqual({ kind: 'Empty' });
    expect(await podNames()).toEqual(['log']);
    second.stop();

    // Nothing grants the request any more, so that whoever leads removes the taint.
    const removals = staleTaints(membersOf(fleet.view() as NonNullable<ReturnType<Fleet['view']>>));
    expect(removals.map(({ taint }) => taint)).toEqual([drainingTaint('r1')]);
    for (const removal of removals) expect(await fleet.removeTaint(removal.node, removal.taint)).toBe('Written');
    expect(ours()).toEqual([]);
  }, 180_000);
});
