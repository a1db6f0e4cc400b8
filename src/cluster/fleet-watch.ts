/**
 * Everything that the controller watches: KubeletConfigs, NodeKubelets and Nodes, without the parts that it
 * does not read.
 */

import { isDeepStrictEqual } from 'node:util';
import type { KubeletConfig, NodeKubelet } from '../api/types.ts';
import type { FleetNode, FleetView } from '../fleet/fleet.ts';
import { kubeletConfigs, nodeKubelets } from './own-resources.ts';
import { type Node, nodes } from './resources.ts';
import { informerOf, type WatchingOptions } from './watching.ts';

export interface FleetWatch {
  /** Undefined until all three have been listed, and while the API server does not answer for one of them. */
  view(): FleetView | undefined;
  /** Takes the answer to a write of our own, before the watch reports it. */
  absorbKubeletConfig(object: KubeletConfig): void;
  /** Likewise. */
  absorbNodeKubelet(object: NodeKubelet): void;
  /** Likewise. */
  absorbNode(node: Node): void;
  stop(): Promise<void>;
}

/**
 * Starts to list and watch at once. Goes on until `stop`, whatever errors there are.
 *
 * A NodeKubelet goes when its Node is registered anew, also in the middle of a change. A new leader must not
 * overlook that: Nodes are listed after NodeKubelets, and the first view shows NodeKubelets as they were
 * listed. So either it shows who holds a grant, or the Node is so young that it may hold one.
 */
export function watchFleet(options: WatchingOptions): FleetWatch {
  const objects = informerOf(options, { resource: kubeletConfigs });
  const reports = informerOf(options, { resource: nodeKubelets, keep: withoutDetails });
  const machines = informerOf(options, { resource: nodes, keep: withoutRest, isNews: isOtherNode });
  const informers = [objects, reports, machines];
  let listed: readonly NodeKubelet[] | undefined;
  objects.start();
  reports.start();
  void reports.whenSynced().then((synced) => {
    if (!synced) return;
    listed = [...reports.objects.values()];
    machines.start();
  });
  return {
    view: () => {
      if (!informers.every(({ synced, contact }) => synced && contact.answering)) return undefined;
      const nodeKubelets = listed ?? [...reports.objects.values()];
      // What has happened since the list is for the next view.
      if (listed) options.onChange();
      listed = undefined;
      return {
        kubeletConfigs: [...objects.objects.values()],
        nodes: [...machines.objects.values()].map(fleetNode),
        nodeKubelets,
        time: options.api.serverTime(),
      };
    },
    absorbKubeletConfig: (object) => objects.absorb(object),
    absorbNodeKubelet: (object) => reports.absorb(object),
    absorbNode: (node) => machines.absorb(node),
    stop: async () => {
      await Promise.all(informers.map((informer) => informer.stop()));
    },
  };
}

/** There are thousands of NodeKubelets. Left out here is what only people and commands read. */
function withoutDetails({ status, ...object }: NodeKubelet): NodeKubelet {
  if (!status) return object;
  const { conditions: _conditions, pending: _pending, inUse: _inUse, ...rest } = status;
  return { ...object, status: rest };
}

/** A Node is large, and the kubelet writes it every few minutes, for addresses, images and volumes. */
function withoutRest({ metadata, spec, status }: Node): Node {
  const { name, uid, resourceVersion, creationTimestamp, deletionTimestamp, labels } = metadata;
  const { unschedulable, taints } = spec ?? {};
  const conditions = (status?.conditions ?? []).filter(({ status: holds }) => holds === 'True');
  return {
    metadata: {
      name,
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(creationTimestamp !== undefined && { creationTimestamp }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      ...(labels !== undefined && { labels }),
    },
    ...((unschedulable || taints) && { spec: { ...(unschedulable && { unschedulable }), ...(taints && { taints }) } }),
    status: { conditions: conditions.map(({ type, status: holds }) => ({ type, status: holds })) },
  };
}

/** What the fleet reads of a Node. */
export function fleetNode({ metadata, spec, status }: Node): FleetNode {
  const conditions = (status?.conditions ?? []).flatMap(({ type, status: holds }) => (holds === 'True' ? [type] : []));
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    labels: metadata.labels ?? {},
    ready: conditions.includes('Ready'),
    schedulable: spec?.unschedulable !== true,
    deleting: metadata.deletionTimestamp !== undefined,
    ...(metadata.creationTimestamp !== undefined && { createdAt: metadata.creationTimestamp }),
    taints: spec?.taints ?? [],
    conditions,
  };
}

function isOtherNode(before: Node, after: Node): boolean {
  return !isDeepStrictEqual(fleetNode(before), fleetNode(after));
}
