/** The agent's end of its NodeKubelet: what the controller has answered, the claim, and the report. Every write is compare-and-swap. */

import { canonicalJson } from '../api/json.ts';
import { nodeKubeletKind } from '../api/schema/node-kubelet.ts';
import { apiVersion } from '../api/schema/schema.ts';
import type { DisruptionRequest, NodeKubelet, NodeKubeletStatus } from '../api/types.ts';
import type { ClaimResult, Permission } from '../node/permission.ts';
import { claimedStatus } from '../node/report.ts';
import { ApiError, type JsonOperation, type KubernetesApi } from './kubernetes-api.ts';
import { nodeKubelets } from './own-resources.ts';

export interface NodeIdentity {
  readonly name: string;
  readonly uid: string;
}

/** What has been seen of the one NodeKubelet, and a way to add what a write of our own returned. */
export interface NodeKubeletCache {
  current(): NodeKubelet | undefined;
  absorb(object: NodeKubelet): void;
}

export interface NodeKubeletLink {
  /** @param newId of the next request, should one be needed */
  permission(newId: string): Permission;
  /** Never throws: what keeps it from being claimed is part of the answer. */
  claim(request: DisruptionRequest): Promise<ClaimResult>;
  /**
   * Writes what differs, and makes the object where there is none.
   * @throws ApiError; TooOld where the NodeKubelet belongs to an earlier Node of this name
   */
  report(node: NodeIdentity, statusFor: StatusFor): Promise<'Written' | 'Unchanged'>;
}

export type StatusFor = (previous: NodeKubeletStatus | undefined, generation: number) => NodeKubeletStatus;

/** A Node that was made again under its name waits until the garbage collector has removed the NodeKubelet of the one before. */
export class FormerNodeKubeletError extends Error {
  override readonly name = 'FormerNodeKubeletError';
}

export function linkNodeKubelet(api: KubernetesApi, cache: NodeKubeletCache, now: () => string): NodeKubeletLink {
  const write = async (seen: NodeKubelet, status: NodeKubeletStatus): Promise<void> => {
    const body: JsonOperation[] = [
      { op: 'add', path: '/metadata/resourceVersion', value: seen.metadata.resourceVersion },
      { op: 'add', path: '/status', value: status },
    ];
    cache.absorb(await api.patch(nodeKubelets, seen.metadata.name, { type: 'Json', body }, { subresource: 'status' }));
  };
  const readAgain = async (name: string): Promise<void> => cache.absorb(await api.get(nodeKubelets, name));

  const claim = async (request: DisruptionRequest): Promise<ClaimResult> => {
    const seen = cache.current();
    if (seen?.spec?.approval?.request !== request.id) return notClaimed('the approval was taken back');
    try {
      await write(seen, claimedStatus(seen.status, request, seen.metadata.generation ?? 0, now()));
      return { kind: 'Claimed' };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code !== 'Conflict') return notClaimed(error.message);
      await readAgain(seen.metadata.name).catch(ignoreApiError);
      return notClaimed('the NodeKubelet was changed at the same time');
    }
  };

  const create = async (node: NodeIdentity): Promise<NodeKubelet> => {
    try {
      const made = await api.create(nodeKubelets, newNodeKubelet(node));
      cache.absorb(made);
      return made;
    } catch (error) {
      if (!isApiError(error, 'AlreadyExists')) throw error;
      const found = await api.get(nodeKubelets, node.name);
      cache.absorb(found);
      return found;
    }
  };

  const report = async (node: NodeIdentity, statusFor: StatusFor): Promise<'Written' | 'Unchanged'> => {
    for (let attempt = 1; ; attempt += 1) {
      const seen = cache.current() ?? (await create(node));
      refuseFormer(seen, node);
      const status = statusFor(seen.status, seen.metadata.generation ?? 0);
      if (canonicalJson(status) === canonicalJson(seen.status)) return 'Unchanged';
      try {
        await write(seen, status);
        return 'Written';
      } catch (error) {
        if (!isApiError(error, 'Conflict') || attempt === mostAttempts) throw error;
        await readAgain(node.name);
      }
    }
  };

  return { permission: (newId) => permissionFrom(cache.current(), newId), claim, report };
}

/** The controller writes spec now and then; it does not do so again and again. */
const mostAttempts = 3;

function permissionFrom(seen: NodeKubelet | undefined, newId: string): Permission {
  return {
    kind: 'Controller',
    request: seen?.status?.request,
    claimed: seen?.status?.claimed,
    approval: seen?.spec?.approval,
    isUnregistered: false,
    newId,
  };
}

function newNodeKubelet({ name, uid }: NodeIdentity): NodeKubelet {
  const owner = { apiVersion: 'v1', kind: 'Node', name, uid };
  return { apiVersion, kind: nodeKubeletKind, metadata: { name, ownerReferences: [owner] } };
}

function refuseFormer({ metadata }: NodeKubelet, { name, uid }: NodeIdentity): void {
  if (metadata.ownerReferences?.some((owner) => owner.kind === 'Node' && owner.uid === uid)) return;
  throw new FormerNodeKubeletError(
    `the NodeKubelet ${name} belongs to an earlier Node of this name (uid ${metadata.ownerReferences?.[0]?.uid ?? 'unknown'}); the garbage collector removes it, and then this node gets its own`,
  );
}

function notClaimed(why: string): ClaimResult {
  return { kind: 'NotClaimed', why };
}

function isApiError(error: unknown, code: ApiError['code']): boolean {
  return error instanceof ApiError && error.code === code;
}

function ignoreApiError(error: unknown): void {
  if (!(error instanceof ApiError)) throw error;
}
