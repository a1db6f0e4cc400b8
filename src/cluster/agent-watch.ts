/**
 * Everything that one agent watches: the KubeletConfigs, its own Node and its own NodeKubelet, and nothing of
 * any other node (design F5).
 */

import { isDeepStrictEqual } from 'node:util';
import type { KubeletConfig, NodeKubelet } from '../api/types.ts';
import type { ClusterView, NodeSeen } from '../node/model/cluster-view.ts';
import { holdAnnotation, holdOfNode } from '../node/model/hold.ts';
import type { NodeKubeletCache } from './own-node-kubelet.ts';
import { kubeletConfigs, nodeKubelets } from './own-resources.ts';
import { type Node, nodes } from './resources.ts';
import { informerOf, type WatchingOptions } from './watching.ts';

export interface AgentWatchOptions extends WatchingOptions {
  readonly nodeName: string;
}

export interface AgentWatch {
  /** What the API server has said so far. */
  view(): ClusterView;
  readonly nodeKubelet: NodeKubeletCache;
  /** Resolves when all three have been listed, or when the first attempt has failed. */
  readonly settled: Promise<void>;
  stop(): Promise<void>;
}

/** Starts to list and watch at once. Goes on until `stop`, whatever errors there are. */
export function watchForAgent(options: AgentWatchOptions): AgentWatch {
  const { nodeName } = options;
  const errors = watchErrors();
  const onError = (plural: string, error: unknown, delay: number) => {
    errors.note(error);
    options.onError(plural, error, delay);
  };
  const { objects, node, nodeKubelet } = informersFor({ ...options, onError });
  const informers = [objects, node, nodeKubelet];
  for (const informer of informers) informer.start();
  // Before all three were listed it is unknown what was granted, so nothing is shown.
  const isSynced = () => informers.every(({ synced }) => synced);
  const allSynced = Promise.all(informers.map((informer) => informer.whenSynced()));
  return {
    view: () => ({
      nodeName,
      connectError: errors.latest(),
      kubeletConfigs: isSynced() ? [...objects.objects.values()] : undefined,
      node: isSynced() ? nodeSeen(node.objects.get(nodeName)) : 'NotListed',
    }),
    nodeKubelet: {
      current: () => nodeKubelet.objects.get(nodeName),
      absorb: (object) => nodeKubelet.absorb(object),
    },
    settled: Promise.race([allSynced, errors.first]).then(() => undefined),
    stop: async () => {
      await Promise.all(informers.map((informer) => informer.stop()));
    },
  };
}

function informersFor(options: AgentWatchOptions) {
  const own = { fieldSelector: `metadata.name=${options.nodeName}` };
  const objects = informerOf(options, { resource: kubeletConfigs, keep: withoutStatus, isNews: isEdited });
  // Other programs write annotations all the time, and most of them concern no object.
  const readsAnnotations = () => [...objects.objects.values()].some(mayReadAnnotations);
  const isNews = (before: Node, after: Node) => isOtherNode(before, after) || (readsAnnotations() && isAnnotated(before, after));
  return {
    objects,
    node: informerOf(options, { resource: nodes, selection: own, keep: identityOf, isNews }),
    nodeKubelet: informerOf(options, { resource: nodeKubelets, selection: own, isNews: isAnswered }),
  };
}

/** The message of the latest error, and a promise that resolves at the first one. */
function watchErrors() {
  let message: string | undefined;
  let resolveFirst: () => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    resolveFirst = resolve;
  });
  const note = (error: unknown) => {
    message = error instanceof Error ? error.message : String(error);
    resolveFirst();
  };
  return { first, latest: () => message, note };
}

/** Drops the status: the controller writes it often, and agents do not read it. */
function withoutStatus({ status: _status, ...object }: KubeletConfig): KubeletConfig {
  return object;
}

/**
 * The generation grows with each edit of spec, and when a deletion begins (k8s.io/apiserver registry/rest
 * BeforeDelete).
 */
function isEdited(before: KubeletConfig, after: KubeletConfig): boolean {
  return (
    before.metadata.uid !== after.metadata.uid ||
    before.metadata.generation !== after.metadata.generation ||
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp
  );
}

/**
 * Keeps what the agent reads. The kubelet writes its Node every few minutes, for addresses, images and
 * volumes.
 */
function identityOf({ metadata, status }: Node): Node {
  const { name, uid, resourceVersion, creationTimestamp, labels, annotations } = metadata;
  const version = status?.nodeInfo?.kubeletVersion;
  return {
    metadata: {
      name,
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(creationTimestamp !== undefined && { creationTimestamp }),
      ...(labels !== undefined && { labels }),
      ...(annotations !== undefined && { annotations }),
    },
    ...(version !== undefined && { status: { nodeInfo: { kubeletVersion: version } } }),
  };
}

function isOtherNode(before: Node, after: Node): boolean {
  return (
    before.metadata.uid !== after.metadata.uid ||
    !isDeepStrictEqual(before.metadata.labels, after.metadata.labels) ||
    before.metadata.annotations?.[holdAnnotation] !== after.metadata.annotations?.[holdAnnotation] ||
    !isDeepStrictEqual(before.status, after.status)
  );
}

/** Whether an expression of the object may look at annotations of the Node. */
function mayReadAnnotations({ spec }: KubeletConfig): boolean {
  return (spec.computed ?? []).some(({ expression }) => expression.includes('annotations'));
}

function isAnnotated(before: Node, after: Node): boolean {
  return !isDeepStrictEqual(before.metadata.annotations, after.metadata.annotations);
}

/** Whether the controller has written something. Our own reports change the status only. */
function isAnswered(before: NodeKubelet, after: NodeKubelet): boolean {
  return (
    before.metadata.uid !== after.metadata.uid ||
    before.metadata.generation !== after.metadata.generation ||
    !isDeepStrictEqual(before.spec, after.spec)
  );
}

function nodeSeen(node: Node | undefined): NodeSeen | 'Missing' {
  if (node === undefined) return 'Missing';
  const { name, uid = '', creationTimestamp: createdAt, labels = {}, annotations = {} } = node.metadata;
  const kubeletVersion = node.status?.nodeInfo?.kubeletVersion || undefined;
  return { name, uid, labels, annotations, kubeletVersion, hold: holdOfNode(name, annotations), createdAt };
}
