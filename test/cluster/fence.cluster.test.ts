/**
 * The fence on a real API server, with the rights that the manifests grant: an approval of a leader that was
 * frozen, or whose Lease was deleted, is not claimed.
 */

import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NodeKubelet, NodeKubeletStatus } from '../../src/api/types.ts';
import { type AgentWatch, watchForAgent } from '../../src/cluster/agent-watch.ts';
import { connect } from '../../src/cluster/client.ts';
import { loadCredentials } from '../../src/cluster/credentials.ts';
import { clusterFleet } from '../../src/cluster/fleet-cluster.ts';
import { watchFleet } from '../../src/cluster/fleet-watch.ts';
import type { KubernetesApi } from '../../src/cluster/kubernetes-api.ts';
import { lead } from '../../src/cluster/leader-election.ts';
import { linkNodeKubelet, type NodeKubeletLink } from '../../src/cluster/node-kubelet.ts';
import { controllerLease, type Lease, leases, termOf } from '../../src/cluster/resources.ts';
import type { Fleet } from '../../src/fleet/fleet.ts';
import { type Clock, systemClock } from '../../src/loop/clock.ts';
import { manualClock } from '../fakes/clock.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { createNode, manifests, nodeKubelet, userOf } from './fleet.ts';
import { writeKubeconfig } from './kubeconfig-file.ts';
import { succeed } from './kubelet-configs.ts';
import { scratchDirectory } from './program.ts';
import { describeCluster } from './tier.ts';

const now = () => '2026-01-31T09:00:00Z';

interface Leader {
  readonly api: KubernetesApi;
  readonly fleet: Fleet;
  /** Undefined until it leads. */
  term(): string | undefined;
  readonly outcome: Promise<'Stopped' | 'Lost'>;
}

