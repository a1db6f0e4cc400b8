/** When the plan may be another one although nothing happens. Pure. */

import { fromRfc3339 } from '../../loop/time.ts';
import type { Member } from '../member.ts';
import { type Holder, isSilent, overAt, silentAt } from './holders.ts';
import { type ApprovalMemory, askAgainAfter, claimWithin } from './memory.ts';
import type { Plan } from './plan.ts';
import type { Waiting } from './waiting.ts';

interface Drafted {
  readonly memory: ApprovalMemory;
  readonly waiting: ReadonlyMap<Member, Waiting>;
  readonly isGranting: boolean;
  readonly plan: Plan;
}

/** In contact time; undefined for never. */
export function nextDue({ memory, waiting, isGranting, plan }: Drafted): number | undefined {
  const { now } = plan;
  const due = [
    ...[...memory.unclaimed.values()].map(({ since }) => since + claimWithin),
    ...[...memory.lapsed.values(), ...memory.undrained.values()].map(({ since }) => since + askAgainAfter),
    ...[...memory.holders.values()].flatMap((holder) => dueOf(holder, now)),
    ...[...plan.rollouts.values()].flatMap(({ dueIn }) => (dueIn === undefined ? [] : [now + dueIn])),
    ...windowsOpen(waiting, now),
    ...windowsClose(plan),
    ...(isGranting ? [now + claimWithin] : []),
  ].filter((time) => time > now);
  return due.length > 0 ? Math.min(...due) : undefined;
}

function dueOf(holder: Holder, now: number): number[] {
  if (holder.goneSince !== undefined) return [overAt(holder)];
  return holder.isClaimed && !isSilent(holder, now) ? [silentAt(holder)] : [];
}

function windowsOpen(waiting: ReadonlyMap<Member, Waiting>, now: number): number[] {
  const found = new Set<number>();
  for (const reason of waiting.values())
    if (reason.kind === 'Window' && reason.state.kind === 'Closed') found.add(now + reason.state.opensAt - reason.time);
  return [...found];
}

/** Approvals that are not claimed are taken back when their window ends. */
function windowsClose({ members, time, now }: Plan): number[] {
  if (time === undefined) return [];
  const found = new Set<number>();
  for (const { nodeKubelet } of members) {
    const { until } = nodeKubelet?.spec?.approval ?? {};
    if (until !== undefined && nodeKubelet?.status?.request) found.add(now + fromRfc3339(until) - time);
  }
  return [...found];
}
