/** One pass over the whole fleet, up to what should be written: who may change, and what is to be said of each object. Pure but for what the judge remembers. */

import type { KubeletConfig, KubeletConfigStatus } from '../api/types.ts';
import { type ApprovalMemory, nothingRemembered } from './approval-memory.ts';
import { type Approvals, planApprovals } from './approve.ts';
import { findingsOf } from './conditions.ts';
import type { FleetView } from './fleet.ts';
import { type Member, membersOf } from './member.ts';
import { type ReactionMemory, trackReactions } from './reaction.ts';
import { type FinalizerStep, finalizerStep } from './restore.ts';
import { statusOf } from './status.ts';
import { type Tally, tally } from './tally.ts';
import type { Judge } from './verdict.ts';

/** What one pass leaves to the next. */
export interface FleetMemory {
  readonly approvals: ApprovalMemory;
  readonly reactions: ReactionMemory;
}

export const noMemory: FleetMemory = { approvals: nothingRemembered, reactions: new Map() };

export interface ObjectReport {
  readonly object: KubeletConfig;
  readonly tally: Tally;
  readonly status: KubeletConfigStatus;
  readonly finalizer: FinalizerStep | undefined;
}

export interface Assessment {
  readonly approvals: Approvals;
  readonly reports: readonly ObjectReport[];
  readonly memory: FleetMemory;
  /** When the assessment may be another one although nothing happens. */
  readonly wakeAt: number | undefined;
}

export interface AssessOptions {
  /** Milliseconds, monotonic. */
  readonly now: number;
  /** RFC 3339, for people. */
  readonly time: string;
  readonly judge: Judge;
}

export function assess(view: FleetView, before: FleetMemory, { now, time, judge }: AssessOptions): Assessment {
  const objects = view.kubeletConfigs;
  const members = membersOf(view);
  const approvals = planApprovals(objects, members, now, before.approvals);
  const reactions = trackReactions(objects, members, now, before.reactions);
  const { granted, waiting } = approvals;
  const isMissing = (object: KubeletConfig, member: Member) =>
    waiting.get(member)?.kind === 'AgentMissing' || reactions.isMissing(object, member);
  const tallies = tally(objects, members, { granted, isMissing });
  const verdicts = judge(objects, members);
  const reports = [...tallies].map(([object, counted]): ObjectReport => {
    const findings = findingsOf(object, verdicts.get(object) ?? { kind: 'Fine' }, counted, waiting);
    return {
      object,
      tally: counted,
      status: statusOf(object, counted, findings, time),
      finalizer: finalizerStep(object, counted),
    };
  });
  return {
    approvals,
    reports,
    memory: { approvals: approvals.memory, reactions: reactions.memory },
    wakeAt: earliest([approvals.wakeAt, reactions.wakeAt]),
  };
}

export function earliest(times: readonly (number | undefined)[]): number | undefined {
  const due = times.filter((time) => time !== undefined);
  return due.length > 0 ? Math.min(...due) : undefined;
}
