/** The agent's end of its NodeKubelet: what the controller has answered, the claim, and the report. Every write is compare-and-swap. */

import { canonicalJson } from '../api/json.ts';
import { nodeKubeletKind } from '../api/schema/node-kubelet.ts';
import { apiVersion } from '../api/schema/schema.ts';
import type { DisruptionRequest, NodeKubelet, NodeKubeletStatus } from '../api/types.ts';
import type { ClaimResult, Permission } from '../node/model/permission.ts';
import { claimedStatus } from '../node/report/status.ts';
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
  /**
   * What was granted to an earlier Node of this name was not granted to this one.
   * @param newId of the next request, should one be needed
   */
  permission(node: NodeIdentity | undefined, newId: string): Permission;
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

export interface LinkOptions {
  readonly api: KubernetesApi;
  readonly cache: NodeKubeletCache;
  /** RFC 3339. */
  readonly now: () => string;
  /** A write has met what somebody else has written: of that, no event may tell any more. */
  readonly onChange: () => void;
}

export function linkNodeKubelet({ api, cache, now, onChange }: LinkOptions): NodeKubeletLink {
  const write = async (seen: NodeKubelet, status: NodeKubeletStatus): Promise<void> => {
    const body: JsonOperation[] = [
      { op: 'add', path: '/metadata/resourceVersion', value: seen.metadata.resourceVersion },
      { op: 'add', path: '/status', value: status },
    ];
    cache.absorb(await api.patch(nodeKubelets, seen.metadata.name, { type: 'Json', body }, { subresource: 'status' }));
  };
  const readAgain = async (name: string): Promise<void> => {
    cache.absorb(await api.get(nodeKubelets, name));
    onChange();
  };

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

  const permission = (node: NodeIdentity | undefined, newId: string): Permission => {
    const seen = cache.current();
    return permissionFrom(seen && node && isFormer(seen, node) ? undefined : seen, newId);
  };

  return { permission, claim, report };
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

/** One from which somebody has taken the owner away counts as this Node's, here as for the controller. */
function isFormer({ metadata }: NodeKubelet, { uid }: NodeIdentity): boolean {
  const owners = (metadata.ownerReferences ?? []).filter(({ kind }) => kind === 'Node');
  return owners.length > 0 && owners.every((owner) => owner.uid !== uid);
}

function refuseFormer(seen: NodeKubelet, node: NodeIdentity): void {
  if (!isFormer(seen, node)) return;
  const [owner] = seen.metadata.ownerReferences ?? [];
  throw new FormerNodeKubeletError(
    `the NodeKubelet ${node.name} belongs to an earlier Node of this name (uid ${owner?.uid}); the garbage collector removes it, and then this node gets its own`,
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
