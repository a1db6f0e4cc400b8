/** Whether everything that can be done is done: what liveness asks for, once nothing goes wrong any more. */

import { contentOf } from '../../src/api/content.ts';
import type { KubeletConfig, NodeKubelet } from '../../src/api/types.ts';
import { nodeKubelets } from '../../src/cluster/own-resources.ts';
import { newNodeTaint } from './controller-process.ts';
import type { World } from './world.ts';

/** @returns what is still to be done, by its first node; undefined if everything is */
export function restlessness(world: World): string | undefined {
  const stopped = stoppedObjects(world);
  for (const { machine } of world.hosts.values()) {
    const node = world.node(machine.name);
    const stored = world.nodeKubelet(machine.name);
    if (!node || !stored?.status) return `${machine.name} has no ${node ? 'report' : 'Node'}`;
    if (stored.status.phase === 'UpToDate' && node.spec?.taints?.some(({ key }) => key === newNodeTaint))
      return `${machine.name} is configured, and has its first taint still`;
    if (machine.open) return `${machine.name} has an open change`;
    const selecting = world.selecting(node.metadata.labels ?? {});
    const missing = selecting.filter((object) => !runs(stored, object));
    const left = (stored.status.inputs ?? []).find(({ uid }) => !selecting.some(({ metadata }) => metadata.uid === uid));
    const isExcused = missing.some((object) => stopped.has(object)) || stored.status.phase === 'Failed';
    if (isExcused) continue;
    if (left) return `${machine.name} still runs ${left.name}: ${JSON.stringify(stored)}`;
    if (missing.length > 0) return `${machine.name} does not run ${missing[0]?.metadata.name}: ${JSON.stringify(stored)}`;
  }
  return undefined;
}

function runs({ status }: NodeKubelet, object: KubeletConfig): boolean {
  const content = contentOf(object);
  return (status?.inputs ?? []).some((one) => one.uid === object.metadata.uid && one.content === content);
}

/** The objects whose content has failed on as many nodes as it may, by the reports or by what the controller has stored. */
function stoppedObjects(world: World): ReadonlySet<KubeletConfig> {
  const reports = world.store.all(nodeKubelets.plural) as readonly NodeKubelet[];
  const isStopped = (object: KubeletConfig) => {
    const content = contentOf(object);
    const failed = reports.filter(({ status }) =>
      (status?.failures ?? []).some(({ objects = [] }) =>
        objects.some((one) => one.uid === object.metadata.uid && one.content === content),
      ),
    );
    const { rollout } = object.status ?? {};
    const stored = rollout?.content === content ? (rollout.failed?.count ?? 0) : 0;
    return Math.max(failed.length, stored) >= (object.spec.rollout?.maxFailures ?? 1);
  };
  return new Set(world.objects().filter(isStopped));
}
