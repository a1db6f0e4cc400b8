/** What a test with pods waits for, and the objects that it hands to the cluster. */

import { expect } from 'vitest';
import type { KubeletConfig, KubeletConfigSpec, NodeKubelet } from '../../src/api/types.ts';
import { kubeletConfig } from '../builders.ts';
import type { PodCluster } from './cluster.ts';
import type { PodNode } from './node.ts';

/** The limit ends a test that hangs. */
export const patience = { timeout: 300_000, interval: 250 };
export const namespace = '--namespace=kubelet-config';

/** Adds to the kubelets that kubeadm has set up on the nodes with the label role=worker. */
export const workers = (maxPods: number, spec: Partial<KubeletConfigSpec> = {}): KubeletConfig =>
  kubeletConfig('workers', {
    nodeSelector: { matchLabels: { role: 'worker' } },
    kubelet: { configuration: { maxPods } },
    launcher: { existing: {} },
    health: { minReadySeconds: 3, timeoutSeconds: 120 },
    ...spec,
  });

/** Long enough for a test to act in the middle of the proof. */
export const longProof = { health: { minReadySeconds: 25, timeoutSeconds: 240 } };

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: { readonly containerStatuses?: readonly { readonly ready: boolean; readonly restartCount: number }[] };
}

export interface Observed {
  /** What the kubelet tells the cluster that it has in force. */
  capacity(node: PodNode): Promise<string | undefined>;
  isNodeReady(node: PodNode): Promise<boolean>;
  kubeletConfig(): Promise<KubeletConfig | undefined>;
  nodeKubelet(node: PodNode): Promise<NodeKubelet | undefined>;
  agentPods(): Promise<readonly Pod[]>;
  /** Resolves when the node runs with so many pods, proved and reported, and nothing of the change is open. */
  settled(node: PodNode, maxPods: number): Promise<void>;
  /** Resolves in the middle of a proof: the kubelet runs with the new files, and the change is open. */
  proving(node: PodNode, before: { readonly invocation: string }): Promise<void>;
}

interface Node {
  readonly status: {
    readonly capacity: { readonly pods?: string };
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
  };
}

export function observe(cluster: PodCluster): Observed {
  const nodeOf = (node: PodNode) => cluster.get<Node>('node', node.name);
  const observed: Observed = {
    capacity: async (node) => (await nodeOf(node))?.status.capacity.pods,
    isNodeReady: async (node) =>
      (await nodeOf(node))?.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True') === true,
    kubeletConfig: () => cluster.get<KubeletConfig>('kubeletconfig', 'workers'),
    nodeKubelet: (node) => cluster.get<NodeKubelet>('nodekubelet', node.name),
    agentPods: async () => {
      const list = await cluster.get<{ items: Pod[] }>('pods', namespace, '--selector=app.kubernetes.io/component=agent');
      return list?.items ?? [];
    },
    settled: async (node, maxPods) => {
      await expect.poll(() => observed.capacity(node), patience).toBe(String(maxPods));
      await expect.poll(async () => (await observed.nodeKubelet(node))?.status?.phase, patience).toBe('UpToDate');
      expect(node.isArmed()).toBe(false);
      await expect.poll(() => observed.isNodeReady(node), patience).toBe(true);
      await cluster.kubectl('wait', '--for=condition=Ready', 'kubeletconfig/workers', '--timeout=120s');
    },
    proving: async (node, { invocation }) => {
      const isProving = async () => {
        const { pid, invocation: now } = await node.kubelet();
        return node.isArmed() && pid !== '0' && now !== invocation;
      };
      await expect.poll(isProving, patience).toBe(true);
    },
  };
  return observed;
}
