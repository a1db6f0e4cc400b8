/** Thousands of agents as one loop: each asks, claims and reports by the agent's own code, and changes nothing. */

import type { NodeKubelet, NodeKubeletStatus } from '../../../src/api/types.ts';
import type { KubernetesApi } from '../../../src/cluster/kubernetes-api.ts';
import { linkNodeKubelet, type NodeKubeletLink, type NodeReference } from '../../../src/cluster/node-kubelet.ts';
import { nodeKubelets } from '../../../src/cluster/own-resources.ts';
import { controllerLease } from '../../../src/cluster/resources.ts';
import type { ObjectReference } from '../../../src/desired/effective.ts';
import { now } from '../../../src/loop/now.ts';
import { inParallel } from './parallel.ts';

interface Loop {
  readonly node: NodeReference;
  readonly link: NodeKubeletLink;
  seen: NodeKubelet | undefined;
  /** The request whose approval it is using. */
  busy: string;
}

const mostAtOnce = 8;

export class FleetOfLoops {
  /** Of all agents together, by kind. */
  readonly requests = new Map<string, number>();
  readonly #api: KubernetesApi;
  readonly #loops = new Map<string, Loop>();
  readonly #stopping = new AbortController();
  readonly #errors: string[] = [];
  #asked: readonly ObjectReference[] = [];
  #watching: Promise<void> = Promise.resolve();

  constructor(api: KubernetesApi) {
    this.#api = this.#counting(api);
  }

  /** Each makes its NodeKubelet. */
  async start(all: readonly NodeReference[]): Promise<void> {
    for (const node of all) this.#loops.set(node.name, this.#loopOf(node));
    await inParallel(this.#loops.values(), mostAtOnce, ({ node, link }) => link.report(node, () => this.#status('Unmanaged')));
    const { resourceVersion = '' } = await this.#api.list(nodeKubelets, { fieldSelector: 'metadata.name=none' });
    const options = { resourceVersion, timeoutSeconds: 3600, idleMilliseconds: 3_600_000, signal: this.#stopping.signal };
    this.#watching = this.#api
      .watch(nodeKubelets, options, (event) => {
        if (event.type !== 'Bookmark') this.#noticed(event.object);
      })
      .catch((error: unknown) => this.#failed(error));
  }

  beginCounting(): void {
    this.requests.clear();
  }

  /** Each asks for the content of the object. */
  async ask(object: ObjectReference): Promise<void> {
    this.#asked = [object];
    await inParallel(this.#loops.values(), mostAtOnce, async ({ node, link }) => {
      const request = { id: `${node.name}-request`, revision: 'r1', inputs: 'i1', reason: 'Change' } as const;
      await link.report(node, () => ({ ...this.#status('Waiting'), request, desired: this.#asked }));
    });
  }

  errors(): readonly string[] {
    return this.#errors;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
  }

  #loopOf(node: NodeReference): Loop {
    const cache = {
      current: () => loop.seen,
      absorb: (object: NodeKubelet) => {
        if (versionOf(object) > versionOf(loop.seen)) loop.seen = object;
      },
    };
    const link = linkNodeKubelet({ api: this.#api, cache, lease: controllerLease, now, onChange: () => undefined });
    const loop: Loop = { node, link, seen: undefined, busy: '' };
    return loop;
  }

  #noticed(object: NodeKubelet): void {
    const loop = this.#loops.get(object.metadata.name);
    if (!loop) return;
    if (versionOf(object) > versionOf(loop.seen)) loop.seen = object;
    const request = object.status?.request;
    if (!request || object.spec?.approval?.request !== request.id || loop.busy === request.id) return;
    loop.busy = request.id;
    void this.#change(loop, request).catch((error: unknown) => this.#failed(error));
  }

  async #change({ node, link }: Loop, request: NonNullable<NodeKubeletStatus['request']>): Promise<void> {
    const claimed = await link.claim(request);
    if (claimed.kind === 'NotClaimed') throw new Error(`${node.name}: ${claimed.why}`);
    const runs = { applied: 'r1', lastKnownGood: 'r1', inputs: this.#asked, desired: this.#asked };
    await link.report(node, () => ({ ...this.#status('UpToDate'), claimed: request.id, ...runs }));
  }

  #status(phase: NonNullable<NodeKubeletStatus['phase']>): NodeKubeletStatus {
    const condition = { status: 'True', reason: phase, message: 'm'.repeat(120), lastTransitionTime: now() } as const;
    return { phase, kubeletVersion: 'v1.36.2', conditions: [{ ...condition, type: 'Ready' }] };
  }

  #failed(error: unknown): void {
    this.#errors.push(error instanceof Error ? error.message : String(error));
  }

  #counting(api: KubernetesApi): KubernetesApi {
    const count = (kind: string) => void this.requests.set(kind, (this.requests.get(kind) ?? 0) + 1);
    return {
      ...api,
      get: (resource, name) => {
        count(`get ${resource.plural}`);
        return api.get(resource, name);
      },
      create: (resource, object) => {
        count(`create ${resource.plural}`);
        return api.create(resource, object);
      },
      patch: (resource, name, patch, options) => {
        count(`patch ${resource.plural}/${options?.subresource ?? ''}`);
        return api.patch(resource, name, patch, options);
      },
    };
  }
}

function versionOf(object: NodeKubelet | undefined): bigint {
  return BigInt(object?.metadata.resourceVersion ?? 0);
}
