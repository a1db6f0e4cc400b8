/** The agents of a story: each asks for what its node should have, waits for the approval, changes, and reports. */

import { contentOf } from '../../../src/api/content.ts';
import type { KubeletConfig, NodeKubelet, NodeKubeletStatus } from '../../../src/api/types.ts';
import { referenceOf } from '../../../src/desired/effective.ts';
import { selects } from '../../../src/desired/select.ts';
import type { Approval, FleetNode } from '../../../src/fleet/fleet.ts';
import { isClaimed } from '../../../src/fleet/member.ts';

/** What happens on a host, as the story has it. */
export interface Host {
  /** Minutes that a change takes. */
  readonly takes?: number;
  /** Whether a change to these objects fails. */
  readonly fails?: (wanted: readonly KubeletConfig[]) => boolean;
}

export class StoryAgent {
  readonly host: Host;
  nodeKubelet: NodeKubelet;
  #changesUntil = 0;
  #requests = 0;
  #version = 1;

  /** @param inputs what the node runs already */
  constructor(node: FleetNode, inputs: readonly KubeletConfig[], host: Host) {
    this.host = host;
    this.nodeKubelet = {
      apiVersion: 'kubelet-config.dev/v1alpha1',
      kind: 'NodeKubelet',
      metadata: {
        name: node.name,
        uid: `nk-${node.name}`,
        resourceVersion: '1',
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid }],
      },
    };
    const references = inputs.map(referenceOf);
    const isNew = inputs.length === 0;
    this.#report({
      phase: isNew ? 'Unmanaged' : 'UpToDate',
      inputs: references,
      desired: references,
      ...(!isNew && { lastKnownGood: 'r0' }),
    });
  }

  /** @returns what it has done, in words; undefined for nothing */
  act(node: FleetNode, objects: readonly KubeletConfig[], minute: number): string | undefined {
    const { status = {} } = this.nodeKubelet;
    if (isClaimed(this.nodeKubelet)) return minute >= this.#changesUntil ? this.#finish(objects) : undefined;
    const wanted = objects.filter(({ spec }) => selects(spec.nodeSelector, node.labels));
    const desired = wanted.map(referenceOf);
    if (same(status.inputs, desired)) return this.#settle(desired);
    const { request } = status;
    if (!request || !same(status.desired, desired)) return this.#ask(desired, wanted);
    const approval = this.nodeKubelet.spec?.approval;
    if (approval?.request !== request.id || approval.stage === 'Drain') return undefined;
    this.#changesUntil = minute + (this.host.takes ?? 2);
    this.#report({ ...status, phase: 'Applying', claimed: request.id });
    return 'begins';
  }

  approve(approval: Approval): void {
    this.#write({ ...this.nodeKubelet, spec: { ...this.nodeKubelet.spec, approval } });
  }

  revoke(): void {
    this.#write({ ...this.nodeKubelet, spec: { ...this.nodeKubelet.spec, approval: { request: '' } } });
  }

  allowRetry(request: string): void {
    this.#write({ ...this.nodeKubelet, spec: { ...this.nodeKubelet.spec, retry: request } });
  }

  #ask(desired: NonNullable<NodeKubeletStatus['desired']>, wanted: readonly KubeletConfig[]): string | undefined {
    const { request: _request, ...status } = this.nodeKubelet.status ?? {};
    const [failure] = status.failures ?? [];
    const mayTryAgain = failure?.request !== undefined && this.nodeKubelet.spec?.retry === failure.request;
    if (failure && same(failure.objects, desired) && !mayTryAgain) return undefined;
    const { failures: _failures, ...cleared } = status;
    this.#requests += 1;
    const id = `${this.nodeKubelet.metadata.name}-${this.#requests}`;
    const request = { id, revision: `r-${wanted.map(contentOf).join('-')}`, reason: 'Change' as const };
    this.#report({ ...cleared, phase: 'Waiting', desired, request });
    return `asks for ${wanted.map(({ metadata }) => metadata.name).join(' and ')}${failure ? ' again' : ''}`;
  }

  /** There is nothing to change any more. */
  #settle(desired: NonNullable<NodeKubeletStatus['desired']>): string | undefined {
    const { request, ...status } = this.nodeKubelet.status ?? {};
    if (!request) return undefined;
    this.#report({ ...status, phase: 'UpToDate', desired });
    return 'needs no change any more';
  }

  #finish(objects: readonly KubeletConfig[]): string {
    const { request, desired = [], ...status } = this.nodeKubelet.status ?? {};
    const wanted = objects.filter((object) => desired.some(({ uid }) => uid === object.metadata.uid));
    if (this.host.fails?.(wanted) !== true) {
      this.#report({ ...status, phase: 'UpToDate', inputs: desired, desired, lastKnownGood: request?.revision ?? '' });
      return 'has changed';
    }
    const failure = {
      inputs: 'i',
      revision: request?.revision ?? '',
      reason: 'the kubelet did not start',
      request: request?.id ?? '',
    };
    this.#report({ ...status, phase: 'Failed', desired, failures: [{ ...failure, objects: desired }] });
    return 'has failed and went back';
  }

  #report(status: NodeKubeletStatus): void {
    this.#write({ ...this.nodeKubelet, status });
  }

  #write(nodeKubelet: NodeKubelet): void {
    this.#version += 1;
    this.nodeKubelet = { ...nodeKubelet, metadata: { ...nodeKubelet.metadata, resourceVersion: String(this.#version) } };
  }
}

type References = readonly { readonly uid: string; readonly content?: string }[];

function same(one: References = [], other: References = []): boolean {
  const words = (list: References) =>
    list
      .map(({ uid, content }) => `${uid} ${content}`)
      .sort()
      .join();
  return words(one) === words(other);
}
