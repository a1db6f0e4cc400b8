/**
 * A cluster of many nodes: a real API server with manifests/ applied, agents and hosts in this process, and
 * the kubelets' reports of the Nodes. Controllers are started by the tests.
 */

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import type { KubeletConfig, KubeletConfigSpec } from '../../src/api/types.ts';
import { connect } from '../../src/cluster/client.ts';
import { loadCredentials } from '../../src/cluster/credentials.ts';
import type { KubernetesApi } from '../../src/cluster/kubernetes-api.ts';
import { kubeletConfig } from '../builders.ts';
import { type BuiltProgram, buildProgram } from '../built-program.ts';
import { unit } from '../node/machine.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { type Controllers, startControllers } from './controllers.ts';
import { createNode, manifests, setReady, userOf } from './fleet.ts';
import { writeKubeconfig } from './kubeconfig-file.ts';
import { resource, succeed } from './kubelet-configs.ts';
import { type MemoryNode, startMemoryNode } from './memory-node.ts';
import { scratchDirectory } from './program.ts';
import { type RolloutWitness, witnessRollouts } from './rollout-witness.ts';

export interface MemoryFleet {
  readonly plane: ControlPlane;
  readonly program: BuiltProgram;
  readonly nodes: readonly MemoryNode[];
  readonly witness: RolloutWitness;
  /** With the rights of an administrator. */
  readonly api: KubernetesApi;
  /** The values of --v with which no kubelet comes up. */
  readonly broken: Set<number>;
  /** Agents that are about to claim an approval wait until `open`. */
  readonly gate: { close(): void; open(): void };
  /** @param words of the command line of each */
  startControllers(count: number, ...words: string[]): Promise<Controllers>;
  apply(object: KubeletConfig): Promise<void>;
  object(name: string): Promise<KubeletConfig>;
  /** Waits until all nodes run the object as it is, with this verbosity. */
  everywhere(v: number): Promise<void>;
  stop(): Promise<void>;
}

/** Every node; quick to prove. */
export function workers(v: number, rollout: NonNullable<KubeletConfigSpec['rollout']>): KubeletConfig {
  return kubeletConfig('workers', {
    kubelet: { flags: { v } },
    launcher: { host: {} },
    health: { minReadySeconds: 0, timeoutSeconds: 60 },
    rollout,
  });
}

export async function startMemoryFleet(count: number): Promise<MemoryFleet> {
  const directory = await scratchDirectory('fleet');
  const plane = await startControlPlane();
  const program = buildProgram();
  await succeed(plane, ['apply', '-k', manifests]);
  await succeed(plane, ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  const clientOf = (token: string, name: string): KubernetesApi => {
    const kubeconfig = writeKubeconfig(directory, userOf(plane, token), `${name}.kubeconfig`);
    return connect(loadCredentials({ kubeconfig, environment: {} }), { userAgent: name });
  };
  const api = clientOf(plane.token, 'administrator');
  const broken = new Set<number>();
  const gate = makeGate();
  const start = async (name: string): Promise<MemoryNode> => {
    await createNode(plane, name);
    const root = join(directory, name);
    await mkdir(join(root, 'run'), { recursive: true });
    const client = clientOf(await agentToken(plane, name), name);
    return startMemoryNode({ name, api: client, root, isBroken: (v) => broken.has(v), beforeClaim: gate.passed });
  };
  const nodes = await Promise.all(nodeNames(count).map(start));
  const stopping = new AbortController();
  const reports = reportAfterStarts(plane, nodes, stopping.signal);
  const witness = await witnessRollouts(api);
  const started: Controllers[] = [];
  const object = async (name: string) => (await plane.request('GET', `${resource}/${name}`)).body as KubeletConfig;
  return {
    plane,
    program,
    nodes,
    witness,
    api,
    broken,
    gate,
    startControllers: async (many, ...words) => {
      const token = await succeed(plane, ['create', 'token', 'controller', '--namespace=kubelet-config', '--duration=2h']);
      const kubeconfig = writeKubeconfig(directory, userOf(plane, token.trim()), 'controller');
      const controllers = startControllers({ program, api, kubeconfig, count: many, words });
      started.push(controllers);
      return controllers;
    },
    apply: async (applied) => {
      const edited = await plane.request('PATCH', `${resource}/${applied.metadata.name}`, { spec: applied.spec });
      const { status, body } = edited.status === 404 ? await plane.request('POST', resource, applied) : edited;
      if (status !== 200 && status !== 201) throw new Error(`not stored: ${status} ${JSON.stringify(body)}`);
    },
    object,
    everywhere: async (v) => {
      await expect.poll(async () => isThrough(await object('workers'), count), { timeout: 90_000 }).toBe(true);
      expect(nodes.filter((node) => node.verbosity() !== v).map(({ name }) => name)).toEqual([]);
    },
    stop: async () => {
      gate.open();
      stopping.abort();
      for (const controllers of started) await controllers.stop();
      await Promise.all([reports, ...nodes.map((node) => node.stop())]);
      await witness.stop();
      await program.remove();
      await plane.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Whether all nodes run the object in its present generation, and none changes any more. */
export function isThrough({ metadata, status }: KubeletConfig, count: number): boolean {
  const { updated = 0, updating = 0 } = status?.nodes ?? {};
  return status?.observedGeneration === metadata.generation && updated === count && updating === 0;
}

export function nodeNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `node-${String(index).padStart(2, '0')}`);
}

/** A token that is bound to the Node, as that of a pod is. */
async function agentToken(plane: ControlPlane, name: string): Promise<string> {
  const node = await plane.request('GET', `/api/v1/nodes/${name}`);
  const { uid } = (node.body as { metadata: { uid: string } }).metadata;
  const spec = { boundObjectRef: { apiVersion: 'v1', kind: 'Node', name, uid }, expirationSeconds: 7200 };
  const path = '/api/v1/namespaces/kubelet-config/serviceaccounts/agent/token';
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  const answer = await plane.request('POST', path, body);
  if (answer.status !== 201) throw new Error(`no token for ${name}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return (answer.body as { status: { token: string } }).status.token;
}

function makeGate() {
  let waiting: Promise<void> = Promise.resolve();
  let open: () => void = () => undefined;
  return {
    passed: () => waiting,
    close: () => {
      open();
      waiting = new Promise((resolve) => {
        open = resolve;
      });
    },
    open: () => open(),
  };
}

/**
 * Writes the condition Ready whenever a kubelet was started, as the kubelet does. Times in it have whole
 * seconds, so that a start within the second of the last report is told in the next one.
 */
async function reportAfterStarts(plane: ControlPlane, nodes: readonly MemoryNode[], signal: AbortSignal): Promise<void> {
  const begun = Math.floor(Date.now() / 1000);
  const told = new Map(nodes.map((node) => [node, { run: '', second: begun }]));
  while (!signal.aborted) {
    const tell = async (node: MemoryNode): Promise<void> => {
      const { activeState, invocationId } = await node.machine.systemd.status(unit);
      const last = told.get(node);
      const second = Math.floor(Date.now() / 1000);
      if (activeState !== 'active' || invocationId === last?.run || second === last?.second) return;
      await setReady(plane, node.name, 'True');
      told.set(node, { run: invocationId, second });
    };
    await Promise.all(nodes.map((node) => tell(node).catch(() => undefined)));
    await setTimeout(200, undefined, { signal }).catch(() => undefined);
  }
}
