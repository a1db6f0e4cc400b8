/** A rollout over many nodes: the controller as it is run, against the double of an API server; the agents are a few lines. */

import { get } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { kubeletConfigCrd, nodeKubeletCrd } from '../../src/api/schema/crd.ts';
import type { KubeletConfig, NodeKubelet } from '../../src/api/types.ts';
import { kubeletConfig } from '../builders.ts';
import { start } from '../cli/in-process.ts';
import { session } from '../cli/session.ts';
import { eventually } from '../eventually.ts';
import { type ApiServerDouble, startApiServer } from '../fakes/api-server/server.ts';
import { nodesOfAFleet } from '../runs.ts';

const crds = [kubeletConfigCrd(), nodeKubeletCrd()];
const count = nodesOfAFleet;
const names = Array.from({ length: count }, (_, index) => `node-${String(index).padStart(3, '0')}`);
const workers: KubeletConfig = kubeletConfig('workers', {
  launcher: { host: {} },
  kubelet: { flags: { v: 2 } },
  rollout: { maxUnavailable: '10%' },
});

/** Every one reports what it is granted as done, and asks for what it has not got. @returns how many are under way */
function actAsAgents(server: ApiServerDouble): number {
  const { metadata } = server.object<KubeletConfig>('kubeletconfigs', 'workers');
  const object = { name: metadata.name, uid: metadata.uid ?? '', generation: metadata.generation ?? 0 };
  let underWay = 0;
  for (const found of server.objects<NodeKubelet>('nodekubelets')) {
    const { request } = found.status ?? {};
    const isGranted = request !== undefined && found.spec?.approval?.request === request.id;
    if (isGranted) underWay += 1;
    const runs = found.status?.inputs?.[0]?.generation;
    if (isGranted)
      server.put({
        ...found,
        status: { phase: 'UpToDate', claimed: request.id, inputs: [object], desired: [object] },
      } as NodeKubelet);
    else if (request === undefined && runs !== object.generation)
      server.put({
        ...found,
        status: {
          ...found.status,
          phase: 'Waiting',
          request: { id: `${found.metadata.name}-${object.generation}`, revision: 'r', reason: 'Change' },
          desired: [object],
        },
      } as NodeKubelet);
  }
  return underWay;
}

test('many nodes: never more than allowed at once, few writes, and little to read for each agent', async () => {
  const server = await startApiServer({ crds });
  onTestFinished(() => server.stop());
  server.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kubelet-config' } });
  for (const name of names) {
    const node = server.put<{ metadata: { uid: string } }>(readyNode(name));
    const owner = { apiVersion: 'v1', kind: 'Node', name, uid: node.metadata.uid };
    const nodeKubelet: NodeKubelet = {
      apiVersion: workers.apiVersion,
      kind: 'NodeKubelet',
      metadata: { name, ownerReferences: [owner] },
    };
    server.put(nodeKubelet);
  }
  server.put(workers);
  const delivered = watchAsAnAgent(server);
  const controller = start(['controller', '--kubeconfig', session().write('kubeconfig', server.kubeconfig())]);
  onTestFinished(async () => {
    controller.stop();
    await controller.ended;
  });

  const begun = performance.now();
  let most = 0;
  const status = () => server.object<KubeletConfig>('kubeletconfigs', 'workers').status;
  await eventually(() => {
    most = Math.max(most, actAsAgents(server));
    expect(status()?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True' });
  });
  expect(status()?.nodes).toMatchObject({ matched: count, updated: count });
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(count / 10);

  const written = server.requests.filter(({ verb, plural }) => verb === 'patch' && plural !== 'leases');
  const of = (plural: string, subresource?: 'status') =>
    written.filter((request) => request.plural === plural && request.subresource === subresource).length;
  expect(of('nodekubelets')).toBe(count);
  // When it was first seen, when it was done, and what came between.
  const reports = 4 + Math.floor((performance.now() - begun) / 15_000);
  expect(of('kubeletconfigs', 'status')).toBeLessThanOrEqual(reports);
  const statusBytes = Buffer.byteLength(JSON.stringify(status()));
  expect(statusBytes).toBeLessThanOrEqual(2048);
  // What a watch of all KubeletConfigs brings an agent: each write of the object, once.
  expect(delivered()).toBeLessThanOrEqual((3 + reports) * (2048 + 2048));
});

function readyNode(name: string) {
  const status = { conditions: [{ type: 'Ready', status: 'True' }] };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name }, status };
}

/** @returns how many bytes have come so far */
function watchAsAnAgent({ url, adminToken }: ApiServerDouble): () => number {
  let bytes = 0;
  const path = '/apis/kubelet-config.dev/v1alpha1/kubeletconfigs?watch=true';
  const request = get(`${url}${path}`, { headers: { authorization: `Bearer ${adminToken}` } }, (response) => {
    response.on('data', (piece: Buffer) => {
      bytes += piece.length;
    });
    response.on('error', () => undefined);
  });
  request.on('error', () => undefined);
  onTestFinished(() => void request.destroy());
  return () => bytes;
}
