/** What one agent watches: the KubeletConfigs, its own Node and its own NodeKubelet; nothing of any other node (design F5). */

import { isDeepStrictEqual } from 'node:util';
import type { KubeletConfig, NodeKubelet } from '../api/types.ts';
import type { ClusterView, NodeSeen } from '../node/model/cluster-view.ts';
import { holdAnnotation, holdOfNode } from '../node/model/hold.ts';
import type { NodeKubeletCache } from './node-kubelet.ts';
import { kubeletConfigs, nodeKubelets } from './own-resources.ts';
import { type Node, nodes } from './resources.ts';
import { informerOf, type WatchingOptions } from './watching.ts';

export interface AgentWatchOptions extends WatchingOptions {
  readonly nodeName: string;
}

export interface AgentWatch {
  view(): ClusterView;
  readonly nodeKubelet: NodeKubeletCache;
  /** Resolves when all three have been listed, or the first of them could not be. */
  readonly settled: Promise<void>;
  stop(): Promise<void>;
}

export function watchForAgent(options: AgentWatchOptions): AgentWatch {
  const { nodeName } = options;
  let trouble: string | undefined;
  let inTrouble: () => void = () => undefined;
  const firstTrouble = new Promise<void>((resolve) => {
    inTrouble = resolve;
  });
  const watched = {
    ...options,
    onError: (plural: string, error: unknown, delay: number) => {
      trouble = error instanceof Error ? error.message : String(error);
      inTrouble();
      options.onError(plural, error, delay);
    },
  };
  const own = { fieldSelector: `metadata.name=${nodeName}` };
  const objects = informerOf(watched, { resource: kubeletConfigs, keep: withoutStatus, isNews: isEdited });
  const node = informerOf(watched, { resource: nodes, selection: own, keep: identityOf, isNews: isOtherNode });
  const nodeKubelet = informerOf(watched, { resource: nodeKubelets, selection: own, isNews: isAnswered });
  const informers = [objects, node, nodeKubelet];
  // Before, nothing can be said of what is there and what was granted.
  const isSynced = () => informers.every(({ synced }) => synced);
  for (const informer of informers) informer.start();
  const allSynced = Promise.all(informers.map((informer) => informer.whenSynced())).then(() => undefined);
  return {
    view: () => ({
      nodeName,
      trouble,
      kubeletConfigs: isSynced() ? [...objects.objects.values()] : undefined,
      node: isSynced() ? nodeSeen(node.objects.get(nodeName)) : 'NotListed',
    }),
    nodeKubelet: {
      current: () => nodeKubelet.objects.get(nodeName),
      absorb: (object) => nodeKubelet.absorb(object),
    },
    settled: Promise.race([allSynced, firstTrouble]),
    stop: async () => {
      await Promise.all(informers.map((informer) => informer.stop()));
    },
  };
}

/** The status is the controller's, is written often, and means nothing to an agent. */
function withoutStatus({ status: _status, ...object }: KubeletConfig): KubeletConfig {
  return object;
}

/** The generation counts the edits of spec, and the beginning of a deletion (k8s.io/apiserver registry/rest BeforeDelete). */
function isEdited(before: KubeletConfig, after: KubeletConfig): boolean {
  return (
    before.metadata.uid !== after.metadata.uid ||
    before.metadata.generation !== after.metadata.generation ||
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp
  );
}

/** A Node is written to every few minutes, for its addresses, images and volumes. */
function identityOf({ metadata, status }: Node): Node {
  const { name, uid, resourceVersion, labels, annotations } = metadata;
  const hold = annotations?.[holdAnnotation];
  const version = status?.nodeInfo?.kubeletVersion;
  return {
    metadata: {
      name,
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(labels !== undefined && { labels }),
      ...(hold !== undefined && { annotations: { [holdAnnotation]: hold } }),
    },
    ...(version !== undefined && { status: { nodeInfo: { kubeletVersion: version } } }),
  };
}

function isOtherNode(before: Node, after: Node): boolean {
  return (
    before.metadata.uid !== after.metadata.uid ||
    !isDeepStrictEqual(before.metadata.labels, after.metadata.labels) ||
    !isDeepStrictEqual(before.metadata.annotations, after.metadata.annotations) ||
    !isDeepStrictEqual(before.status, after.status)
  );
}

/** What the controller writes; our own reports are no news. */
function isAnswered(before: NodeKubelet, after: NodeKubelet): boolean {
  return (
    before.metadata.uid !== after.metadata.uid ||
    before.metadata.generation !== after.metadata.generation ||
    !isDeepStrictEqual(before.spec, after.spec)
  );
}

function nodeSeen(node: Node | undefined): NodeSeen | 'Missing' {
  if (node === undefined) return 'Missing';
  const { name, uid = '', labels = {}, annotations } = node.metadata;
  const kubeletVersion = node.status?.nodeInfo?.kubeletVersion || undefined;
  return { name, uid, labels, kubeletVersion, hold: holdOfNode(annotations) };
}
