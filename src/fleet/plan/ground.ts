/** What is true before the planner decides anything: who holds what, and what is left. Pure. */

import type { KubeletConfig } from '../../api/types.ts';
import { isUnavailable, keyOf, type Member } from '../member.ts';
import { type Asking, isAsking } from './asking.ts';
import { type Budgets, budgetsFor, budgetsOf, occupy, occupyUnavailable, restingIn, take, withControlPlane } from './budget.ts';
import { candidatesIn } from './candidates.ts';
import { type Sent, stillUnsettled } from './doubt.ts';
import { trackFailures } from './failures.ts';
import type { Candidate } from './gates.ts';
import { type Holder, type Holding, holdingOf, isOver, mayHoldUnseen, vanishedHolders } from './holders.ts';
import type { ApprovalMemory } from './memory.ts';
import type { Plan, Situation } from './plan.ts';
import { progressOf } from './progress.ts';
import { rolloutOf } from './rollout-state.ts';

export interface Ground {
  readonly plan: Plan;
  readonly asking: readonly Asking[];
  readonly holdings: ReadonlyMap<Asking, Holding>;
  /** Holders whose NodeKubelet is gone. */
  readonly vanished: readonly Holder[];
  readonly sent: Sent;
  candidateFor(member: Asking): Candidate;
}

/** Looks at everything once: holders, places that are taken, failures, and how far each content has come. */
export function prepare(
  objects: readonly KubeletConfig[],
  members: readonly Member[],
  before: ApprovalMemory,
  situation: Situation,
): Ground {
  const { now, term, newNodeTaint } = situation;
  const asking = members.filter(isAsking);
  const sent = stillUnsettled(members, before.sent);
  const vanished = vanishedHolders(members, now, before.holders);
  const budgets = budgetsOf(objects, members);
  const byKey = new Map(objects.map((object) => [keyOf(object.metadata), object]));
  const candidateFor = candidatesIn(budgets, byKey, newNodeTaint);
  const holdings = new Map<Asking, Holding>();
  for (const member of asking) {
    const holding = holdingOf(member, term, sent);
    const known = before.holders.get(member.name);
    const isForgotten = !member.node && known !== undefined && isOver(known, now);
    if (holding && !isForgotten) holdings.set(member, holding);
  }
  occupyPlaces(budgets, members, vanished, situation);
  for (const member of holdings.keys()) take(candidateFor(member).room, member.name);
  const progress = progressOf(objects, members, [...holdings.keys()].map(candidateFor));
  const failures = trackFailures(objects, members, vanished, before);
  const rollouts = new Map(
    objects.map((object) => [object, rolloutOf(object, members, progress, failures, situation.time)] as const),
  );
  const plan: Plan = { ...situation, members, byKey, budgets, failures, progress, rollouts, zones: new Map() };
  return { plan, asking, holdings, vanished, sent, candidateFor };
}

/** The places that are taken without anybody having asked for them. */
function occupyPlaces(
  budgets: Budgets,
  members: readonly Member[],
  vanished: readonly Holder[],
  { time, inOffice, newNodeTaint }: Situation,
): void {
  occupyUnavailable(budgets, members, newNodeTaint);
  for (const member of members)
    if (!isUnavailable(member) && mayHoldUnseen(member, time, inOffice))
      occupy(restingIn(budgets, member), member.name, 'WithoutReport');
  for (const { name, objects, node } of vanished) {
    const counted = withControlPlane(budgets, { ...(node && { node }) }, budgetsFor(budgets, objects));
    take(counted, name);
    for (const { taken } of counted) taken.set(name, 'WithoutReport');
  }
}
