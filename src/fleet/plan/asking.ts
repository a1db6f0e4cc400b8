/** Nodes whose agents ask for a disruption. Pure. */

import type { DisruptionRequest, NodeKubelet } from '../../api/types.ts';
import type { Member } from '../member.ts';

/** A member whose agent asks for a disruption. */
export interface Asking extends Member {
  readonly nodeKubelet: NodeKubelet & { readonly status: { readonly request: DisruptionRequest } };
}

/** Whether the agent has a request, granted or not. */
export function isAsking(member: Member): member is Asking {
  return member.nodeKubelet?.status?.request !== undefined;
}

/** Identifies the NodeKubelet in the memory. */
export function idOf({ metadata }: NodeKubelet): string {
  return metadata.uid ?? metadata.name;
}
