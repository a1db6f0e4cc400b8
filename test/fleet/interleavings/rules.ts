/** The rules of the protocol that a mutant may break. What follows them all is the protocol. */

import type { KubeletConfig } from '../../../src/api/types.ts';
import type { Member } from '../../../src/fleet/member.ts';
import type { Approvals } from '../../../src/fleet/plan/approvals.ts';
import type { ApprovalMemory } from '../../../src/fleet/plan/memory.ts';
import type { Situation } from '../../../src/fleet/plan/plan.ts';

/** The arguments of `planApprovals`. */
export interface Given {
  readonly objects: readonly KubeletConfig[];
  readonly members: readonly Member[];
  readonly memory: ApprovalMemory;
  readonly situation: Situation;
}

export interface Rules {
  /** When the agent reads the Lease that it compares the approval with. */
  readonly agentReads: 'AfterApproval' | 'BeforeApproval' | 'Never';
  /** The agent writes its claim before it begins. */
  readonly agentClaims: boolean;
  /** A NodeKubelet that is gone is made anew only when no change is under way. */
  readonly makesAnewOnlyWhenIdle: boolean;
  /** An admission policy compares the term of an approval with the Lease when it is stored. */
  readonly admission: 'None' | 'OfCache' | 'Exact';
  readonly listsAfterTakeover: boolean;
  /** NodeKubelets are listed before Nodes. */
  readonly listsNodesLast: boolean;
  /** The first plan rests on the NodeKubelets as they were listed, and on nothing later. */
  readonly plansFirstOnList: boolean;
  /** A revocation is written in a way that changes the object. */
  readonly revocationChanges: boolean;
  /** The controller remembers an approval before it is sent. */
  readonly remembersBeforeSending: boolean;
  /** After an answer that did not come the approval counts as granted. */
  readonly keepsDoubt: boolean;
  /** Doubt outlasts a look at the same version. */
  readonly doubtNeedsLaterVersion: boolean;
  /** Changes what the planner is given. */
  readonly given: (given: Given) => Given;
  /** Changes what the planner has decided. */
  readonly decided: (plan: Approvals, given: Given) => Approvals;
}

export const protocol: Rules = {
  agentReads: 'AfterApproval',
  agentClaims: true,
  makesAnewOnlyWhenIdle: true,
  admission: 'None',
  listsAfterTakeover: true,
  listsNodesLast: true,
  plansFirstOnList: true,
  revocationChanges: true,
  remembersBeforeSending: true,
  keepsDoubt: true,
  doubtNeedsLaterVersion: true,
  given: (given) => given,
  decided: (plan) => plan,
};
