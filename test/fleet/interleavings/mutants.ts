/** Each breaks one rule of the protocol. That every one is caught shows that the rule is needed, and that the explorer would notice. */

import type { NodeKubelet } from '../../../src/api/types.ts';
import type { Member } from '../../../src/fleet/member.ts';
import type { Approvals, Grant } from '../../../src/fleet/plan/approvals.ts';
import { leader } from '../builders.ts';
import type { Given, Rules } from './rules.ts';
import type { World } from './steps.ts';

/** A mutant in the smallest world that catches it. */
export interface Mutant {
  readonly name: string;
  readonly world: World;
  /** What is found. */
  readonly caught: string;
  /** The length of the shortest way there. */
  readonly steps: number;
}

const small = { nodes: 2, most: 1, requests: 1 };

function mutant(name: string, faults: World['faults'], rules: Partial<Rules>, caught: string, steps: number): Mutant {
  return { name, world: { ...small, faults, mutant: rules }, caught, steps };
}

/** As in the table of the protocol: ten of the fence, and five that a ledger would have had to follow as well. */
export const mutants: readonly Mutant[] = [
  mutant(
    'the agent does not check the term',
    { take: 1 },
    { agentReads: 'Never' },
    'I1: B does not know that n1 holds a grant',
    10,
  ),
  mutant(
    'the agent checks what it read before it saw the approval',
    { take: 1 },
    { agentReads: 'BeforeApproval' },
    'I1: B does not know that n1 holds a grant',
    11,
  ),
  mutant(
    'no list after the takeover',
    { take: 1 },
    { listsAfterTakeover: false },
    'I1: B does not know that n0 holds a grant',
    9,
  ),
  mutant(
    'adopts approvals of another term without room',
    { take: 1 },
    { decided: adoptAll },
    'F1: B decides that 2 nodes may change, allowed are 1',
    12,
  ),
  mutant('leaves approvals of another term alone', { take: 1 }, { decided: leaveStrangers }, 'stuck', 5),
  mutant('no claim', { revoke: 1 }, { agentClaims: false }, 'I1: A does not know that n0 holds a grant', 10),
  mutant('forgets its own unsure grant', { lost: 1 }, { keepsDoubt: false }, 'I1: A does not know that n1 holds a grant', 8),
  mutant(
    'makes a NodeKubelet in the middle of a change',
    { recreate: 1 },
    { makesAnewOnlyWhenIdle: false },
    'I1: A does not know that n0 holds a grant',
    13,
  ),
  mutant(
    'gives away the place of a NodeKubelet that is gone',
    { recreate: 1 },
    { given: forgetHolders },
    'I1: A does not know that n0 holds a grant',
    12,
  ),
  mutant(
    'an admission policy with a cached Lease is the fence',
    { take: 1 },
    { agentReads: 'Never', admission: 'OfCache' },
    'I1: B does not know that n1 holds a grant',
    10,
  ),
  mutant(
    'doubt is ended by another look at the same version',
    { lost: 1 },
    { doubtNeedsLaterVersion: false },
    'I1: A does not know that n1 holds a grant',
    9,
  ),
  mutant(
    'gives away the place of a Node that was registered anew',
    { recreate: 1 },
    { given: forgetFormer },
    'I1: A does not know that n0 holds a grant',
    9,
  ),
  mutant(
    'drops the doubt of an approval that it does not see',
    { lost: 1 },
    { given: forgetSent },
    'I1: A does not know that n1 holds a grant',
    8,
  ),
  mutant('revokes by null', { lost: 1, down: 1 }, { revocationChanges: false }, 'I1: A does not know that n1 holds a grant', 12),
  mutant(
    'sends the approval before it remembers it',
    { lost: 1 },
    { remembersBeforeSending: false },
    'I1: A does not know that n1 holds a grant',
    8,
  ),
];

/** Other arguments for the real planner, and other orders of what surrounds it. */
export const furtherMutants: readonly Mutant[] = [
  mutant('the planner takes approvals of another term for its own', { take: 1 }, { given: ownStrangers }, 'stuck', 5),
  mutant('the planner does not see claims', {}, { given: hideClaims }, 'I1: A does not know that n1 holds a grant', 10),
  mutant('the planner may grant one more', {}, { given: oneMore }, 'F1: A decides that 2 nodes may change, allowed are 1', 5),
  mutant(
    'the planner takes all nodes for ready',
    { down: 1 },
    { given: allReady },
    'F1: A decides that 2 nodes may change, allowed are 1',
    5,
  ),
];

