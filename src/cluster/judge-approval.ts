/** Whether an agent may claim an approval: the agent's half of the fence (design F3). Pure. */

import type { DisruptionRequest, NodeKubeletSpec } from '../api/types.ts';

export type Approval = NonNullable<NonNullable<NodeKubeletSpec>['approval']>;

/** What the agent has read after it saw the approval. */
export interface Evidence {
  /** Names the Lease, for a person. */
  readonly which: string;
  /** The term of the Lease. */
  readonly present: string;
  /** The clock of the API server in milliseconds; undefined if no answer had a date. */
  readonly time: number | undefined;
}

/** Whether the approval is one for this very request, and the node need not be drained first. */
export function isFor({ request, revision, stage }: Approval, { id, revision: asked }: DisruptionRequest): boolean {
  return request === id && revision === asked && stage !== 'Drain';
}

/** Undefined if the leader of this moment has signed the approval, and it still counts; else why not. */
export function whyOver({ term, until }: Approval, { which, present, time }: Evidence): string | undefined {
  if (term !== present)
    return `the controller that gave the approval no longer leads (its term was ${term}, that of ${which} is ${present}): the one that leads now gives it again or takes it back. If neither happens, give agents and controller the same --lease-name, and the controller as --namespace what the agents have as --lease-namespace`;
  if (until === undefined || (time !== undefined && time < Date.parse(until))) return undefined;
  return `the approval was good until ${until}, and that is over: the controller gives another one when the node may change again`;
}
