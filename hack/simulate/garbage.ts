/** Kubernetes' garbage collector: a NodeKubelet goes some time after the Node that owns it. */

import { nodeKubelets } from '../../src/cluster/own-resources.ts';
import { nodes } from '../../src/cluster/resources.ts';
import type { Surroundings } from './network.ts';

export function collectGarbage({ store, timers, random }: Surroundings): void {
  const collect = (name: string) => {
    const owner = store.find(nodeKubelets.plural, name)?.metadata.ownerReferences?.[0];
    if (owner && store.find(nodes.plural, name)?.metadata.uid !== owner.uid) store.delete(nodeKubelets.plural, name);
  };
  const later = (name: string) => timers.at(timers.now() + random.between(500, 30_000), () => collect(name));
  store.onChange(nodes.plural, ({ type, object }) => {
    if (type === 'Deleted') later(object.metadata.name);
  });
  store.onChange(nodeKubelets.plural, ({ type, object }) => {
    if (type === 'Added') later(object.metadata.name);
  });
}
