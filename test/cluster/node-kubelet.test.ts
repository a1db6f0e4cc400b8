/** What the agent writes to its NodeKubelet while a change is under way, against the double of an API server. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { nodeKubeletCrd } from '../../src/api/schema/crd.ts';
import type { NodeKubelet, NodeKubeletStatus } from '../../src/api/types.ts';
import { connect } from '../../src/cluster/client.ts';
import { loadCredentials } from '../../src/cluster/credentials.ts';
import { linkNodeKubelet } from '../../src/cluster/node-kubelet.ts';
import type { Progress } from '../../src/node/report/progress.ts';
import { startApiServer } from '../fakes/api-server/server.ts';
import { scratchDirectory } from './scratch.ts';

const node = { name: 'a', uid: 'node-a' };
const request = { id: 'r1', revision: 'r', reason: 'Change' } as const;
const changing = { phase: 'Applying', request, claimed: 'r1' } as const satisfies NodeKubeletStatus;
const proving: Progress = { step: 'Proving', objects: [], since: '2026-01-31T09:00:00Z' };

/** An agent that has seen this status; `undefined` for no NodeKubelet, null for one without a status. */
async function agent(status: NodeKubeletStatus | null | undefined) {
  const server = await startApiServer({ crds: [nodeKubeletCrd()] });
  onTestFinished(() => server.stop());
  const kubeconfig = join(scratchDirectory(), 'kubeconfig');
  writeFileSync(kubeconfig, server.kubeconfig());
  const api = connect(loadCredentials({ kubeconfig, environment: {} }), { userAgent: 'test' });
  const put = (next: NodeKubeletStatus | null) =>
    server.put({
      apiVersion: 'kubelet-config.dev/v1alpha1',
      kind: 'NodeKubelet',
      metadata: { name: 'a' },
      ...(next && { status: next }),
    } as never);
  if (status !== undefined) put(status);
  const current = () => server.objects<NodeKubelet>('nodekubelets')[0];
  const lease = { namespace: 'kubelet-config', name: 'leader' };
  const options = { api, lease, now: () => '2026-01-31T09:00:00Z', onChange: () => undefined };
  const link = linkNodeKubelet({ ...options, cache: { current, absorb: () => undefined } });
  const writes = () => server.requests.filter(({ method }) => method !== 'GET').length;
  return { server, link, put, writes, current };
}

describe('while a claimed change is open', () => {
  test('progress carries request and claim', async () => {
    const { link, current } = await agent(changing);
    await link.progress(node, proving);
    expect(current()?.status).toMatchObject({ request, claimed: 'r1', conditions: [{ reason: 'Applying' }, {}, {}] });
  });

  test.each([
    ['is gone', undefined],
    ['was made anew', null],
  ])('a NodeKubelet that %s is not written', async (_what, status) => {
    const { link, writes, current } = await agent(status);
    await link.progress(node, proving);
    expect(await link.report(node, () => ({ phase: 'Undoing' }), 'r1')).toBe('Unchanged');
    expect(writes()).toBe(0);
    expect(current()?.status).toBeUndefined();
  });

  test('a report is written to the NodeKubelet that shows the claim, and to no other', async () => {
    const { link, put, writes, current } = await agent(changing);
    const undoing = (): NodeKubeletStatus => ({ ...changing, phase: 'Undoing' });
    expect(await link.report(node, undoing, 'r1')).toBe('Written');
    expect(current()?.status).toMatchObject({ phase: 'Undoing', request, claimed: 'r1' });
    put({ phase: 'Waiting', request: { ...request, id: 'r2' }, claimed: 'r1' });
    expect(await link.report(node, undoing, 'r1')).toBe('Unchanged');
    expect(writes()).toBe(1);
  });

  test('a report that meets a conflict looks again first', async () => {
    const { server, link, put, current } = await agent(changing);
    const hold = server.misbehave({ method: 'PATCH' }, { type: 'Hold', when: 'Before' });
    const reported = link.report(node, () => ({ ...changing, phase: 'Undoing' }), 'r1');
    await expect.poll(() => hold.met).toBe(1);
    server.remove('nodekubelets', 'a');
    put(null);
    hold.release();
    expect(await reported).toBe('Unchanged');
    expect(current()?.status).toBeUndefined();
  });
});

test('after its end the report makes the NodeKubelet that is gone', async () => {
  const { link, current } = await agent(undefined);
  expect(await link.report(node, () => ({ phase: 'UpToDate' }))).toBe('Written');
  expect(current()).toMatchObject({ status: { phase: 'UpToDate' }, metadata: { ownerReferences: [{ uid: 'node-a' }] } });
});
