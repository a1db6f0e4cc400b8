/** What somebody else has done to a revision that is the wanted one, or that nobody can say is not: what to do about it. Pure. */

import type { Problem } from '../../api/problem.ts';
import type { Action, DecideOptions } from '../model/action.ts';
import type { Journal } from '../model/journal.ts';
import type { Observed } from '../model/observed.ts';
import type { TransactionRecord } from '../model/record.ts';
import type { Target } from '../model/target.ts';
import { conflictingDropIns } from './conflicting-drop-ins.ts';
import { type DriftRepair, driftRepair } from './drift.ts';
import { plan } from './plan.ts';
import { change, isRestartPending, recordOf } from './plan-change.ts';
import { unitState } from './target.ts';

/** The committed revision is the wanted one, or nobody can say what is: it is kept as it was committed. @param unknown why that cannot be said */
export function repairDrift(
  goal: Target,
  committed: TransactionRecord,
  journal: Journal,
  observed: Observed,
  options: DecideOptions,
  unknown?: readonly Problem[],
): Action {
  const owed = isRestartPending(committed, observed, options);
  const due = driftRepair(committed, observed, {
    drift: goal.drift,
    agentState: options.agentState,
    retry: options.retry,
    owed,
    mayRestart: unknown === undefined,
    problems: [...(unknown ?? []), ...conflictingDropIns(goal, observed)],
  });
  const isRecorded = committed.inputs?.id === goal.inputs?.id;
  if (unknown && due.kind !== 'Mend')
    return { kind: 'Keep', because: 'Unknown', problems: due.kind === 'Leave' ? due.problems : unknown };
  switch (due.kind) {
    case 'InOrder':
      return change(goal, isRecorded ? 'Drift' : 'Change', journal, observed, options);
    case 'Restart':
      return change(goal, isRecorded ? 'Drift' : 'Change', journal, observed, options, due.drifted);
    case 'Mend':
      return mend(goal, due, journal, observed, options);
    case 'Leave': {
      if (isRecorded) return { kind: 'Keep', because: 'Unknown', problems: due.problems };
      const record = recordOf(goal, journal, observed);
      return { kind: 'Change', record, steps: [], foreign: [], reason: 'Change', unresolved: due.problems };
    }
    default:
      return due satisfies never;
  }
}

/** Drift repairs without a restart need nobody's approval (design §5): nothing is disrupted. */
function mend(
  goal: Target,
  { drifted, held, problems }: Extract<DriftRepair, { kind: 'Mend' }>,
  journal: Journal,
  observed: Observed,
  options: DecideOptions,
): Action {
  if (options.resting?.inputs === (goal.inputs?.id ?? null))
    return { kind: 'Keep', because: 'Resting', problems: [], verdict: options.resting.reason };
  const files = goal.files.filter((file) => drifted.some(({ path }) => path === file.path));
  const unit = held ? { ...goal.unit, enabled: unitState(observed).enabled } : goal.unit;
  return {
    kind: 'Change',
    record: recordOf(goal, journal, observed),
    steps: plan(observed, { files, unit, install: null }, { restart: 'Never' }),
    foreign: [],
    reason: 'Drift',
    drifted,
    unnoticedBy: observed.unit.invocationId,
    ...(problems.length > 0 && { unresolved: problems }),
  };
}
