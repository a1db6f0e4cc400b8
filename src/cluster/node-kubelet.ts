/**
 * The agent's side of its NodeKubelet: it reads what the controller has answered, claims an approval, and
 * writes the report. Every write is compare-and-swap.
 */

import { canonicalJson } from '../api/json.ts';
import { nodeKubeletKind } from '../api/schema/node-kubelet.ts';
import { apiVersion } from '../api/schema/schema.ts';
import type { DisruptionRequest, NodeKubelet, NodeKubeletStatus } from '../api/types.ts';
import type { ClaimResult, Permission } from '../node/model/permission.ts';
import type { Progress } from '../node/report/progress.ts';
import { progressStatus } from '../node/report/status.ts';
import { claimApproval } from './claim.ts';
import { ApiError } from './kubernetes-api.ts';
import { ignoreApiError, type LinkOptions, readAgain, writeStatus } from './own-node-kubelet.ts';
import { nodeKubelets } from './own-resources.ts';

/** The Node of this host. */
export interface NodeReference {
  readonly name: string;
  readonly uid: string;
}

export interface NodeKubeletLink {
  /**
   * What the controller has permitted. An approval for an earlier Node of the same name does not count.
   * @param newId the id of the next request, if one is needed
   */
  permission(node: NodeReference | undefined, newId: string): Permission;
  /** Whether an agent has reported for this very Node before. */
  isReported(node: NodeReference): boolean;
  /**
   * Claims the approval of a request. Never throws for the API server's sake: the answer says why it was not
   * claimed.
   */
  claim(request: DisruptionRequest): Promise<ClaimResult>;
  /**
   * Writes the status if it differs. Creates the object if there is none.
   * @param openRequest id of the claimed request whose transaction is still open. Until its end nothing may
   * be written that does not carry it: then an object that was made anew meanwhile, or is gone, stays so
   * @throws ApiError
   * @throws FormerNodeKubeletError if the NodeKubelet belongs to an earlier Node of this name
   */
  report(node: NodeReference, statusFor: StatusFor, openRequest?: string): Promise<'Written' | 'Unchanged'>;
  /** Writes how far the change under way is, in one try. Never throws: the report at its end says more. */
  progress(node: NodeReference, progress: Progress): Promise<void>;
}

/** Makes the status to write. @param generation of the object that it will be written to */
export type StatusFor = (previous: NodeKubeletStatus | undefined, generation: number) => NodeKubeletStatus;

/**
 * A Node that was deleted and made again must wait until the garbage collector has removed its former
 * NodeKubelet.
 */
export class FormerNodeKubeletError extends Error {
  override readonly name = 'FormerNodeKubeletError';
}

/** Makes no request by itself. */
export function linkNodeKubelet(options: LinkOptions): NodeKubeletLink {
  const { cache } = options;
  const last: LastReport = { sent: undefined };
  return {
    permission: (node, newId) => {
      const seen = cache.current();
      return permissionFrom(seen && node && isFormer(seen, node) ? undefined : seen, newId);
    },
    isReported: (node) => {
      const seen = cache.current();
      return seen?.status !== undefined && !isFormer(seen, node);
    },
    claim: (request) => claimApproval(options, request),
    report: (node, statusFor, openRequest) => report(options, last, node, statusFor, openRequest),
    progress: (node, progress) => writeProgress(options, node, progress).catch(ignoreApiError),
  };
}

/** An older CRD drops the fields that it does not know: what was sent then never equals what is stored. */
interface LastReport {
  sent: { readonly text: string; readonly resourceVersion: string | undefined } | undefined;
}

async function report(
  options: LinkOptions,
  last: LastReport,
  node: NodeReference,
  statusFor: StatusFor,
  openRequest: string | undefined,
): Promise<'Written' | 'Unchanged'> {
  for (let attempt = 1; ; attempt += 1) {
    if (openRequest !== undefined && !isClaimedIn(options.cache.current(), openRequest)) return 'Unchanged';
    const seen = options.cache.current() ?? (await create(options, node));
    refuseFormer(seen, node);
    const status = statusFor(seen.status, seen.metadata.generation ?? 0);
    const text = canonicalJson(status);
    const isStored = last.sent?.text === text && last.sent.resourceVersion === seen.metadata.resourceVersion;
    if (isStored || text === canonicalJson(seen.status)) return 'Unchanged';
    try {
      const { metadata } = await writeStatus(options, seen, status);
      last.sent = { text, resourceVersion: metadata.resourceVersion };
      return 'Written';
    } catch (error) {
      if (!isApiError(error, 'Conflict') || attempt === mostAttempts) throw error;
      await readAgain(options, seen);
    }
  }
}

/**
 * Without a second try: a report that came in between says something newer. An object without a status was
 * made anew in the middle of the change: only the report at its end may begin one.
 */
async function writeProgress(options: LinkOptions, node: NodeReference, progress: Progress): Promise<void> {
  const seen = options.cache.current();
  if (seen?.status === undefined || isFormer(seen, node)) return;
  await writeStatus(options, seen, progressStatus(seen.status, progress, seen.metadata.generation ?? 0, options.now()));
}

async function create({ api, cache }: LinkOptions, node: NodeReference): Promise<NodeKubelet> {
  const created = await api.create(nodeKubelets, newNodeKubelet(node)).catch((error: unknown) => {
    if (!isApiError(error, 'AlreadyExists')) throw error;
    return api.get(nodeKubelets, node.name);
  });
  cache.absorb(created);
  return created;
}

/** Enough: the controller writes the spec now and then, not many times in a row. */
const mostAttempts = 3;

function permissionFrom(seen: NodeKubelet | undefined, newId: string): Permission {
  return {
    kind: 'Controller',
    request: seen?.status?.request,
    claimed: seen?.status?.claimed,
    approval: seen?.spec?.approval,
    retry: seen?.spec?.retry,
    isUnregistered: false,
    newId,
  };
}

function isClaimedIn(seen: NodeKubelet | undefined, id: string): boolean {
  return seen?.status?.request?.id === id && seen.status.claimed === id;
}

function newNodeKubelet({ name, uid }: NodeReference): NodeKubelet {
  const owner = { apiVersion: 'v1', kind: 'Node', name, uid };
  return { apiVersion, kind: nodeKubeletKind, metadata: { name, ownerReferences: [owner] } };
}

/**
 * Whether it belongs to an earlier Node. Without an owner it counts as this Node's, as it does for the
 * controller.
 */
function isFormer({ metadata }: NodeKubelet, { uid }: NodeReference): boolean {
  const owners = (metadata.ownerReferences ?? []).filter(({ kind }) => kind === 'Node');
  return owners.length > 0 && owners.every((owner) => owner.uid !== uid);
}

function refuseFormer(seen: NodeKubelet, node: NodeReference): void {
  if (!isFormer(seen, node)) return;
  const [owner] = seen.metadata.ownerReferences ?? [];
  throw new FormerNodeKubeletError(
    `the NodeKubelet ${node.name} belongs to an earlier Node of this name (uid ${owner?.uid}). The garbage collector of Kubernetes will remove it; then this node gets its own`,
  );
}

function isApiError(error: unknown, code: ApiError['code']): boolean {
  return error instanceof ApiError && error.code === code;
}
