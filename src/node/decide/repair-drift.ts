/**
 * Decides about drift of the committed revision while that is the desired one, or the desired one is unknown.
 * Pure.
 */

import type { Problem } from '../../api/problem.ts';
import type { Action, Situation } from '../model/action.ts';
import type { TransactionRecord } from '../model/record.ts';
import type { Target } from '../model/target.ts';
import { type DriftRepair, driftRepair } from './drift.ts';
import { unitState } from './observed-state.ts';
import { plan } from './plan.ts';
import { planChange, recordOf } from './plan-change.ts';

/**
 * Decides how the node returns to the committed revision.
 *
 * @param target the committed revision, or a rendered one with the same bytes
 * @param unknown why the desired revision is unknown; nothing is restarted then. Undefined if it is the
 * committed one
 * @returns Keep if a person has to act; otherwise as `planChange`
 */
export function repairDrift(
  target: Target,
  committed: TransactionRecord,
  situation: Situation,
  unknown?: readonly Problem[],
): Action {
  const { observed, options, restartPending } = situation;
  const repair = driftRepair(committed, observed, {
    drift: target.traits.drift,
    agentState: options.agentState,
    retry: options.retry,
    restartPending,
    mayRestart: unknown === undefined,
    problems: unknown ?? [],
  });
  const isRecorded = committed.inputs?.id === target.traits.inputs?.id;
  if (unknown && repair.kind !== 'Repair')
    return { kind: 'Keep', because: 'Unknown', problems: repair.kind === 'Leave' ? repair.problems : unknown };
  switch (repair.kind) {
    case 'InOrder':
      return planChange(target, isRecorded ? 'Drift' : 'Change', situation);
    case 'Restart':
      return planChange(target, isRecorded ? 'Drift' : 'Change', situation, repair.drifted);
    case 'Repair':
      return repairWithoutRestart(target, repair, situation);
    case 'Leave': {
      if (isRecorded) return { kind: 'Keep', because: 'Unknown', problems: repair.problems };
      const record = recordOf(target, situation);
      return { kind: 'Change', record, steps: [], foreign: [], reason: 'Change', unresolved: repair.problems };
    }
    default:
      return repair satisfies never;
  }
}

/** A repair without a restart needs no approval, because it disrupts nothing (design §5). */
function repairWithoutRestart(
  target: Target,
  { drifted, held, problems }: Extract<DriftRepair, { kind: 'Repair' }>,
  situation: Situation,
): Action {
  const { observed, options } = situation;
  if (options.resting?.inputs === (target.traits.inputs?.id ?? null))
    return { kind: 'Keep', because: 'Resting', problems: [], verdict: options.resting.reason };
  const files = target.files.filter((file) => drifted.some(({ path }) => path === file.path));
  const unit = held ? { ...target.unit, enabled: unitState(observed).enabled } : target.unit;
  return {
    kind: 'Change',
    record: recordOf(target, situation),
    steps: plan(observed, { files, unit, install: null }, { restart: 'Never' }),
    foreign: [],
    reason: 'Drift',
    drifted,
    unnoticedBy: observed.unit.invocationId,
    ...(problems.length > 0 && { unresolved: problems }),
  };
}
