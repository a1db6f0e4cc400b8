/** The agent's claim of an approval, against the double of an API server. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { nodeKubeletCrd } from '../../src/api/schema/crd.ts';
import type { NodeKubelet } from '../../src/api/types.ts';
import { connect } from '../../src/cluster/client.ts';
import { loadCredentials } from '../../src/cluster/credentials.ts';
import { linkNodeKubelet, type NodeKubeletLink } from '../../src/cluster/node-kubelet.ts';
import { type Lease, termOf } from '../../src/cluster/resources.ts';
import { type ApiServerDouble, startApiServer } from '../fakes/api-server/server.ts';
import { scratchDirectory } from './scratch.ts';

const lease = { namespace: 'kubelet-config', name: 'leader' };
const request = { id: 'r1', revision: 'r', reason: 'Change' } as const;
type Approval = NonNullable<NonNullable<NodeKubelet['spec']>['approval']>;

interface World {
  readonly server: ApiServerDouble;
  readonly link: NodeKubeletLink;
  /** How often the agent was told to look again. */
  readonly changes: () => number;
}

const isClaim = (path: string) => path.endsWith('/nodekubelets/a/status');
const stored = ({ server }: World) => server.object<NodeKubelet>('nodekubelets', 'a');
const claimed = (here: World) => stored(here).status?.claimed;
const term = ({ server }: Pick<World, 'server'>) => termOf(server.object<Lease>('leases', lease.name, lease.namespace));

/** A controller takes the Lease. */
function lead(server: ApiServerDouble, leaseTransitions: number): void {
  const made = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: lease, spec: { leaseTransitions } };
  server.put(made as never);
}

/** A NodeKubelet whose request is approved in the present term, and an agent that has seen it. */
async function approved(approval: Partial<Approval> = {}): Promise<World> {
  const server = await startApiServer({ crds: [nodeKubeletCrd()] });
  onTestFinished(() => server.stop());
  lead(server, 3);
  const kubeconfig = join(scratchDirectory(), 'kubeconfig');
  writeFileSync(kubeconfig, server.kubeconfig());
  const api = connect(loadCredentials({ kubeconfig, environment: {} }), { userAgent: 'test' });
  const spec = { approval: { request: 'r1', revision: 'r', term: term({ server }), ...approval } };
  const status = { phase: 'Waiting', request };
  server.put({ apiVersion: 'kubelet-config.dev/v1alpha1', kind: 'NodeKubelet', metadata: { name: 'a' }, spec, status } as never);
  let seen: NodeKubelet | undefined = server.object<NodeKubelet>('nodekubelets', 'a');
  let changes = 0;
  const cache = {
    current: () => seen,
    absorb: (object: NodeKubelet) => {
      seen = object;
    },
  };
  const onChange = () => {
    changes += 1;
  };
  const link = linkNodeKubelet({ api, cache, lease, now: () => '2026-01-31T09:00:00Z', onChange });
  return { server, link, changes: () => changes };
}

const soon = () => new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');
const past = '2026-01-31T09:00:00Z';

describe('an approval of the present term', () => {
  test.each<[string, () => Partial<Approval>]>([
    ['without an end', () => ({})],
    ['that is not over yet', () => ({ until: soon() })],
    ['whose drain is done', () => ({ stage: 'Go' })],
  ])('%s is claimed, after the Lease was read', async (_what, approval) => {
    const here = await approved(approval());
    expect(await here.link.claim(request)).toEqual({ kind: 'Claimed' });
    expect(stored(here).status).toMatchObject({ request: { id: 'r1' }, claimed: 'r1', phase: 'Applying' });
    expect(here.server.requests.map(({ verb, plural }) => `${verb} ${plural}`)).toEqual(['get leases', 'patch nodekubelets']);
    // From a cache it could be the Lease from before the approval was seen.
    expect(here.server.requests[0]?.query).not.toHaveProperty('resourceVersion');
  });

  test('is claimed though its leader has given the Lease back: no other leads yet', async () => {
    const here = await approved();
    const { spec, ...others } = here.server.object<Lease & { kind: string }>('leases', lease.name, lease.namespace);
    here.server.put({ ...others, spec: { ...spec, holderIdentity: '' } } as never);
    expect(await here.link.claim(request)).toEqual({ kind: 'Claimed' });
  });
});

