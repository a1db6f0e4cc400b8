/** The part of the fleet that drains need: taints of Nodes, the pods of a node, and their eviction. */

import { drainingTaintKey } from '../fleet/drain/taint.ts';
import type { Eviction, Fleet, FleetNode, FleetPod, FleetTaint, Written } from '../fleet/fleet.ts';
import { ApiError, type KubernetesApi } from './kubernetes-api.ts';
import { type Node, nodes, type Pod, type Eviction as PodEviction, pods, type Taint, type Toleration } from './resources.ts';
import { unlessStale } from './unless-stale.ts';

export interface ClusterDrainOptions {
  readonly api: KubernetesApi;
  /** Takes the answer to a write, before the watch reports it. */
  readonly absorb: (node: Node) => void;
}

/** @throws ApiError, each of the functions */
export function clusterDrain({ api, absorb }: ClusterDrainOptions): Pick<Fleet, 'setTaint' | 'removeTaint' | 'pods' | 'evict'> {
  /** The list of taints is replaced whole, so it is read just before: taints of others must not get lost. */
  const writeTaints = async (
    { name, uid }: FleetNode,
    change: (taints: readonly Taint[]) => readonly Taint[],
  ): Promise<Written> => {
    const found = await api.get(nodes, name).catch(unlessGone);
    if (found?.metadata.uid !== uid) return 'Stale';
    const before = found.spec?.taints ?? [];
    const taints = change(before);
    if (taints === before) return 'Written';
    return unlessStale(found.metadata.resourceVersion, async (version) => {
      absorb(await api.patch(nodes, name, { type: 'Merge', body: { metadata: version, spec: { taints } } }));
    });
  };
  return {
    setTaint: (node, taint) =>
      writeTaints(node, (taints) => {
        if (taints.some((one) => isSame(one, taint))) return taints;
        return [...taints.filter(({ key, effect }) => key !== taint.key || effect !== taint.effect), taint];
      }),
    removeTaint: (node, taint) =>
      writeTaints(node, (taints) => {
        const others = taints.filter((one) => !isSame(one, taint));
        return others.length === taints.length ? taints : others;
      }),
    pods: async (nodeName) => {
      const { items } = await api.list(pods(), { fieldSelector: `spec.nodeName=${nodeName}` });
      return items.map(fleetPod);
    },
    evict: (pod) => evict(api, pod),
  };
}

function isSame(one: Taint, other: FleetTaint): boolean {
  return one.key === other.key && one.effect === other.effect && (one.value ?? '') === (other.value ?? '');
}

function unlessGone(error: unknown): undefined {
  if (!(error instanceof ApiError && error.code === 'NotFound')) throw error;
}

/** The uid keeps a pod that was made anew under the same name, maybe on another node, from being evicted. */
async function evict(api: KubernetesApi, { namespace, name, uid }: FleetPod): Promise<Eviction> {
  const body: PodEviction = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
    deleteOptions: { preconditions: { uid } },
  };
  try {
    await api.createOn(pods(namespace), name, 'eviction', body);
    return 'Evicted';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === 'NotFound' || error.code === 'Conflict') return 'Gone';
    const budget = error.causes.find(({ reason }) => reason === 'DisruptionBudget');
    if (budget) return { refused: budget.message };
    throw error;
  }
}

/** What the fleet reads of a Pod. */
export function fleetPod({ metadata, spec, status }: Pod): FleetPod {
  const controller = metadata.ownerReferences?.find((owner) => owner.controller === true)?.kind;
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid ?? '',
    ...(controller !== undefined && { controller }),
    isMirror: metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined,
    isFinished: status?.phase === 'Succeeded' || status?.phase === 'Failed',
    deleting: metadata.deletionTimestamp !== undefined,
    hasEmptyDir: (spec?.volumes ?? []).some(({ emptyDir }) => emptyDir != null),
    toleratesDraining: tolerationOf(spec?.tolerations ?? []),
  };
}

/** A toleration with a value is for another taint: ours has another value each time. */
function tolerationOf(tolerations: readonly Toleration[]): FleetPod['toleratesDraining'] {
  const keys = tolerations.flatMap(({ key = '', operator, effect = '' }) =>
    operator === 'Exists' && ['', 'NoSchedule'].includes(effect) ? [key] : [],
  );
  if (keys.includes(drainingTaintKey)) return 'ByName';
  return keys.includes('') ? 'AsAnyTaint' : 'No';
}
