/** Pods on the nodes of a real API server without kubelets, and a disruption budget: the test is kubelet and disruption controller. */

import type { ControlPlane } from './control-plane.ts';
import { succeed } from './kubelet-configs.ts';

export interface WebPods {
  /** Creates a pod that runs on the node, and belongs to a controller of this kind. @param app its label */
  run(name: string, node: string, kind: 'ReplicaSet' | 'DaemonSet', app?: string): Promise<void>;
  /** Creates the budget `web` of the pods with the label app=web; it allows no disruption yet. */
  createBudget(): Promise<void>;
  /** What the disruption controller writes. */
  allow(disruptionsAllowed: number): Promise<void>;
  /** Ends a pod as the kubelet does when its containers have ended. */
  end(name: string): Promise<void>;
  /** The names of all, `(ending)` behind those that are being deleted. */
  names(): Promise<string[]>;
}

export function webPods(plane: ControlPlane): WebPods {
  const create = (object: object) => succeed(plane, ['create', '-f', '-'], JSON.stringify(object));
  const writeStatus = (kind: string, name: string, status: object) =>
    succeed(plane, ['patch', kind, name, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })]);
  const allow = async (disruptionsAllowed: number): Promise<void> => {
    const counts = { currentHealthy: 2, desiredHealthy: 2, expectedPods: 2 };
    await writeStatus('pdb', 'web', { observedGeneration: 1, disruptionsAllowed, ...counts });
  };
  return {
    allow,
    run: async (name, node, kind, app = name) => {
      const owner = { apiVersion: 'apps/v1', kind, name: 'web', uid: 'uid-of-web', controller: true };
      const metadata = { name, namespace: 'default', labels: { app }, ownerReferences: [owner] };
      const spec = { nodeName: node, containers: [{ name: 'main', image: 'example.com/none' }] };
      await create({ apiVersion: 'v1', kind: 'Pod', metadata, spec });
      await writeStatus('pod', name, { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] });
    },
    createBudget: async () => {
      const metadata = { name: 'web', namespace: 'default' };
      const spec = { maxUnavailable: 0, selector: { matchLabels: { app: 'web' } } };
      await create({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec });
      await allow(0);
    },
    end: async (name) => void (await succeed(plane, ['delete', 'pod', name, '--grace-period=0', '--force'])),
    names: async () => {
      const { body } = await plane.request('GET', '/api/v1/namespaces/default/pods');
      const { items } = body as { readonly items: readonly { readonly metadata: Metadata }[] };
      return items
        .map(({ metadata: { name, deletionTimestamp } }) => `${name}${deletionTimestamp === undefined ? '' : ' (ending)'}`)
        .sort();
    },
  };
}

interface Metadata {
  readonly name: string;
  readonly deletionTimestamp?: string;
}
