/** The agent's own NodeKubelet as it was last seen, and writes to it. Every write is compare-and-swap. */

import type { NodeKubelet, NodeKubeletStatus } from '../api/types.ts';
import { ApiError, type JsonOperation, type KubernetesApi } from './kubernetes-api.ts';
import { nodeKubelets } from './own-resources.ts';

/** The NodeKubelet as it was last seen, and a way to add the answer to a write of our own. */
export interface NodeKubeletCache {
  current(): NodeKubelet | undefined;
  absorb(object: NodeKubelet): void;
}

export interface LinkOptions {
  readonly api: KubernetesApi;
  readonly cache: NodeKubeletCache;
  /** The Lease of the controller whose approvals count. */
  readonly lease: { readonly namespace: string; readonly name: string };
  /** The date in RFC 3339. */
  readonly now: () => string;
  /** Called when the object was read again and has changed: the watch may never report what was read. */
  readonly onChange: () => void;
}

/**
 * Writes the status to the version that was seen.
 * @returns the object as it is stored now
 * @throws ApiError
 */
export async function writeStatus(
  { api, cache }: LinkOptions,
  seen: NodeKubelet,
  status: NodeKubeletStatus,
): Promise<NodeKubelet> {
  const body: JsonOperation[] = [
    { op: 'add', path: '/metadata/resourceVersion', value: seen.metadata.resourceVersion },
    { op: 'add', path: '/status', value: status },
  ];
  const stored = await api.patch(nodeKubelets, seen.metadata.name, { type: 'Json', body }, { subresource: 'status' });
  cache.absorb(stored);
  return stored;
}

/** Reads the object anew after a write that failed, or whose answer did not come. @throws ApiError */
export async function readAgain({ api, cache, onChange }: LinkOptions, { metadata }: NodeKubelet): Promise<void> {
  const found = await api.get(nodeKubelets, metadata.name);
  cache.absorb(found);
  // Without news, another pass would only repeat what has just failed.
  if (found.metadata.resourceVersion !== metadata.resourceVersion) onChange();
}

/** For `catch`. @throws every error but an ApiError */
export function ignoreApiError(error: unknown): void {
  if (!(error instanceof ApiError)) throw error;
}
