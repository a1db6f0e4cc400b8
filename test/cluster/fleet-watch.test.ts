/** In which order the fleet is listed, and what the controller sees first. */

import { expect, onTestFinished, test } from 'vitest';
import { watchFleet } from '../../src/cluster/fleet-watch.ts';
import type { KubernetesObject } from '../../src/cluster/kubernetes-api.ts';
import { eventually } from '../eventually.ts';
import { manualClock } from '../fakes/clock.ts';
import { scriptedApi } from './scripted-api.ts';

const nodeKubelet = {
  apiVersion: 'kubelet-config.dev/v1alpha1',
  kind: 'NodeKubelet',
  metadata: { name: 'a', uid: 'nk-a', resourceVersion: '1' },
} satisfies KubernetesObject & { readonly apiVersion: string; readonly kind: string };

function listOf(...items: KubernetesObject[]) {
  return { items, resourceVersion: '1' };
}

function watching() {
  const { api, lists, watches } = scriptedApi();
  let changes = 0;
  const watch = watchFleet({
    api,
    clock: manualClock(),
    random: () => 0,
    onChange: () => {
      changes += 1;
    },
    onError: () => undefined,
  });
  onTestFinished(() => watch.stop());
  return { watch, lists, watches, changes: () => changes };
}

test('Nodes are listed after NodeKubelets, so that a Node is never older than the loss of its NodeKubelet', async () => {
  const { watch, lists } = watching();
  await eventually(() => expect(lists).toHaveLength(2));
  lists[0]?.answer(listOf());
  await eventually(() => expect(watch.view()).toBeUndefined());
  expect(lists).toHaveLength(2);
  lists[1]?.answer(listOf(nodeKubelet));
  await eventually(() => expect(lists).toHaveLength(3));
  lists[2]?.answer(listOf({ metadata: { name: 'a', uid: 'node-a' } }));
  await eventually(() => expect(watch.view()?.nodes).toMatchObject([{ name: 'a' }]));
});

test('the first view shows NodeKubelets as they were listed, and the next one what has happened since', async () => {
  const { watch, lists, watches, changes } = watching();
  await eventually(() => expect(lists).toHaveLength(2));
  lists[0]?.answer(listOf());
  lists[1]?.answer(listOf(nodeKubelet));
  await eventually(() => expect(watches).toHaveLength(2));
  await eventually(() => expect(lists).toHaveLength(3));
  for (const each of watches) each.open();
  const metadata = { ...nodeKubelet.metadata, resourceVersion: '2' };
  watches[1]?.send({ type: 'Deleted', object: { ...nodeKubelet, metadata } });
  lists[2]?.answer(listOf());
  const before = await eventually(() => {
    const count = changes();
    const view = watch.view();
    expect(view?.nodeKubelets).toMatchObject([{ metadata: { name: 'a' } }]);
    return count;
  });
  expect(changes()).toBe(before + 1);
  expect(watch.view()?.nodeKubelets).toEqual([]);
});
