/** The fleet in a real cluster: it reads from the informers and writes to the API server. */

import type { KubeletConfig, NodeKubelet, NodeKubeletSpec } from '../api/types.ts';
import { type Fleet, restoreFinalizer, type Written } from '../fleet/fleet.ts';
import { clusterDrain } from './cluster-drain.ts';
import type { NewEvent } from './event-object.ts';
import type { FleetWatch } from './fleet-watch.ts';
import type { JsonOperation, KubernetesApi, Patch } from './kubernetes-api.ts';
import { kubeletConfigs, nodeKubelets } from './own-resources.ts';
import { unlessStale } from './unless-stale.ts';

/** The field manager of everything that the controller writes. */
export const fieldManager = 'kubelet-config-controller';

export interface ClusterFleetOptions {
  readonly api: KubernetesApi;
  readonly watch: FleetWatch;
  readonly record: (event: NewEvent) => void;
}

/** Every write is compare-and-swap: `Stale` means that the object has changed since it was seen. */
export function clusterFleet({ api, watch, record }: ClusterFleetOptions): Fleet {
  const writeSpec = ({ metadata: { name, resourceVersion } }: NodeKubelet, spec: NodeKubeletSpec): Promise<Written> =>
    unlessStale(resourceVersion, async (version) => {
      const body: JsonOperation[] = [
        { op: 'add', path: '/metadata/resourceVersion', value: version.resourceVersion },
        { op: 'add', path: '/spec', value: spec },
      ];
      watch.absorbNodeKubelet(await api.patch(nodeKubelets, name, { type: 'Json', body }));
    });

  return {
    view: () => watch.view(),
    // spec.retry stays: the agent reads it once more when it sees the approval.
    approve: (seen, approval) => writeSpec(seen, { ...seen.spec, approval }),
    revoke: (seen) => writeSpec(seen, withoutApproval(seen.spec)),
    allowRetry: (seen, request) => writeSpec(seen, { ...seen.spec, retry: request }),
    ...clusterDrain({ api, absorb: (node) => watch.absorbNode(node) }),
    writeStatus: ({ metadata: { name, resourceVersion } }, status) =>
      // The version is needed, a uid is not enough: on the status subresource the API server ignores the uid
      // and writes to a new object of the same name.
      unlessStale(resourceVersion, async (version) => {
        const body = { metadata: { name, ...version }, status };
        const patch: Patch = { type: 'Apply', body, fieldManager };
        watch.absorbKubeletConfig(await api.patch(kubeletConfigs, name, patch, { subresource: 'status' }));
      }),
    setFinalizer: ({ metadata: { name, resourceVersion, finalizers = [] } }, present) =>
      unlessStale(resourceVersion, async (version) => {
        const others = finalizers.filter((finalizer) => finalizer !== restoreFinalizer);
        const wanted = present ? [...others, restoreFinalizer] : others;
        const patch: Patch = { type: 'Merge', body: { metadata: { ...version, finalizers: wanted } } };
        watch.absorbKubeletConfig(await api.patch(kubeletConfigs, name, patch));
      }),
    event: (object, { message, ...event }) => record({ ...event, note: message, regarding: referenceTo(object) }),
  };
}

/**
 * Of the two ways to say that nothing is approved, the one that is not there already. A write that changes
 * nothing makes no new version, and an approval that is still under way would be stored after it.
 */
function withoutApproval({ approval, ...others }: NodeKubeletSpec = {}): NodeKubeletSpec {
  return approval?.request === '' ? others : { ...others, approval: { request: '' } };
}

function referenceTo({ metadata: { name, uid } }: KubeletConfig): NewEvent['regarding'] {
  const { apiVersion, kind } = kubeletConfigs;
  return { apiVersion, kind, name, ...(uid !== undefined && { uid }) };
}
