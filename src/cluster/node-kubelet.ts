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
import { claimedStatus, progressStatus } from '../node/report/status.ts';
import { ApiError, type JsonOperation, type KubernetesApi } from './kubernetes-api.ts';
import { nodeKubelets } from './own-resources.ts';

/** The Node of this host. */
export interface NodeReference {
  readonly name: string;
  readonly uid: string;
}

/** The NodeKubelet as it was last seen, and a way to add the answer to a write of our own. */
export interface NodeKubeletCache {
  current(): NodeKubelet | undefined;
  absorb(object: NodeKubelet): void;
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
   * @throws ApiError
   * @throws FormerNodeKubeletError if the NodeKubelet belongs to an earlier Node of this name
   */
  report(node: NodeReference, statusFor: StatusFor): Promise<'Written' | 'Unchanged'>;
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

export interface LinkOptions {
  readonly api: KubernetesApi;
  readonly cache: NodeKubeletCache;
  /** The date in RFC 3339. */
  readonly now: () => string;
  /** Called after a conflict, when the object was read again: the watch may never report what was read. */
  readonly onChange: () => void;
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
    claim: (request) => claim(options, request),
    report: (node, statusFor) => report(options, last, node, statusFor),
    progress: (node, progress) => writeProgress(options, node, progress).catch(ignoreApiError),
  };
}

async function claim(options: LinkOptions, request: DisruptionRequest): Promise<ClaimResult> {
  const seen = options.cache.current();
  if (seen?.spec?.approval?.request !== request.id) return notClaimed('the approval was taken back');
  try {
    await write(options, seen, claimedStatus(seen.status, request, seen.metadata.generation ?? 0, options.now()));
    return { kind: 'Claimed' };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code !== 'Conflict') return notClaimed(error.message);
    await readAgain(options, seen.metadata.name).catch(ignoreApiError);
    return notClaimed('the NodeKubelet was changed at the same time');
  }
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
): Promise<'Written' | 'Unchanged'> {
  for (let attempt = 1; ; attempt += 1) {
    const seen = options.cache.current() ?? (await create(options, node));
    refuseFormer(seen, node);
    const status = statusFor(seen.status, seen.metadata.generation ?? 0);
    const text = canonicalJson(status);
    const isStored = last.sent?.text === text && last.sent.resourceVersion === seen.metadata.resourceVersion;
    if (isStored || text === canonicalJson(seen.status)) return 'Unchanged';
    try {
      const { metadata } = await write(options, seen, status);
      last.sent = { text, resourceVersion: metadata.resourceVersion };
      return 'Written';
    } catch (error) {
      if (!isApiError(error, 'Conflict') || attempt === mostAttempts) throw error;
      await readAgain(options, node.name);
    }
  }
}

/** Without a second try: a report that came in between says something newer. */
async function writeProgress(options: LinkOptions, node: NodeReference, progress: Progress): Promise<void> {
  const seen = options.cache.current();
  if (seen === undefined || isFormer(seen, node)) return;
  await write(options, seen, progressStatus(seen.status, progress, seen.metadata.generation ?? 0, options.now()));
}

/** @returns the object as it is stored now */
async function write({ api, cache }: LinkOptions, seen: NodeKubelet, status: NodeKubeletStatus): Promise<NodeKubelet> {
  const body: JsonOperation[] = [
    { op: 'add', path: '/metadata/resourceVersion', value: seen.metadata.resourceVersion },
    { op: 'add', path: '/status', value: status },
  ];
  const stored = await api.patch(nodeKubelets, seen.metadata.name, { type: 'Json', body }, { subresource: 'status' });
  cache.absorb(stored);
  return stored;
}

async function readAgain({ api, cache, onChange }: LinkOptions, name: string): Promise<void> {
  cache.absorb(await api.get(nodeKubelets, name));
  onChange();
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
    isUnregistered: false,
    newId,
  };
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

function notClaimed(why: string): ClaimResult {
  return { kind: 'NotClaimed', why };
}

function isApiError(error: unknown, code: ApiError['code']): boolean {
  return error instanceof ApiError && error.code === code;
}

function ignoreApiError(error: unknown): void {
  if (!(error instanceof ApiError)) throw error;
}
