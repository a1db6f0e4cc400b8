/**
 * Which nodes may change now (design F1): of the nodes that an object counts, at most maxUnavailable are
 * unavailable or changing. Pure: what has to be remembered between two passes goes in and comes out.
 */

import type { KubeletConfig } from '../../api/types.ts';
import { rfc3339 } from '../../loop/time.ts';
import type { Drain } from '../drain/drainer.ts';
import type { Approval } from '../fleet.ts';
import type { Member } from '../member.ts';
import type { Approvals, Grant, Revocation } from './approvals.ts';
import { type Asking, idOf } from './asking.ts';
import { take } from './budget.ts';
import { roomFor } from './candidates.ts';
import { drainFor } from './drain.ts';
import { type Candidate, gateOf, stopOf, windowEnd } from './gates.ts';
import { type Ground, prepare } from './ground.ts';
import { type Holder, type Holding, holdersOf, isSilent } from './holders.ts';
import { type ApprovalMemory, askAgainAfter, stillLapsed, watchClaims } from './memory.ts';
import { nextDue } from './next-due.ts';
import type { Situation } from './plan.ts';
import type { Waiting } from './waiting.ts';

/**
 * Which requests are to be granted and which approvals to be taken back.
 *
 * It promises for every object that the node counts for, and for every object in the inputs of what it runs:
 * no grant makes the nodes that are unavailable, or granted and not finished, more than maxUnavailable. A
 * node that is down by itself needs no room, but at most maxUnavailable such cures are granted at once. The
 * same arguments give the same plan.
 * @param before the memory that the pass before returned, with `attempted` for what was written since
 */
export function planApprovals(
  objects: readonly KubeletConfig[],
  members: readonly Member[],
  before: ApprovalMemory,
  situation: Situation,
): Approvals {
  const planner = new Planner(prepare(objects, members, before, situation), before);
  planner.inherit();
  planner.watchOwn();
  planner.endDoubt();
  planner.grantOthers();
  return planner.result();
}

/** Drafts the decisions of one pass, in the order in which they depend on each other. */
class Planner {
  readonly #ground: Ground;
  readonly #before: ApprovalMemory;
  readonly #granted: Set<Asking>;
  readonly #claims: ReturnType<typeof watchClaims>;
  readonly #lapsed: ApprovalMemory['lapsed'];
  readonly #undrained: Map<string, { readonly request: string; readonly since: number; readonly why: string }>;
  readonly #grants: Grant[] = [];
  readonly #revocations: Revocation[] = [];
  readonly #drains: Drain[] = [];
  readonly #waiting = new Map<Member, Waiting>();

  constructor(ground: Ground, before: ApprovalMemory) {
    const { asking, holdings, plan } = ground;
    this.#ground = ground;
    this.#before = before;
    this.#granted = new Set(holdings.keys());
    const approved = [...holdings].flatMap(([member, holding]) => (holding === 'Own' ? [member] : []));
    this.#claims = watchClaims(approved, plan.now, before);
    this.#lapsed = stillLapsed(asking, this.#claims.overdue, plan.now, before);
    this.#undrained = stillUndrained(asking, before);
  }

  /**
   * Approvals of another term count, and are never adopted unseen: they are signed anew if they may be
   * granted as any other request, else taken back, the last by name first.
   */
  inherit(): void {
    const { plan } = this.#ground;
    let last: Candidate | undefined;
    for (const candidate of this.#heldAs('Stranger')) {
      const reason = gateOf(candidate, plan) ?? roomFor(candidate);
      if (stopOf(candidate, plan)) this.#revoke(candidate, 'Stopped');
      else if (reason === undefined) this.#grant(candidate, candidate.member.nodeKubelet.spec?.approval?.stage);
      else if (reason.kind !== 'Recording') last = candidate;
    }
    if (last) this.#revoke(last, 'NoRoom');
  }

