/** What evictions and taints need of an API server: part of the contract of api.contract.ts. */

import { describe, expect, test } from 'vitest';
import { clusterDrain } from '../../src/cluster/cluster-drain.ts';
import type { KubernetesApi, KubernetesObject, Resource } from '../../src/cluster/kubernetes-api.ts';
import { nodes, type Pod, pods } from '../../src/cluster/resources.ts';
import { drainingTaint } from '../../src/fleet/drain/taint.ts';
import type { FleetNode, FleetPod } from '../../src/fleet/fleet.ts';
import { freshName } from './fresh-name.ts';

interface Budget extends KubernetesObject {
  readonly spec?: { readonly maxUnavailable: number; readonly selector: { readonly matchLabels: object } };
  readonly status?: object;
}

const budgets: Resource<Budget> = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  namespace: 'default',
};

/** Runs against every API server that api.contract.ts runs against. */
export function evictionContract(world: () => { readonly api: KubernetesApi }): void {
  const api = () => world().api;
  const drain = () => clusterDrain({ api: api(), absorb: () => undefined });

  /** A running pod on a node; as no kubelet is there, an evicted one stays with its time of deletion. */
  async function runningPod(nodeName: string, others: Pod['spec'] = {}, app = freshName('app')): Promise<Pod> {
    const name = freshName('pod');
    const controller = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'uid-of-web', controller: true };
    const containers = [{ name: 'main', image: 'example.com/none' }];
    const spec = { nodeName, containers, ...others } as Pod['spec'];
    const metadata = { name, labels: { app }, ownerReferences: [controller] };
    await api().create(pods('default'), { metadata, ...(spec && { spec }) });
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    return api().patch(pods('default'), name, { type: 'Merge', body: { status } }, { subresource: 'status' });
  }

  async function budget(app: string, disruptionsAllowed: number): Promise<string> {
    const name = freshName('budget');
    const spec = { maxUnavailable: 1, selector: { matchLabels: { app } } };
    const { metadata } = await api().create(budgets, { metadata: { name }, spec });
    await allow(name, disruptionsAllowed, metadata.generation);
    return name;
  }

  /** As the controller of the budgets does, which runs in no test. */
  async function allow(name: string, disruptionsAllowed: number, observedGeneration = 1): Promise<void> {
    const healthy = { currentHealthy: 2, desiredHealthy: 2, expectedPods: 3 };
    const body = { status: { ...healthy, disruptionsAllowed, observedGeneration } };
    await api().patch(budgets, name, { type: 'Merge', body }, { subresource: 'status' });
  }

  async function only(nodeName: string): Promise<FleetPod> {
    const [pod, ...others] = await drain().pods(nodeName);
    if (!pod || others.length > 0) throw new Error(`not one pod on ${nodeName}`);
    return pod;
  }

  describe('a drain', () => {
    test('sees the pods of one node, and what decides about them', async () => {
      const nodeName = freshName('node');
      const everything = { volumes: [{ name: 'data', emptyDir: {} }], tolerations: [{ operator: 'Exists' }] };
      const { metadata } = await runningPod(nodeName, everything);
      await runningPod(freshName('node'));
      expect(await drain().pods(nodeName)).toEqual([
        {
          namespace: 'default',
          name: metadata.name,
          uid: metadata.uid,
          controller: 'ReplicaSet',
          isMirror: false,
          isFinished: false,
          deleting: false,
          hasEmptyDir: true,
          toleratesDraining: 'AsAnyTaint',
        },
      ]);
    });

    test('evicts a pod, which ends later', async () => {
      const nodeName = freshName('node');
      await runningPod(nodeName);
      expect(await drain().evict(await only(nodeName))).toBe('Evicted');
      expect(await only(nodeName)).toMatchObject({ deleting: true, hasEmptyDir: false, toleratesDraining: 'No' });
    });

    test('obeys a budget, and hears its name', async () => {
      const [nodeName, app] = [freshName('node'), freshName('app')];
      await runningPod(nodeName, {}, app);
      const name = await budget(app, 0);
      const refused = `The disruption budget ${name} needs 2 healthy pods and has 2 currently`;
      expect(await drain().evict(await only(nodeName))).toEqual({ refused });
      expect(await only(nodeName)).toMatchObject({ deleting: false });
      await allow(name, 1);
      expect(await drain().evict(await only(nodeName))).toBe('Evicted');
    });

    test('evicts no other pod of the name, and none that is gone', async () => {
      const nodeName = freshName('node');
      await runningPod(nodeName);
      const pod = await only(nodeName);
      expect(await drain().evict({ ...pod, uid: 'that-of-an-earlier-one' })).toBe('Gone');
      expect(await drain().evict({ ...pod, name: freshName('pod') })).toBe('Gone');
      expect(await only(nodeName)).toEqual(pod);
    });
  });

  describe('a taint', () => {
    const theirs = { key: 'example.com/theirs', value: 'yes', effect: 'NoExecute' } as const;

    async function tainted(): Promise<FleetNode> {
      const name = freshName('node');
      const { metadata } = await api().create(nodes, { metadata: { name }, spec: { taints: [theirs] } });
      const common = { labels: {}, ready: true, schedulable: true, deleting: false, taints: [], conditions: [] };
      return { name, uid: metadata.uid ?? '', ...common };
    }
    const ours = async ({ name }: FleetNode) =>
      ((await api().get(nodes, name)).spec?.taints ?? []).filter(({ key }) => !key.startsWith('node.kubernetes.io/'));

    test('is set in place of our own, beside those of others, and taken away', async () => {
      const node = await tainted();
      expect(await drain().setTaint(node, drainingTaint('r1'))).toBe('Written');
      expect(await drain().setTaint(node, drainingTaint('r2'))).toBe('Written');
      expect(await ours(node)).toEqual([theirs, drainingTaint('r2')]);
      expect(await drain().removeTaint(node, drainingTaint('r1'))).toBe('Written');
      expect(await ours(node)).toEqual([theirs, drainingTaint('r2')]);
      expect(await drain().removeTaint(node, drainingTaint('r2'))).toBe('Written');
      expect(await ours(node)).toEqual([theirs]);
    });

    test('that is there already, or gone already, costs no write', async () => {
      const node = await tainted();
      await drain().setTaint(node, drainingTaint('r1'));
      const { metadata } = await api().get(nodes, node.name);
      await drain().setTaint(node, drainingTaint('r1'));
      await drain().removeTaint(node, drainingTaint('r2'));
      expect((await api().get(nodes, node.name)).metadata.resourceVersion).toBe(metadata.resourceVersion);
    });

    test('is not set on another Node of the name, on none that is gone, and not over a change of others', async () => {
      const node = await tainted();
      expect(await drain().setTaint({ ...node, uid: 'that-of-an-earlier-one' }, drainingTaint('r1'))).toBe('Stale');
      expect(await drain().setTaint({ ...node, name: freshName('node') }, drainingTaint('r1'))).toBe('Stale');
      const others = { ...theirs, value: 'changed' };
      const between: KubernetesApi = {
        ...api(),
        patch: async (...request) => {
          await api().patch(nodes, node.name, { type: 'Merge', body: { spec: { taints: [others] } } });
          return api().patch(...request);
        },
      };
      expect(await clusterDrain({ api: between, absorb: () => undefined }).setTaint(node, drainingTaint('r1'))).toBe('Stale');
      expect(await ours(node)).toEqual([others]);
    });
  });
}
