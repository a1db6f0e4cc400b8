/**
 * What one agent sees of the API server, with its own delay. In place of the three informers of a real agent,
 * for thousands of agents; like them it never goes back to an older version.
 */

import type { KubeletConfig, NodeKubelet } from '../../src/api/types.ts';
import type { KubernetesObject } from '../../src/cluster/kubernetes-api.ts';
import { ObjectCache } from '../../src/cluster/object-cache.ts';
import type { NodeKubeletCache } from '../../src/cluster/own-node-kubelet.ts';
import { kubeletConfigs, nodeKubelets } from '../../src/cluster/own-resources.ts';
import { type Node, nodes } from '../../src/cluster/resources.ts';
import type { ClusterView } from '../../src/node/model/cluster-view.ts';
import { laneTo, type Surroundings } from './network.ts';
import type { SimulatedProcess } from './process.ts';
import type { StoreChange } from './store.ts';

export interface AgentView {
  view(): ClusterView;
  readonly nodeKubelet: NodeKubeletCache;
  /** Takes what the API server has changed. */
  take(change: StoreChange): void;
}

export function agentView(
  nodeName: string,
  process: SimulatedProcess,
  surroundings: Surroundings,
  onChange: () => void,
): AgentView {
  const { store, timers } = surroundings;
  const objects = new ObjectCache<KubeletConfig>(timers.now);
  const own = new ObjectCache<Node>(timers.now);
  const reports = new ObjectCache<NodeKubelet>(timers.now);
  const caches = new Map<string, ObjectCache<KubernetesObject>>([
    [kubeletConfigs.plural, objects as ObjectCache<KubernetesObject>],
    [nodes.plural, own as ObjectCache<KubernetesObject>],
    [nodeKubelets.plural, reports as ObjectCache<KubernetesObject>],
  ]);
  let isSynced = false;
  const lane = laneTo(process, surroundings);
  lane(() => {
    for (const object of store.all(kubeletConfigs.plural)) objects.put(object as KubeletConfig);
    for (const plural of [nodes.plural, nodeKubelets.plural]) {
      const found = store.find(plural, nodeName);
      if (found) caches.get(plural)?.put(found);
    }
    isSynced = true;
    onChange();
  });

  return {
    view: () => ({
      nodeName,
      connectError: undefined,
      kubeletConfigs: isSynced ? [...objects.objects.values()] : undefined,
      node: isSynced ? seen(own.objects.get(nodeName)) : 'NotListed',
    }),
    nodeKubelet: {
      current: () => reports.objects.get(nodeName),
      absorb: (object) => void reports.put(object),
    },
    take: ({ type, plural, object }) =>
      lane(() => {
        const cache = caches.get(plural);
        const { name, resourceVersion } = object.metadata;
        const change = type === 'Deleted' ? cache?.remove(name, resourceVersion) : cache?.put(object);
        if (change !== undefined) onChange();
      }),
  };
}

function seen(node: Node | undefined): ClusterView['node'] {
  if (!node) return 'Missing';
  const { name, uid = '', labels = {}, annotations = {} } = node.metadata;
  return { name, uid, labels, annotations, kubeletVersion: undefined };
}
