/** What is wrong on purpose in a controller, so that a test can see the checks find it. */

import type { KubeletConfig, NodeKubelet } from '../../src/api/types.ts';
import type { KubernetesApi, KubernetesObject, Resource } from '../../src/cluster/kubernetes-api.ts';
import { leases } from '../../src/cluster/resources.ts';
import type { Fleet, FleetView } from '../../src/fleet/fleet.ts';
import type { Mutation } from './settings.ts';

/** The fleet as a controller with this fault sees it. */
export function mutated(fleet: Fleet, mutation: Mutation | undefined): Fleet {
  switch (mutation) {
    case undefined:
    case 'NoFence':
      return fleet;
    case 'NoFailures':
      return seeing(fleet, (view) => ({
        ...view,
        kubeletConfigs: view.kubeletConfigs.map(withoutRollout),
        nodeKubelets: view.nodeKubelets.map(withoutFailures),
      }));
    case 'NoPlaces':
      return seeing(fleet, (view) => ({ ...view, kubeletConfigs: view.kubeletConfigs.map(withoutLimit) }));
    default:
      return mutation satisfies never;
  }
}

/** An API server that always says that the leader who approved the change of this node leads still. */
export function withoutFence(api: KubernetesApi, approvedIn: () => string | undefined): KubernetesApi {
  return {
    ...api,
    get: async <Body extends KubernetesObject>(resource: Resource<Body>, name: string): Promise<Body> => {
      const found = await api.get(resource, name);
      const [uid = '', transitions] = (approvedIn() ?? '').split('/');
      if (resource.plural !== leases('').plural) return found;
      return { ...found, metadata: { ...found.metadata, uid }, spec: { leaseTransitions: Number(transitions) } };
    },
  };
}

function seeing(fleet: Fleet, change: (view: FleetView) => FleetView): Fleet {
  return {
    ...fleet,
    view: () => {
      const view = fleet.view();
      return view && change(view);
    },
  };
}

function withoutRollout(object: KubeletConfig): KubeletConfig {
  const { rollout: _rollout, ...status } = object.status ?? {};
  return { ...object, status };
}

function withoutFailures({ status, ...object }: NodeKubelet): NodeKubelet {
  const { failures: _failures, phase, ...rest } = status ?? {};
  return { ...object, ...(status && { status: { ...rest, ...(phase && phase !== 'Failed' && { phase }) } }) };
}

function withoutLimit(object: KubeletConfig): KubeletConfig {
  const { canary: _canary, ...rollout } = object.spec.rollout ?? {};
  return { ...object, spec: { ...object.spec, rollout: { ...rollout, maxUnavailable: '100%', batches: 'Full' } } };
}
