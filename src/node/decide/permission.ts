/** Whether a change that is wanted may be made now: the agent's half of the protocol with the controller (design §5). Pure. */

import { originalsRevision } from '../../api/schema/node-kubelet.ts';
import type { DisruptionRequest } from '../../api/types.ts';
import type { Disruption, Permission, Ruling } from '../model/permission.ts';

export function rule(permission: Permission, disruption: Disruption): Ruling {
  if (permission.kind === 'Self') return { kind: 'Granted' };
  // Bootstrap: there is no kubelet to disturb, and without one no Node through which a controller could know of us.
  if (permission.isUnregistered && !disruption.unitIsActive) return { kind: 'Granted' };
  const request = currentRequest(permission, disruption) ?? newRequest(permission.newId, disruption);
  const { approval } = permission;
  return approval?.request === request.id && approval.revision === request.revision
    ? { kind: 'Granted', claim: request }
    : { kind: 'Ask', request };
}

type Asked = Extract<Permission, { kind: 'Controller' }>;

/** The question that stands already, if it is this one. What was claimed has been used, whatever came of it. */
function currentRequest({ request, claimed }: Asked, { revision, inputs }: Disruption): DisruptionRequest | undefined {
  const isSame = request?.revision === (revision ?? originalsRevision) && request.inputs === (inputs ?? undefined);
  return isSame && claimed !== request.id ? request : undefined;
}

function newRequest(id: string, { revision, inputs, reason }: Disruption): DisruptionRequest {
  return { id, revision: revision ?? originalsRevision, ...(inputs === null ? {} : { inputs }), reason };
}
