/** Watches a rollout from the side, event by event: who claimed what when, and how many changed at once. */

import { setTimeout } from 'node:timers/promises';
import type { KubeletConfig, NodeKubelet } from '../../src/api/types.ts';
import type { KubernetesApi, KubernetesObject, Resource } from '../../src/cluster/kubernetes-api.ts';
import { kubeletConfigs, nodeKubelets } from '../../src/cluster/own-resources.ts';

/** What was written at one moment; `version` puts all moments of the API server in order. */
interface Moment {
  readonly version: bigint;
  readonly node: string;
  readonly request: string;
  /** The term in which the approval was signed. */
  readonly term: string;
}

export interface RolloutWitness {
  /** Nodes that have claimed a request and not ended it yet. */
  readonly changing: ReadonlySet<string>;
  /** The most of them that there ever were, since `beginAnew`. */
  most(): number;
  /** Every claim, in order. */
  readonly claims: readonly Moment[];
  /** Every approval, in order. */
  readonly approvals: readonly Moment[];
  /** When a KubeletConfig was first said to be proved by its canaries, by its content. */
  readonly proved: ReadonlyMap<string, bigint>;
  /** How many events of NodeKubelets have come. */
  events(): number;
  /** Forgets everything but who is changing. */
  beginAnew(): void;
  stop(): Promise<void>;
}

export async function witnessRollouts(api: KubernetesApi): Promise<RolloutWitness> {
  const changing = new Set<string>();
  const seen = new Map<string, NodeKubelet>();
  const claims: Moment[] = [];
  const approvals: Moment[] = [];
  const proved = new Map<string, bigint>();
  let most = 0;
  let events = 0;
  const note = (object: NodeKubelet): void => {
    const { name } = object.metadata;
    const { spec, status } = object;
    const before = seen.get(name);
    seen.set(name, object);
    events += 1;
    if (status?.claimed !== undefined && status.claimed === status.request?.id) changing.add(name);
    else changing.delete(name);
    most = Math.max(most, changing.size);
    const { request = '', term = '' } = spec?.approval ?? {};
    const moment = { version: BigInt(object.metadata.resourceVersion ?? 0), node: name, term };
    if (request !== '' && (request !== before?.spec?.approval?.request || term !== before.spec.approval.term))
      approvals.push({ ...moment, request });
    if (status?.claimed !== undefined && status.claimed !== before?.status?.claimed)
      claims.push({ ...moment, request: status.claimed });
  };
  const noteObject = ({ metadata, status }: KubeletConfig): void => {
    const { provenAt, content = '' } = status?.rollout ?? {};
    if (provenAt !== undefined && !proved.has(content)) proved.set(content, BigInt(metadata.resourceVersion ?? 0));
  };
  const stopping = new AbortController();
  const watching = [
    await follow(api, nodeKubelets, note, stopping.signal),
    await follow(api, kubeletConfigs, noteObject, stopping.signal),
  ];
  return {
    changing,
    most: () => most,
    claims,
    approvals,
    proved,
    events: () => events,
    beginAnew: () => {
      most = changing.size;
      claims.length = 0;
      approvals.length = 0;
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(watching.map(({ ended }) => ended));
    },
  };
}

/** Calls `note` for every object there is, and for each version of one from then on: none is left out, as an informer may. */
async function follow<Body extends KubernetesObject>(
  api: KubernetesApi,
  resource: Resource<Body>,
  note: (object: Body) => void,
  signal: AbortSignal,
): Promise<{ readonly ended: Promise<void> }> {
  const { items, resourceVersion: listed = '' } = await api.list(resource);
  for (const item of items) note(item);
  let resourceVersion = listed;
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const options = { resourceVersion, timeoutSeconds: 600, idleMilliseconds: 600_000, signal };
      await api
        .watch(resource, options, (event) => {
          resourceVersion = event.type === 'Bookmark' ? event.resourceVersion : (event.object.metadata.resourceVersion ?? '');
          if (event.type === 'Added' || event.type === 'Modified') note(event.object);
        })
        // A connection that broke: the next watch goes on where this one ended.
        .catch(() => setTimeout(100, undefined, { signal }).catch(() => undefined));
    }
  };
  return { ended: run() };
}