/** Likewise, in worlds that take a second each. */
export const costlyMutants: readonly Mutant[] = [
  mutant(
    'the planner does not know when it took office',
    { take: 1, recreate: 1 },
    { given: noOffice },
    'I1: B does not know that n0 holds a grant',
    13,
  ),
  mutant(
    'Nodes are listed before NodeKubelets',
    { take: 1, recreate: 1 },
    { listsNodesLast: false },
    'I1: B does not know that n0 holds a grant',
    13,
  ),
  mutant(
    'the first plan does not rest on the list',
    { take: 1, recreate: 1 },
    { plansFirstOnList: false },
    'I1: B does not know that n0 holds a grant',
    14,
  ),
];

function strangers({ members }: Given): ReadonlySet<string> {
  const ofOthers = members.filter(({ nodeKubelet }) => isStranger(nodeKubelet));
  return new Set(ofOthers.map(({ name }) => name));
}

function isStranger(nodeKubelet: NodeKubelet | undefined): boolean {
  const { spec, status } = nodeKubelet ?? {};
  const isApproved = status?.request !== undefined && spec?.approval?.request === status.request.id;
  return isApproved && status.claimed !== status.request.id && spec.approval?.term !== leader;
}

function adoptAll(plan: Approvals): Approvals {
  const adopted = plan.revocations.flatMap(({ nodeKubelet, because }): Grant[] => {
    const { request } = nodeKubelet.status ?? {};
    if (because !== 'NoRoom' || !request) return [];
    const approval = { request: request.id, revision: request.revision, term: leader };
    return [{ nodeKubelet, approval, isRenewal: true }];
  });
  return {
    ...plan,
    grants: [...plan.grants, ...adopted],
    revocations: plan.revocations.filter(({ because }) => because !== 'NoRoom'),
  };
}

function leaveStrangers(plan: Approvals, given: Given): Approvals {
  const theirs = strangers(given);
  const isOurs = ({ nodeKubelet }: { readonly nodeKubelet: NodeKubelet }) => !theirs.has(nodeKubelet.metadata.name);
  return { ...plan, grants: plan.grants.filter(isOurs), revocations: plan.revocations.filter(isOurs) };
}

function forgetHolders(given: Given): Given {
  return { ...given, memory: { ...given.memory, holders: new Map() } };
}

/** What the former NodeKubelet says is taken to be over. */
function forgetFormer(given: Given): Given {
  const isThere = ({ node, nodeKubelet }: Member) => node !== undefined && nodeKubelet !== undefined;
  const there = new Set(given.members.filter(isThere).map(({ name }) => name));
  const holders = new Map([...given.memory.holders].filter(([name]) => there.has(name)));
  return { ...given, members: given.members.filter(({ node }) => node), memory: { ...given.memory, holders } };
}

function forgetSent(given: Given): Given {
  return { ...given, memory: { ...given.memory, sent: new Map() } };
}

function withNodeKubelets(given: Given, change: (nodeKubelet: NodeKubelet) => NodeKubelet): Given {
  const members = given.members.map((member) =>
    member.nodeKubelet ? { ...member, nodeKubelet: change(member.nodeKubelet) } : member,
  );
  return { ...given, members };
}

function ownStrangers(given: Given): Given {
  return withNodeKubelets(given, (nodeKubelet) => {
    const { approval } = nodeKubelet.spec ?? {};
    return approval ? { ...nodeKubelet, spec: { approval: { ...approval, term: leader } } } : nodeKubelet;
  });
}

function hideClaims(given: Given): Given {
  return withNodeKubelets(given, (nodeKubelet) => {
    const { claimed, ...status } = nodeKubelet.status ?? {};
    return claimed !== undefined && claimed === status.request?.id ? { ...nodeKubelet, spec: {}, status } : nodeKubelet;
  });
}

function oneMore(given: Given): Given {
  const objects = given.objects.map((object) => {
    const { maxUnavailable = 1 } = object.spec.rollout ?? {};
    return {
      ...object,
      spec: { ...object.spec, rollout: { ...object.spec.rollout, maxUnavailable: Number(maxUnavailable) + 1 } },
    };
  });
  return {
    ...given,
    objects,
    members: given.members.map((member) => ({ ...member, selecting: member.nodeKubelet ? objects : [] })),
  };
}

function allReady(given: Given): Given {
  return {
    ...given,
    members: given.members.map((member) => (member.node ? { ...member, node: { ...member.node, ready: true } } : member)),
  };
}

function noOffice(given: Given): Given {
  return { ...given, situation: { ...given.situation, inOffice: undefined } };
}
