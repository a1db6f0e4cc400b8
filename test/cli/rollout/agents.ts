/** Agents that do no more than their half of the protocol: ask, claim what was approved, report. One step at a time. */

import { contentOf } from '../../../src/api/content.ts';
import type { KubeletConfig, NodeKubelet, NodeKubeletStatus } from '../../../src/api/types.ts';

type Reference = NonNullable<NodeKubeletStatus['inputs']>[number];

/** What such an agent reports next; undefined if it has nothing to report. */
export function nextStatus(
  { metadata, spec, status = {} }: NodeKubelet,
  objects: readonly KubeletConfig[],
  /** Why the change fails on this node. */
  failure?: string,
): NodeKubeletStatus | undefined {
  const desired = objects.map(referenceTo);
  const wanted = desired.map(({ content }) => content).join();
  const running = (status.inputs ?? []).map(({ content }) => content).join();
  const { request, claimed, failures } = status;
  if (!request) {
    const isTried = failures?.some(({ inputs, request: tried }) => inputs === wanted && spec?.retry !== tried);
    if (wanted === running || isTried) return undefined;
    const id = `${metadata.name}-${desired.map(({ generation }) => generation).join()}-${(failures ?? []).length}-${spec?.retry ?? ''}`;
    return { ...status, phase: 'Waiting', desired, request: { id, revision: wanted, reason: 'Change' } };
  }
  if (spec?.approval?.request !== request.id || spec.approval.stage === 'Drain') return undefined;
  if (claimed !== request.id) return { ...status, phase: 'Applying', claimed: request.id };
  const { request: _request, ...rest } = status;
  if (failure === undefined || spec.retry !== undefined) {
    const { failures: _failures, lastError: _lastError, ...good } = rest;
    return { ...good, phase: 'UpToDate', inputs: desired, desired };
  }
  return {
    ...rest,
    phase: 'Failed',
    desired,
    failures: [{ inputs: wanted, revision: request.revision, reason: failure, request: request.id, objects: desired }],
    lastError: { code: 'ChangeFailed', message: failure },
  };
}

function referenceTo({ metadata, spec }: KubeletConfig): Reference {
  const { name, uid = '', generation = 0 } = metadata;
  return { name, uid, generation, content: contentOf({ spec }) };
}
