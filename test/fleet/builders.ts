/** Nodes, and what their agents report: each test changes the one thing it is about. */

import type { KubeletConfig, KubeletConfigSpec, NodeKubelet, NodeKubeletStatus } from '../../src/api/types.ts';
import type { FleetNode, FleetView } from '../../src/fleet/fleet.ts';
import { kubeletConfig } from '../builders.ts';

/** Ready and schedulable. */
export function node(name: string, partial: Partial<FleetNode> = {}): FleetNode {
  return {
    name,
    uid: `node-${name}`,
    labels: {},
    ready: true,
    schedulable: true,
    deleting: false,
    taints: [],
    conditions: ['Ready'],
    ...partial,
  };
}

export const notReady = { ready: false };

/** As the API server stores it: with a uid and a generation; valid, and selecting every node. */
export function stored(
  name: string,
  spec: Partial<KubeletConfigSpec> = {},
  metadata: Partial<KubeletConfig['metadata']> = {},
): KubeletConfig {
  return kubeletConfig(
    name,
    { launcher: { host: {} }, ...spec },
    { uid: `uid-${name}`, generation: 1, finalizers: ['kubelet-config.dev/restore'], ...metadata },
  );
}

export function deleted(object: KubeletConfig): KubeletConfig {
  const metadata = { ...object.metadata, generation: (object.metadata.generation ?? 0) + 1 };
  return { ...object, metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
}

/** `workers@2`, or `workers` for its first generation. */
export function references(...objects: string[]): NonNullable<NodeKubeletStatus['inputs']> {
  return objects.map((text) => {
    const [name = '', generation = '1'] = text.split('@');
    return { name, uid: `uid-${name}`, generation: Number(generation) };
  });
}

export interface Report extends Omit<NodeKubeletStatus, 'request' | 'inputs' | 'desired'> {
  /** Id of the request. */
  readonly asks?: string;
  /** Id of the request that is granted. */
  readonly granted?: string;
  /** The objects of the applied revision. */
  readonly runs?: readonly string[];
  /** The objects that select the node. */
  readonly wants?: readonly string[];
  readonly version?: string;
}

export function nodeKubelet(name: string, report: Report = {}): NodeKubelet {
  const { asks, granted, runs = [], wants = [], version = '1', ...status } = report;
  return {
    apiVersion: 'kubelet-config.dev/v1alpha1',
    kind: 'NodeKubelet',
    metadata: {
      name,
      uid: `nk-${name}`,
      resourceVersion: version,
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid: `node-${name}` }],
    },
    ...(granted !== undefined && { spec: { approval: { request: granted, revision: 'r' } } }),
    status: {
      ...status,
      ...(asks !== undefined && { request: { id: asks, revision: 'r', reason: 'Change' as const } }),
      inputs: references(...runs),
      desired: references(...wants),
    },
  };
}

export function viewOf(
  kubeletConfigs: readonly KubeletConfig[],
  nodes: readonly FleetNode[],
  nodeKubelets: readonly NodeKubelet[],
): FleetView {
  return { kubeletConfigs, nodes, nodeKubelets, time: undefined };
}
