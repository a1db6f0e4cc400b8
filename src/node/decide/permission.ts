/**
 * Whether a planned change may be made now: the agent's part of the protocol with the controller (design §5).
 * Pure.
 */

import { originalsRevision } from '../../api/schema/node-kubelet.ts';
import type { DisruptionRequest } from '../../api/types.ts';
import type { Disruption, Permission, Ruling } from '../model/permission.ts';

/**
 * Rules on a disruption: Granted if the agent permits its own changes, or the controller approved exactly
 * this request; otherwise Ask, with the request that already exists for this change or a new one.
 */
export function rule(permission: Permission, disruption: Disruption): Ruling {
  if (permission.kind === 'Self') return { kind: 'Granted' };
  // Bootstrap: no kubelet runs that could be disrupted, and without one the controller sees no Node to
  // approve.
  if (permission.isUnregistered && !disruption.unitIsActive) return { kind: 'Granted' };
  const request = currentRequest(permission, disruption) ?? newRequest(permission.newId, disruption);
  const { approval } = permission;
  if (approval?.request !== request.id || approval.revision !== request.revision) return { kind: 'Ask', request };
  if (approval.stage === 'Drain') return { kind: 'Ask', request, waitsFor: 'the controller drains the node first' };
  return { kind: 'Granted', claim: request };
}

/** Whether the controller, for a person, lets the node try again what failed as this request. */
export function mayTryAgain(permission: Permission, failed: string | undefined): boolean {
  return permission.kind === 'Controller' && failed !== undefined && permission.retry === failed;
}

type Asked = Extract<Permission, { kind: 'Controller' }>;

/** The request that was already made for this change, unless it was claimed: a claimed request is used up. */
function currentRequest({ request, claimed }: Asked, { revision, inputs }: Disruption): DisruptionRequest | undefined {
  const isSame = request?.revision === (revision ?? originalsRevision) && request.inputs === (inputs ?? undefined);
  return isSame && claimed !== request.id ? request : undefined;
}

function newRequest(id: string, { revision, inputs, reason }: Disruption): DisruptionRequest {
  return { id, revision: revision ?? originalsRevision, ...(inputs === null ? {} : { inputs }), reason };
}
