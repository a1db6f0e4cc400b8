/** A fleet in memory: shows what tests put there, keeps what the controller writes, by compare-and-swap as the API server does. */

import type { KubeletConfig, NodeKubelet } from '../../src/api/types.ts';
import { type Fleet, type FleetEvent, type FleetNode, restoreFinalizer, type Written } from '../../src/fleet/fleet.ts';
import { type FakePods, fakePods } from './fleet-pods.ts';

export type Thing = FleetNode | KubeletConfig | NodeKubelet;

export interface FakeFleet extends Fleet, FakePods {
  readonly nodes: Map<string, FleetNode>;
  readonly kubeletConfigs: Map<string, KubeletConfig>;
  readonly nodeKubelets: Map<string, NodeKubelet>;
  /** `approve a r1`, in their order; only what was stored. */
  readonly writes: string[];
  readonly events: (FleetEvent & { readonly object: string })[];
  /** The clock of the API server. */
  time: number | undefined;
  /** Whether everything has been listed. */
  isSynced: boolean;
  /** Called before every write with its words; may throw, or change the object behind the controller's back. */
  beforeWrite: (write: string) => void;
  put(...things: readonly Thing[]): void;
}

export function fakeFleet(): FakeFleet {
  const kubeletConfigs = new Map<string, KubeletConfig>();
  const nodeKubelets = new Map<string, NodeKubelet>();
  let version = 0;
  const next = <Stored extends KubeletConfig | NodeKubelet>(object: Stored): Stored => {
    version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: `v${version}` } };
  };

  function write<Stored extends KubeletConfig | NodeKubelet>(
    words: string,
    objects: Map<string, Stored>,
    seen: Stored,
    change: (stored: Stored) => Stored | undefined,
  ): Promise<Written> {
    try {
      fleet.beforeWrite(words);
    } catch (error) {
      return Promise.reject(error);
    }
    const stored = objects.get(seen.metadata.name);
    if (!stored || stored !== seen) return Promise.resolve('Stale');
    const changed = change(stored);
    if (changed) objects.set(seen.metadata.name, next(changed));
    else objects.delete(seen.metadata.name);
    fleet.writes.push(words);
    return Promise.resolve('Written');
  }

  const nodes = new Map<string, FleetNode>();
  const noted = (words: string) => {
    fleet.beforeWrite(words);
    fleet.writes.push(words);
  };
  const fleet: FakeFleet = {
    ...fakePods(nodes, noted),
    nodes,
    kubeletConfigs,
    nodeKubelets,
    writes: [],
    events: [],
    time: undefined,
    isSynced: true,
    beforeWrite: () => undefined,
    put: (...things) => {
      for (const thing of things) {
        if (!('kind' in thing)) fleet.nodes.set(thing.name, thing);
        else if (thing.kind === 'NodeKubelet') nodeKubelets.set(thing.metadata.name, next(thing));
        else kubeletConfigs.set(thing.metadata.name, next(thing));
      }
    },
    view: () =>
      fleet.isSynced
        ? {
            kubeletConfigs: [...kubeletConfigs.values()],
            nodes: [...fleet.nodes.values()],
            nodeKubelets: [...nodeKubelets.values()],
            time: fleet.time,
          }
        : undefined,
    approve: (seen, approval) =>
      write(`approve ${seen.metadata.name} ${approval.request}`, nodeKubelets, seen, (stored) => ({
        ...stored,
        spec: { ...stored.spec, approval },
      })),
    revoke: (seen) =>
      write(`revoke ${seen.metadata.name}`, nodeKubelets, seen, (stored) => ({
        ...stored,
        spec: { ...stored.spec, approval: { request: '' } },
      })),
    allowRetry: (seen, request) =>
      write(`retry ${seen.metadata.name} ${request}`, nodeKubelets, seen, (stored) => ({
        ...stored,
        spec: { ...stored.spec, retry: request },
      })),
    writeStatus: (seen, status) => {
      const reason = status.conditions?.find(({ type }) => type === 'Ready')?.reason;
      return write(`status ${seen.metadata.name} ${reason}`, kubeletConfigs, seen, (stored) => ({ ...stored, status }));
    },
    setFinalizer: (seen, present) =>
      write(`${present ? 'add' : 'remove'} finalizer ${seen.metadata.name}`, kubeletConfigs, seen, (stored) => {
        const others = (stored.metadata.finalizers ?? []).filter((finalizer) => finalizer !== restoreFinalizer);
        const finalizers = present ? [...others, restoreFinalizer] : others;
        if (stored.metadata.deletionTimestamp !== undefined && finalizers.length === 0) return undefined;
        return { ...stored, metadata: { ...stored.metadata, finalizers } };
      }),
    event: ({ metadata }, event) => void fleet.events.push({ object: metadata.name, ...event }),
  };
  return fleet;
}
