/** The fleet with which a run begins: nodes in pools, and an object for each pool and one for all. */

import { apiVersion, kind } from '../../src/api/schema/schema.ts';
import type { KubeletConfig, KubeletConfigSpec } from '../../src/api/types.ts';
import { kubeletConfigs } from '../../src/cluster/own-resources.ts';
import type { Settings } from './settings.ts';
import type { World } from './world.ts';

/** The labels of the host with this number. */
export function labelsOfHost(index: number, objects: number): Readonly<Record<string, string>> {
  return { pool: `${index % Math.max(1, objects)}`, zone: `zone-${index % 3}` };
}

/** A content of the object with this number. No two objects say something about the same field. */
export function withLevel(level: number, index = 0): Pick<KubeletConfigSpec, 'kubelet'> {
  return { kubelet: { flags: index === 0 ? { v: level } : { 'max-pods': 100 + level } } };
}

export function nameOfHost(index: number): string {
  return `node-${`${index}`.padStart(4, '0')}`;
}

/** Creates objects, machines and controllers. The first object selects every node, each other one a pool. */
export function build(world: World): void {
  const { settings } = world;
  for (let index = 0; index < settings.objects; index += 1) world.store.create(kubeletConfigs.plural, objectOf(index, settings));
  for (let index = 0; index < settings.nodes; index += 1)
    world.addHost(nameOfHost(index), labelsOfHost(index, settings.objects), false);
  for (let index = 0; index < settings.controllers; index += 1) world.addController();
}

function objectOf(index: number, { maxUnavailable, maxFailures, canary, batches, isManual, windows }: Settings): KubeletConfig {
  const schedule = windows && { schedule: `*/${windows.every} * * * *`, duration: `${windows.open}m` };
  return {
    apiVersion,
    kind,
    metadata: { name: index === 0 ? 'all' : `pool-${index}` },
    spec: {
      nodeSelector: { matchLabels: index === 0 ? {} : { pool: `${index}` } },
      ...(index === 0 && { launcher: { host: {} } }),
      ...withLevel(2, index),
      rollout: {
        maxUnavailable,
        maxFailures,
        batches,
        ...(canary && { canary }),
        ...(isManual && { approval: 'Manual' }),
        ...(schedule && { windows: [schedule] }),
      },
    },
  };
}
