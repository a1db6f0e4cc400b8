/** The API server that a rollout is measured on: a real one, or its double. */

import { kubeletConfigCrd, nodeKubeletCrd } from '../../../src/api/schema/crd.ts';
import { startControlPlane } from '../../../test/cluster/control-plane.ts';
import { manifests, userOf } from '../../../test/cluster/fleet.ts';
import { writeKubeconfig } from '../../../test/cluster/kubeconfig-file.ts';
import { succeed } from '../../../test/cluster/kubelet-configs.ts';
import { startApiServer } from '../../../test/fakes/api-server/server.ts';

export interface FleetServer {
  readonly url: string;
  /** Of an administrator. */
  readonly token: string;
  readonly ca: string | undefined;
  /** Path, for the same administrator. */
  readonly kubeconfig: string;
  /** Path, for the controller. */
  readonly controllerKubeconfig: string;
  /** A Node that is Ready. */
  createNode(name: string): Promise<unknown>;
  /** The controller's requests so far, by kind, without those for its Lease. */
  controllerRequests(): Promise<ReadonlyMap<string, number>>;
  stop(): Promise<void>;
}

const ready = () => ({
  conditions: [{ type: 'Ready', status: 'True', reason: 'Bench', message: '', lastHeartbeatTime: '2026-01-01T00:00:00Z' }],
  nodeInfo: { kubeletVersion: 'v1.36.2' },
});

export async function realServer(scratch: string): Promise<FleetServer> {
  const plane = await startControlPlane();
  await succeed(plane, ['apply', '-k', manifests]);
  await succeed(plane, ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  const token = (await succeed(plane, ['create', 'token', 'controller', '--namespace=kubelet-config', '--duration=4h'])).trim();
  return {
    url: plane.url,
    token: plane.token,
    ca: plane.ca,
    kubeconfig: plane.kubeconfig,
    controllerKubeconfig: writeKubeconfig(scratch, userOf(plane, token), 'controller'),
    createNode: async (name) => {
      const node = { apiVersion: 'v1', kind: 'Node', metadata: { name } };
      await plane.request('POST', '/api/v1/nodes', node);
      const { status } = await plane.request('PATCH', `/api/v1/nodes/${name}/status`, { status: ready() });
      if (status !== 200) throw new Error(`the status of Node ${name} was not written: ${status}`);
    },
    controllerRequests: async () => {
      const isOurs = (username: string) => username === 'system:serviceaccount:kubelet-config:controller';
      const own = (await plane.audit()).filter(({ username }) => isOurs(username));
      return counted(own.map(({ verb, resource, subresource }) => ({ verb, resource, subresource })));
    },
    stop: () => plane.stop(),
  };
}

export async function doubleServer(scratch: string): Promise<FleetServer> {
  const server = await startApiServer({ crds: [kubeletConfigCrd(), nodeKubeletCrd()] });
  server.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kubelet-config' } });
  server.tokens.set('of-the-controller', { username: 'controller', groups: [] });
  const write = (token: string, name: string) => writeKubeconfig(scratch, { server: server.url, user: { token } }, name);
  return {
    url: server.url,
    token: server.adminToken,
    ca: undefined,
    kubeconfig: write(server.adminToken, 'administrator'),
    controllerKubeconfig: write('of-the-controller', 'controller'),
    createNode: async (name) => server.put(readyNode(name)),
    controllerRequests: async () => {
      const own = server.requests.filter(({ username }) => username === 'controller');
      return counted(own.map(({ verb = '', plural = '', subresource = '' }) => ({ verb, resource: plural, subresource })));
    },
    stop: () => server.stop(),
  };
}

interface Requested {
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string;
}

function counted(requests: readonly Requested[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { verb, resource, subresource } of requests) {
    if (resource === 'leases') continue;
    const kind = `${verb} ${resource}/${subresource}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

function readyNode(name: string) {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name }, status: ready() };
}
