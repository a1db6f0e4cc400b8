/** All that the controller watches: KubeletConfigs, NodeKubelets and Nodes, each only as far as it means something to it. */

import { isDeepStrictEqual } from 'node:util';
import type { KubeletConfig, NodeKubelet } from '../api/types.ts';
import type { FleetNode, FleetView } from '../fleet/fleet.ts';
import { kubeletConfigs, nodeKubelets } from './own-resources.ts';
import { type Node, nodes } from './resources.ts';
import { informerOf, type WatchingOptions } from './watching.ts';

export interface FleetWatch {
  /** Undefined until all three have been listed, and while one of them does not answer. */
  view(): FleetView | undefined;
  /** What a write of our own returned, ahead of its event. */
  absorbKubeletConfig(object: KubeletConfig): void;
  absorbNodeKubelet(object: NodeKubelet): void;
  stop(): Promise<void>;
}

export function watchFleet(options: WatchingOptions): FleetWatch {
  const objects = informerOf(options, { resource: kubeletConfigs });
  const reports = informerOf(options, { resource: nodeKubelets, keep: withoutDetails });
  const machines = informerOf(options, { resource: nodes, keep: essence, isNews: isOther });
  const informers = [objects, reports, machines];
  for (const informer of informers) informer.start();
  return {
    view: () => {
      if (!informers.every(({ synced, contact }) => synced && contact.answering)) return undefined;
      return {
        kubeletConfigs: [...objects.objects.values()],
        nodes: [...machines.objects.values()].map(fleetNode),
        nodeKubelets: [...reports.objects.values()],
      };
    },
    absorbKubeletConfig: (object) => objects.absorb(object),
    absorbNodeKubelet: (object) => reports.absorb(object),
    stop: async () => {
      await Promise.all(informers.map((informer) => informer.stop()));
    },
  };
}

/** There are thousands of them, and what is left out here is for people who look at one. */
function withoutDetails({ status, ...object }: NodeKubelet): NodeKubelet {
  if (!status) return object;
  const { conditions: _conditions, pending: _pending, ...rest } = status;
  return { ...object, status: rest };
}

/** A Node is large, and written to every few minutes for its addresses, images and volumes. */
function essence({ metadata, spec, status }: Node): Node {
  const { name, uid, resourceVersion, deletionTimestamp, labels } = metadata;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    metadata: {
      name,
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      ...(labels !== undefined && { labels }),
    },
    ...(spec?.unschedulable && { spec: { unschedulable: true } }),
    ...(ready && { status: { conditions: [{ type: 'Ready', status: ready.status }] } }),
  };
}

export function fleetNode({ metadata, spec, status }: Node): FleetNode {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    labels: metadata.labels ?? {},
    ready: ready?.status === 'True',
    schedulable: spec?.unschedulable !== true,
    deleting: metadata.deletionTimestamp !== undefined,
  };
}

function isOther(before: Node, after: Node): boolean {
  return !isDeepStrictEqual(fleetNode(before), fleetNode(after));
}
