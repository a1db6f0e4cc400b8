/**
 * Which nodes of the fleet may change, and what each object's status should say. Pure but for the validator's
 * memory.
 */

import type { KubeletConfig, KubeletConfigStatus } from '../api/types.ts';
import { findingsOf } from './conditions.ts';
import { staleTaints, type TaintRemoval } from './drain/taint.ts';
import type { FleetView } from './fleet.ts';
import { findingsOfLeaving } from './leaving.ts';
import { isDeleting, type Member, membersOf } from './member.ts';
import { configuredNodes } from './new-nodes.ts';
import type { Validator } from './object-health.ts';
import type { Approvals } from './plan/approvals.ts';
import { planApprovals } from './plan/approve.ts';
import { type ApprovalMemory, nothingRemembered } from './plan/memory.ts';
import type { Situation } from './plan/plan.ts';
import { type ReactionMemory, trackReactions } from './reaction.ts';
import { type FinalizerStep, finalizerStep } from './restore.ts';
import { type RolloutNumbers, rolloutNumbers } from './rollout-numbers.ts';
import { statusOf } from './status.ts';
import { type Tally, tally } from './tally.ts';
import { type ReportedWarnings, reportedWarnings, warningsAbout } from './warnings.ts';

/** The memory that one assessment leaves to the next. */
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
  /** Undefined for an object that the plan does not know. */
  readonly rollout?: RolloutNumbers | undefined;
}

export interface FleetAssessment {
  readonly approvals: Approvals;
  readonly reports: readonly ObjectReport[];
  /** Of drains that are over, and of new nodes that are set up. */
  readonly taints: readonly TaintRemoval[];
  readonly memory: FleetMemory;
  /** When the assessment may be another one although nothing happens; undefined for never. */
  readonly wakeAt: number | undefined;
}

export interface AssessOptions extends Pick<Situation, 'now' | 'term' | 'inOffice' | 'newNodeTaint' | 'drains'> {
  /** The date, RFC 3339, for statuses. */
  readonly date: string;
  readonly validator: Validator;
}

/**
 * Assesses the whole fleet as it was last seen.
 * @param before the memory that the assessment before returned, with what was written since
 * @returns one report for each object of the view, in its order
 */
export function assess(view: FleetView, before: FleetMemory, options: AssessOptions): FleetAssessment {
  const { now, date, validator } = options;
  const objects = view.kubeletConfigs;
  const members = membersOf(view);
  const health = validator(objects, members);
  const refused = new Set(objects.filter((object) => health.get(object)?.kind === 'Refused'));
  const reactions = trackReactions(objects, members, now, before.reactions);
  const situation = { ...options, time: view.time, refused, isMissing: reactions.isMissing };
  const approvals = planApprovals(objects, members, before.approvals, situation);
  const { granted, waiting, silent } = approvals;
  const isMissing = (object: KubeletConfig, member: Member) =>
    silent.has(member) || waiting.get(member)?.kind === 'AgentMissing' || reactions.isMissing(object, member);
  const tallies = tally(objects, members, { granted, silent, isMissing });
  const reports = reportsOn(tallies, { health, approvals, reported: reportedWarnings(members), date });
  return {
    approvals,
    reports,
    taints: [...staleTaints(members), ...configuredNodes(members, options.newNodeTaint)],
    memory: { approvals: approvals.memory, reactions: reactions.memory },
    wakeAt: earliest([approvals.wakeAt, reactions.wakeAt]),
  };
}

interface ReportFacts {
  readonly health: ReturnType<Validator>;
  readonly approvals: Approvals;
  readonly reported: ReportedWarnings;
  readonly date: string;
}

function reportsOn(tallies: ReadonlyMap<KubeletConfig, Tally>, facts: ReportFacts): ObjectReport[] {
  const { health, approvals, reported, date } = facts;
  const numbers = rolloutNumbers(approvals);
  return [...tallies].map(([object, counted]) => {
    const own = health.get(object) ?? { kind: 'Valid' };
    const warnings = warningsAbout(object, reported, own.warnings ?? []);
    const findings = isDeleting(object)
      ? findingsOfLeaving(object, counted, approvals.waiting)
      : findingsOf(object, { health: own, tally: counted, approvals, warnings: warnings.length });
    return {
      object,
      tally: counted,
      status: statusOf(object, { tally: counted, findings, warnings, rollout: approvals.rollouts.get(object)?.state }, date),
      finalizer: finalizerStep(object, counted),
      rollout: numbers.get(object),
    };
  });
}

/** Undefined if none is given. */
export function earliest(times: readonly (number | undefined)[]): number | undefined {
  const due = times.filter((time) => time !== undefined);
  return due.length > 0 ? Math.min(...due) : undefined;
}