describeCluster('the fence between two leaders', () => {
  let plane: ControlPlane;
  let directory: string;
  let agentWatch: AgentWatch;
  let link: NodeKubeletLink;
  let node: { readonly name: string; readonly uid: string };
  const closing: (() => unknown)[] = [];

  const apiOf = async (account: string, ...bound: string[]): Promise<KubernetesApi> => {
    const token = await succeed(plane, ['create', 'token', account, '--namespace=kubelet-config', ...bound]);
    const kubeconfig = writeKubeconfig(directory, userOf(plane, token.trim()), `${account}-${closing.length}`);
    return connect(loadCredentials({ kubeconfig, environment: {} }), { userAgent: 'fence' });
  };

  beforeAll(async () => {
    directory = await scratchDirectory('fence');
    plane = await startControlPlane();
    await succeed(plane, ['apply', '-k', manifests]);
    await succeed(plane, ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
    await createNode(plane, 'a');
    node = { name: 'a', uid: await succeed(plane, ['get', 'node', 'a', '-o', 'jsonpath={.metadata.uid}']) };
    const api = await apiOf('agent', '--bound-object-kind=Node', '--bound-object-name=a');
    const watching = { api, clock: systemClock, random: Math.random, onChange: () => undefined, onError: () => undefined };
    agentWatch = watchForAgent({ ...watching, nodeName: 'a' });
    closing.push(() => agentWatch.stop());
    link = linkNodeKubelet({ api, cache: agentWatch.nodeKubelet, lease: controllerLease, now, onChange: () => undefined });
    await agentWatch.settled;
  });
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
    await plane?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** A controller that takes the Lease as soon as it may. If its clock stands still, it never renews it. */
  const leader = async (identity: string, clock: Clock = systemClock): Promise<Leader> => {
    const api = await apiOf('controller');
    const watch = watchFleet({
      api,
      clock: systemClock,
      random: Math.random,
      onChange: () => undefined,
      onError: () => undefined,
    });
    let term: string | undefined;
    const stopping = new AbortController();
    const outcome = lead({
      api,
      ...controllerLease,
      identity,
      clock,
      random: Math.random,
      signal: stopping.signal,
      onStartedLeading: (signal, its) => {
        term = its;
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve());
        });
      },
    });
    closing.push(async () => {
      stopping.abort();
      await watch.stop();
      await outcome;
    });
    return { api, fleet: clusterFleet({ api, watch, record: () => undefined }), term: () => term, outcome };
  };

  const asks = async (id: string): Promise<NodeKubeletStatus['request']> => {
    const request = { id, revision: 'r', reason: 'Change' } as const;
    await expect.poll(() => link.report(node, () => ({ phase: 'Waiting', request }))).toBe('Unchanged');
    return request;
  };
  const claim = (id: string) => link.claim({ id, revision: 'r', reason: 'Change' });
  /** The NodeKubelet as a controller sees it. */
  const sees = async ({ fleet }: Leader, id: string): Promise<NodeKubelet> => {
    const find = () => fleet.view()?.nodeKubelets.find(({ status }) => status?.request?.id === id);
    await expect.poll(find).toBeDefined();
    return find() as NodeKubelet;
  };
  /** Resolves when the agent has seen an approval of this term. */
  const agentSees = (id: string, term: string | undefined) =>
    expect.poll(() => agentWatch.nodeKubelet.current()?.spec?.approval).toMatchObject({ request: id, term });
  const lease = ({ api }: Leader): Promise<Lease> => api.get(leases(controllerLease.namespace), controllerLease.name);
  const approvalOf = (id: string, { term }: Leader) => ({ request: id, revision: 'r', term: term() ?? '' });

  it('a frozen leader, a takeover, and a Lease that is deleted', async () => {
    const clock = manualClock();
    const frozen = await leader('frozen', clock);
    await expect.poll(frozen.term).toBeDefined();
    expect(termOf(await lease(frozen))).toBe(frozen.term());
    await asks('r1');
    const seen = await sees(frozen, 'r1');

    // It stands still: the other one sees no renewal for the duration of the Lease.
    const next = await leader('next');
    await expect.poll(next.term).toBeDefined();
    expect(next.term()).toBe(frozen.term()?.replace(/\/0$/, '/1'));

    // What it had decided comes only now. The API server takes it: the NodeKubelet is as it was seen.
    expect(await frozen.fleet.approve(seen, approvalOf('r1', frozen))).toBe('Written');
    await agentSees('r1', frozen.term());
    expect(await claim('r1')).toMatchObject({ kind: 'NotClaimed', why: expect.stringContaining('no longer leads') });
    expect((await nodeKubelet(plane, 'a'))?.status).not.toHaveProperty('claimed');

    // The leader of this moment has room for it, and signs it again.
    await expect.poll(async () => (await sees(next, 'r1')).spec?.approval?.term).toBe(frozen.term());
    expect(await next.fleet.approve(await sees(next, 'r1'), approvalOf('r1', next))).toBe('Written');
    await agentSees('r1', next.term());
    expect(await claim('r1')).toEqual({ kind: 'Claimed' });
    expect((await nodeKubelet(plane, 'a'))?.status).toMatchObject({ claimed: 'r1', request: { id: 'r1' } });

    // It goes on, and finds that its term is over.
    await clock.advance(2_000);
    expect(await frozen.outcome).toBe('Lost');
    expect(termOf(await lease(next))).toBe(next.term());

    // In the middle of the change nobody deletes the NodeKubelet; afterwards anybody may.
    const removed = await plane.kubectl(['delete', 'nodekubelet', 'a']);
    expect(removed).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('in the middle of a change') });
    await asks('r2');

    expect(await next.fleet.approve(await sees(next, 'r2'), approvalOf('r2', next))).toBe('Written');
    await agentSees('r2', next.term());
    await succeed(plane, ['delete', 'lease', controllerLease.name, '--namespace', controllerLease.namespace]);
    expect(await claim('r2')).toMatchObject({ kind: 'NotClaimed', why: expect.stringContaining('not found') });
    expect(await next.outcome).toBe('Lost');
    await expect(lease(next)).rejects.toMatchObject({ code: 'NotFound' });

    const third = await leader('third');
    await expect.poll(third.term).toBeDefined();
    expect(third.term()).not.toBe(frozen.term());
    expect(await claim('r2')).toMatchObject({ kind: 'NotClaimed', why: expect.stringContaining('no longer leads') });
    expect(await third.fleet.approve(await sees(third, 'r2'), approvalOf('r2', third))).toBe('Written');
    await agentSees('r2', third.term());
    expect(await claim('r2')).toEqual({ kind: 'Claimed' });
  });

  it('an approval that has ended by the clock of the API server is not claimed', async () => {
    const controller = await leader('third');
    await expect.poll(controller.term).toBeDefined();
    await asks('r3');
    const until = (seconds: number) => new Date((controller.fleet.view()?.time ?? 0) + seconds * 1000).toISOString();
    const approve = async (end: string) => {
      await sees(controller, 'r3');
      const approval = { ...approvalOf('r3', controller), until: end };
      await expect.poll(async () => controller.fleet.approve(await sees(controller, 'r3'), approval)).toBe('Written');
      await expect.poll(() => agentWatch.nodeKubelet.current()?.spec?.approval?.until).toBe(end);
    };
    await approve(until(-5));
    expect(await claim('r3')).toMatchObject({ kind: 'NotClaimed', why: expect.stringContaining('good until') });
    await approve(until(3600));
    expect(await claim('r3')).toEqual({ kind: 'Claimed' });
  });
});
