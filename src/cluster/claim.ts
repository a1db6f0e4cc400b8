/**
 * Claims an approval of the controller. A leader that has lost its Lease may still send what it decided
 * before, so only what the present leader has signed is claimed (design F3).
 */

import type { DisruptionRequest, NodeKubelet } from '../api/types.ts';
import type { ClaimResult } from '../node/model/permission.ts';
import { claimedStatus } from '../node/report/status.ts';
import { type Approval, isFor, whyOver } from './judge-approval.ts';
import { ApiError } from './kubernetes-api.ts';
import { ignoreApiError, type LinkOptions, readAgain, writeStatus } from './own-node-kubelet.ts';
import { type Lease, leases, termOf } from './resources.ts';

/**
 * Claims the approval of a request, on the very version of the NodeKubelet that carries it. The Lease is read
 * after the approval was seen, and never from a cache: in the other order a takeover could fall between.
 *
 * @returns NotClaimed with the reason if nothing was written, or if that is unknown; then the NodeKubelet was
 * read again, and a claim that was stored shows there and uses the request up
 */
export async function claimApproval(options: LinkOptions, request: DisruptionRequest): Promise<ClaimResult> {
  const seen = options.cache.current();
  const approval = seen?.spec?.approval;
  if (seen === undefined || approval === undefined || !isFor(approval, request)) return notClaimed('the approval was taken back');
  const why = await whyNotClaimed(options, approval);
  if (why !== undefined) return notClaimed(why);
  return writeClaim(options, seen, request);
}

/** Undefined if the leader of this moment has signed the approval, and it still counts. */
async function whyNotClaimed({ api, lease }: LinkOptions, approval: Approval): Promise<string | undefined> {
  const { namespace, name } = lease;
  const which = `the Lease ${namespace}/${name}`;
  if (approval.term === undefined)
    return `the approval does not say in which term of ${which} it was given: update the CRDs and the controller to the version of this agent`;
  let found: Lease;
  try {
    found = await api.get(leases(namespace), name);
  } catch (error) {
    return whyUnread(error, which);
  }
  return whyOver(approval, { which, present: termOf(found), time: api.serverTime() });
}

function whyUnread(error: unknown, which: string): string {
  if (!(error instanceof ApiError)) throw error;
  const reason = `it cannot be checked whether the approval still counts, as ${which} cannot be read: ${error.message}`;
  switch (error.code) {
    case 'NotFound':
      return `${reason}; start the controller, or name its Lease with --lease-namespace and --lease-name`;
    case 'Forbidden':
      return `${reason}; apply the manifests of this version, which let agents read it, or name the controller's Lease with --lease-namespace and --lease-name`;
    default:
      return reason;
  }
}

async function writeClaim(options: LinkOptions, seen: NodeKubelet, request: DisruptionRequest): Promise<ClaimResult> {
  try {
    await writeStatus(options, seen, claimedStatus(seen.status, request, seen.metadata.generation ?? 0, options.now()));
    return { kind: 'Claimed' };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    await readAgain(options, seen).catch(ignoreApiError);
    return notClaimed(error.code === 'Conflict' ? 'the NodeKubelet was changed at the same time' : error.message);
  }
}

function notClaimed(why: string): ClaimResult {
  return { kind: 'NotClaimed', why };
}
