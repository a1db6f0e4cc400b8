/**
 * A small cluster: a real API server with manifests/ applied, machines with real systemd and an agent each,
 * and a controller.
 */

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { KubeletConfig, NodeKubelet } from '../../src/api/types.ts';
import { type BuiltProgram, buildProgram, type RunningProgram } from '../built-program.ts';
import { type KubeletHost, startKubeletHost } from '../kubelet-host.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { kubeconfigText } from './kubeconfig-file.ts';
import { resource, succeed } from './kubelet-configs.ts';
import { scratchDirectory } from './program.ts';

export interface FleetNode {
  readonly name: string;
  readonly host: KubeletHost;
  agent: RunningProgram;
}

export interface Fleet {
  readonly plane: ControlPlane;
  readonly program: BuiltProgram;
  readonly nodes: readonly FleetNode[];
  controller: RunningProgram;
  node(name: string): FleetNode;
  /** Starts an agent with a token of its own, which is bound to the Node as that of a pod is. */
  startAgent(name: string, ...words: string[]): Promise<void>;
  startController(): Promise<void>;
  apply(...objects: readonly KubeletConfig[]): Promise<void>;
  label(name: string, ...labels: string[]): Promise<void>;
  kubeletConfig(name: string): Promise<KubeletConfig | undefined>;
  nodeKubelet(name: string): Promise<NodeKubelet | undefined>;
  /** The command line of the kubelet that runs on the node. */
  kubeletWords(name: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export const manifests = fileURLToPath(new URL('../../manifests', import.meta.url));

export async function startFleet(names: readonly string[]): Promise<Fleet> {
  const directory = await scratchDirectory('fleet');
  const [plane, hosts] = await Promise.all([
    startControlPlane(),
    Promise.all(names.map(() => startKubeletHost({ hostNetwork: false }))),
  ]);
  const program = buildProgram();
  await succeed(plane, ['apply', '-k', manifests]);
  await succeed(plane, ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  for (const name of names) await createNode(plane, name);

  const kubeconfig = async (name: string, token: string) => {
    const path = join(directory, `${name}.kubeconfig`);
    await writeFile(path, kubeconfigText(userOf(plane, token)), { mode: 0o600 });
    return path;
  };
  const ended = { ended: Promise.resolve(0) } as unknown as RunningProgram;
  const nodes: FleetNode[] = names.map((name, index) => ({ name, host: hosts[index] as KubeletHost, agent: ended }));
  const node = (name: string) => {
    const found = nodes.find((one) => one.name === name);
    if (!found) throw new RangeError(`there is no node ${name}`);
    return found;
  };

  const reporting = new AbortController();
  const reports = nodes.map(({ name, host }) => reportAfterStarts(plane, name, host, reporting.signal));
  const fleet: Fleet = {
    plane,
    program,
    nodes,
    controller: ended,
    node,
    startAgent: async (name, ...words) => {
      const bound = [`--bound-object-kind=Node`, `--bound-object-name=${name}`];
      const token = await succeed(plane, ['create', 'token', 'agent', '--namespace=kubelet-config', ...bound]);
      const credentials = `--kubeconfig=${await kubeconfig(name, token.trim())}`;
      const { host } = node(name);
      node(name).agent = program.start(['agent', '--source=cluster', `--root=${host.root}`, credentials, ...words]);
    },
    startController: async () => {
      const token = await succeed(plane, ['create', 'token', 'controller', '--namespace=kubelet-config']);
      const credentials = `--kubeconfig=${await kubeconfig('controller', token.trim())}`;
      const start = () => {
        fleet.controller = program.start(['controller', '--namespace=kubelet-config', credentials]);
        // Restarts it as a Deployment does, until the fleet is stopped.
        void fleet.controller.ended.then((code) => {
          if (code !== 'SIGKILL') start();
        });
      };
      start();
    },
    apply: async (...objects) => {
      await succeed(plane, ['apply', '-f', '-'], objects.map((object) => JSON.stringify(object)).join('\n---\n'));
    },
    label: async (name, ...labels) => void (await succeed(plane, ['label', '--overwrite', 'node', name, ...labels])),
    kubeletConfig: (name) => read<KubeletConfig>(plane, `${resource}/${name}`),
    nodeKubelet: (name) => nodeKubelet(plane, name),
    kubeletWords: async (name) => (await node(name).host.process('/usr/bin/kubelet')).words,
    stop: async () => {
      reporting.abort();
      await Promise.all(reports);
      await program.remove();
      await Promise.all([...hosts.map(({ guest }) => guest.stop()), plane.stop()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
  return fleet;
}

/** Writes the condition Ready whenever the kubelet of a machine was started, as a kubelet does. */
async function reportAfterStarts(plane: ControlPlane, name: string, host: KubeletHost, signal: AbortSignal): Promise<void> {
  let reported = '';
  while (!signal.aborted) {
    const { invocation, active } = await host.unit().catch(() => ({ invocation: '', active: '' }));
    if (active === 'active' && invocation !== reported) {
      const isWritten = await setReady(plane, name, 'True').then(
        () => true,
        () => false,
      );
      if (isWritten) reported = invocation;
    }
    // systemd in the machine tells nobody outside of it, so it is asked.
    await setTimeout(500, undefined, { signal }).catch(() => undefined);
  }
}

/** Creates a Node as a kubelet registers it, with the condition Ready. */
export async function createNode(plane: ControlPlane, name: string): Promise<void> {
  const labels = { 'kubernetes.io/hostname': name };
  const { status } = await plane.request('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } });
  expect(status).toBe(201);
  await setReady(plane, name, 'True');
}

export async function setReady(plane: ControlPlane, name: string, ready: 'True' | 'False'): Promise<void> {
  const lastHeartbeatTime = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const condition = { type: 'Ready', status: ready, reason: 'Test', message: '', lastHeartbeatTime };
  const nodeInfo = { kubeletVersion: 'v1.30.2' };
  const { status } = await plane.request('PATCH', `/api/v1/nodes/${name}/status`, {
    status: { conditions: [condition], nodeInfo },
  });
  expect(status).toBe(200);
}

export function nodeKubelet(plane: ControlPlane, name: string): Promise<NodeKubelet | undefined> {
  return read<NodeKubelet>(plane, `/apis/kubelet-config.dev/v1alpha1/nodekubelets/${name}`);
}

async function read<Body>(plane: ControlPlane, path: string): Promise<Body | undefined> {
  const { status, body } = await plane.request('GET', path);
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
  return body as Body;
}

/** For a kubeconfig. */
export function userOf({ url, ca }: ControlPlane, token: string) {
  return { server: url, cluster: { 'certificate-authority-data': Buffer.from(ca).toString('base64') }, user: { token } };
}