  /** Approvals of this term: claimed in time, stopped meanwhile, or waiting for a drain. */
  watchOwn(): void {
    const { plan } = this.#ground;
    for (const candidate of this.#heldAs('Own')) {
      const { nodeKubelet } = candidate.member;
      if (stopOf(candidate, plan)) this.#revoke(candidate, 'Stopped');
      else if (this.#claims.overdue.has(candidate.member)) this.#revoke(candidate, 'Unclaimed');
      else if (nodeKubelet.spec?.approval?.stage === 'Drain') this.#drain(candidate);
    }
  }

  /**
   * An approval that was sent and not seen since is sent again, or, if it may not be granted any more, ended
   * by a write that changes the object.
   */
  endDoubt(): void {
    for (const candidate of this.#heldAs('Sent')) {
      const reason = gateOf(candidate, this.#ground.plan) ?? roomFor(candidate);
      if (reason === undefined) this.#grant(candidate);
      else if (reason.kind !== 'Recording') this.#revoke(candidate, 'Doubt');
    }
  }

  /** Everything else that is asked for: cures first, last the nodes that let an approval lapse, by name. */
  grantOthers(): void {
    const { asking, holdings, candidateFor, plan } = this.#ground;
    const rank = ({ member: { nodeKubelet }, place }: Candidate) => {
      if (this.#lapsed.has(idOf(nodeKubelet)) || this.#undrained.has(idOf(nodeKubelet))) return 2;
      return place === 'Cure' ? 0 : 1;
    };
    const open = asking.filter((member) => !holdings.has(member)).map(candidateFor);
    const ranked = open.map((candidate) => ({ candidate, rank: rank(candidate) }));
    ranked.sort((a, b) => a.rank - b.rank || (a.candidate.member.name < b.candidate.member.name ? -1 : 1));
    for (const { candidate } of ranked) {
      const reason = this.#isOnHold(candidate.member) ?? gateOf(candidate, plan) ?? roomFor(candidate);
      if (reason) this.#waiting.set(candidate.member, reason);
      else this.#grant(candidate);
    }
  }

  result(): Approvals {
    const { plan, vanished, sent } = this.#ground;
    const holders = holdersOf([...this.#granted], plan.byKey, plan.now, this.#before.holders);
    const silent = new Set([...this.#granted].filter(({ name }) => isSilentHolder(holders.get(name), plan.now)));
    for (const holder of vanished) holders.set(holder.name, holder);
    const memory: ApprovalMemory = {
      sent,
      unclaimed: this.#claims.unclaimed,
      lapsed: this.#lapsed,
      undrained: this.#undrained,
      holders,
      failures: plan.failures.counted,
    };
    return {
      grants: this.#grants,
      revocations: this.#revocations,
      retries: plan.failures.retries,
      drains: this.#drains,
      granted: this.#granted,
      silent,
      waiting: this.#waiting,
      budgets: plan.budgets,
      failures: plan.failures,
      rollouts: plan.rollouts,
      memory,
      wakeAt: nextDue({ memory, waiting: this.#waiting, isGranting: this.#grants.length > 0, plan }),
    };
  }

  /** By name. */
  #heldAs(wanted: Holding): Candidate[] {
    const { holdings, candidateFor } = this.#ground;
    const members = [...holdings].flatMap(([member, holding]) => (holding === wanted ? [member] : []));
    return members.sort((a, b) => (a.name < b.name ? -1 : 1)).map(candidateFor);
  }

  /** The drain is kept until the view shows what became of it: it would else begin anew. */
  #drain(candidate: Candidate): void {
    const { member } = candidate;
    const { id } = member.nodeKubelet.status.request;
    const options = drainFor(candidate);
    const progress = this.#ground.plan.drains.get(id);
    if (options) this.#drains.push({ member, request: id, options });
    if (options === undefined || progress?.kind === 'Empty') this.#grant(candidate, 'Go');
    else if (progress?.kind === 'GivenUp') {
      this.#undrained.set(idOf(member.nodeKubelet), { request: id, since: this.#ground.plan.now, why: progress.why });
      this.#revoke(candidate, 'NotDrained');
    }
  }

  #grant(candidate: Candidate, stage?: Approval['stage']): void {
    const { plan } = this.#ground;
    const { member, place, room } = candidate;
    const { id, revision } = member.nodeKubelet.status.request;
    const end = windowEnd(candidate, plan);
    const first = stage ?? (drainFor(candidate) ? 'Drain' : undefined);
    const approval: Approval = {
      request: id,
      revision,
      term: plan.term,
      place,
      ...(end !== undefined && { until: rfc3339(end) }),
      ...(first === 'Drain' && { stage: first }),
    };
    this.#grants.push({ nodeKubelet: member.nodeKubelet, approval, isRenewal: this.#granted.has(member) });
    this.#granted.add(member);
    take(room, member.name);
    plan.progress.grant(candidate);
  }

  #revoke({ member }: Candidate, because: Revocation['because']): void {
    this.#revocations.push({ nodeKubelet: member.nodeKubelet, because });
  }

  #isOnHold({ nodeKubelet }: Asking): Waiting | undefined {
    const { now } = this.#ground.plan;
    const lapse = this.#lapsed.get(idOf(nodeKubelet));
    if (lapse && now < lapse.since + askAgainAfter) return { kind: 'AgentMissing' };
    const undrained = this.#undrained.get(idOf(nodeKubelet));
    if (undrained && now < undrained.since + askAgainAfter) return { kind: 'NotDrained', why: undrained.why };
    return undefined;
  }
}

function stillUndrained(asking: readonly Asking[], { undrained }: ApprovalMemory) {
  const still = new Map<string, { readonly request: string; readonly since: number; readonly why: string }>();
  if (undrained.size === 0) return still;
  for (const { nodeKubelet } of asking) {
    const known = undrained.get(idOf(nodeKubelet));
    if (known?.request === nodeKubelet.status.request.id) still.set(idOf(nodeKubelet), known);
  }
  return still;
}

function isSilentHolder(holder: Holder | undefined, now: number): boolean {
  return holder !== undefined && isSilent(holder, now);
}