describe('not claimed, and nothing is written:', () => {
  test.each<[string, Partial<Approval>, RegExp]>([
    ['of no term', { term: undefined as never }, /does not say in which term of the Lease kubelet-config\/leader .*update/],
    ['of another term', { term: 'frozen/2' }, /no longer leads \(its term was frozen\/2, .* is [0-9a-f-]{36}\/3\).*--lease-name/],
    ['that is over by the clock of the API server', { until: past }, /was good until 2026-01-31T09:00:00Z/],
    ['whose end cannot be read', { until: 'soon' }, /was good until soon/],
    ['for another request', { request: 'r0' }, /taken back/],
    ['for another revision', { revision: 'r0' }, /taken back/],
    ['that only lets the controller drain', { stage: 'Drain' }, /taken back/],
  ])('an approval %s', async (_what, approval, why) => {
    const here = await approved(approval);
    expect(await here.link.claim(request)).toEqual({ kind: 'NotClaimed', why: expect.stringMatching(why) });
    expect(claimed(here)).toBeUndefined();
    expect(here.server.requests.filter(({ verb }) => verb === 'patch')).toEqual([]);
  });

  test('one of the leader before, after a takeover', async () => {
    const here = await approved();
    lead(here.server, 4);
    expect(await here.link.claim(request)).toMatchObject({ kind: 'NotClaimed', why: expect.stringContaining('no longer leads') });
    expect(claimed(here)).toBeUndefined();
  });

  test('one from before the Lease was deleted and made again, with the same transitions', async () => {
    const here = await approved();
    here.server.remove('leases', lease.name, lease.namespace);
    lead(here.server, 3);
    expect(await here.link.claim(request)).toMatchObject({ kind: 'NotClaimed', why: expect.stringContaining('no longer leads') });
  });

  test('while there is no Lease', async () => {
    const here = await approved();
    here.server.remove('leases', lease.name, lease.namespace);
    const why = expect.stringMatching(/kubelet-config\/leader cannot be read: .*not found.*start the controller/);
    expect(await here.link.claim(request)).toEqual({ kind: 'NotClaimed', why });
  });

  test.each([
    [403, /the manifests of this version, which let agents read it/],
    [500, /cannot be read/],
  ])('while the Lease cannot be read (%i)', async (status, why) => {
    const here = await approved();
    here.server.misbehave({ path: (path) => path.endsWith('/leases/leader') }, { type: 'Refuse', status });
    expect(await here.link.claim(request)).toEqual({ kind: 'NotClaimed', why: expect.stringMatching(why) });
    expect(claimed(here)).toBeUndefined();
  });

  test('when the approval was taken back while the Lease was read', async () => {
    const here = await approved();
    const hold = here.server.misbehave({ path: (path) => path.endsWith('/leases/leader') }, { type: 'Hold', when: 'After' });
    const result = here.link.claim(request);
    await expect.poll(() => hold.met).toBe(1);
    here.server.put({ ...stored(here), spec: { approval: { request: '' } } } as never);
    hold.release();
    expect(await result).toEqual({ kind: 'NotClaimed', why: 'the NodeKubelet was changed at the same time' });
    expect(claimed(here)).toBeUndefined();
    expect(here.changes()).toBe(1);
  });
});

describe('a claim whose answer does not come', () => {
  test('and that was stored is used up: the next request has another id', async () => {
    const here = await approved();
    here.server.misbehave({ path: isClaim }, { type: 'Cut', when: 'After' });
    expect(await here.link.claim(request)).toMatchObject({ kind: 'NotClaimed' });
    expect(here.link.permission({ name: 'a', uid: '' }, 'next')).toMatchObject({ claimed: 'r1', request: { id: 'r1' } });
    expect(here.changes()).toBe(1);
  });

  test('and that was not stored can be tried again', async () => {
    const here = await approved();
    here.server.misbehave({ path: isClaim }, { type: 'Cut', when: 'Before' });
    expect(await here.link.claim(request)).toMatchObject({ kind: 'NotClaimed' });
    // Nothing has changed: another pass at once would only fail again.
    expect(here.changes()).toBe(0);
    expect(await here.link.claim(request)).toEqual({ kind: 'Claimed' });
  });

  test('and that is stored later is a conflict for the next one', async () => {
    const here = await approved();
    const seen = stored(here);
    here.server.misbehave({ path: isClaim }, { type: 'Cut', when: 'Before' });
    await here.link.claim(request);
    here.server.put({ ...seen, status: { ...seen.status, claimed: 'r1' } } as never);
    expect(await here.link.claim(request)).toMatchObject({ kind: 'NotClaimed', why: expect.stringContaining('changed') });
  });
});
