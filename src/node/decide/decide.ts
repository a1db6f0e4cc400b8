/**
 * The state machine of one node: from the desired revision, the observed host and the journal to the next
 * action. Pure.
 */

import type { Problem } from '../../api/problem.ts';
import type { Action, Situation } from '../model/action.ts';
import type { DesiredRevision } from '../model/desired-state.ts';
import type { TransactionRecord } from '../model/record.ts';
import type { Target } from '../model/target.ts';
import { unitConflicts } from './conflicting-drop-ins.ts';
import { planChange } from './plan-change.ts';
import { repairDrift } from './repair-drift.ts';
import { committedTarget, earlierTarget, originalsTarget, releasedTarget, revisionTarget } from './target.ts';

/**
 * Decides the one next action of a node.
 *
 * Total: every desired revision has an answer in every situation, and nothing throws. Deciding again after
 * the action was executed gives Nothing, or Keep with the same problems.
 *
 * @param desired what the source asks for on this node, with a pin applied
 * @param situation the journal, the observed host and what the caller allows, all read in this pass
 */
export function decide(desired: DesiredRevision, situation: Situation): Action {
  switch (desired.kind) {
    case 'Unknown':
      return decideUnknown(desired.problems, situation);
    case 'Committed': {
      const { committed } = situation.journal;
      if (!committed) return { kind: 'Nothing' };
      return repairDrift(withDrift(committedTarget(committed), desired.drift), committed, situation);
    }
    case 'Pinned':
      return decidePinned(desired, situation);
    case 'Originals':
      return decideOriginals(situation);
    case 'Rendered':
      return decideRendered(desired, situation);
    default:
      return desired satisfies never;
  }
}

/** Drift is repaired from the records on disk, but only without a restart (design N8). */
function decideUnknown(problems: readonly Problem[], situation: Situation): Action {
  const { committed } = situation.journal;
  if (!committed?.revision) return { kind: 'Keep', because: 'Unknown', problems };
  return repairDrift(committedTarget(committed), committed, situation, problems);
}

/**
 * A pinned node reports its problems even if it is in order: a person should read that the objects are not in
 * force.
 */
function decidePinned({ record, problems }: Extract<DesiredRevision, { kind: 'Pinned' }>, situation: Situation): Action {
  const { committed } = situation.journal;
  const unitProblem = otherUnit(record.unit.name, committed);
  if (unitProblem) return { kind: 'Keep', because: 'Unknown', problems: [unitProblem, ...problems] };
  const action =
    committed?.revision === record.revision
      ? repairDrift(committedTarget(committed), committed, situation)
      : planChange(earlierTarget(record, committed, situation.observed), 'Change', situation);
  if (action.kind === 'Nothing') return { kind: 'Keep', because: 'Unknown', problems };
  return action.kind === 'Keep' ? { ...action, problems: [...problems, ...action.problems] } : action;
}

function decideOriginals(situation: Situation): Action {
  const { journal, observed, restartPending } = situation;
  const { committed } = journal;
  if (!committed) return { kind: 'Nothing' };
  if (committed.revision !== null) return planChange(originalsTarget(committed, observed), 'Restore', situation);
  return restartPending ? planChange(releasedTarget(committed, observed), 'Restore', situation) : { kind: 'Nothing' };
}

function decideRendered(desired: Extract<DesiredRevision, { kind: 'Rendered' }>, situation: Situation): Action {
  const { journal, observed } = situation;
  const { committed } = journal;
  const unitProblem = otherUnit(desired.revision.unit.name, committed);
  if (unitProblem) return { kind: 'Keep', because: 'Unknown', problems: [unitProblem] };
  const target = revisionTarget(desired, committed, observed);
  const conflicts = unitConflicts(desired.revision, target, observed);
  if (conflicts.length > 0) return { kind: 'Keep', because: 'Unknown', problems: conflicts };
  return target.revision === committed?.revision
    ? repairDrift(target, committed, situation)
    : planChange(target, 'Change', situation);
}

function withDrift(target: Target, drift: 'Repair' | 'Report'): Target {
  return { ...target, traits: { ...target.traits, drift } };
}

/**
 * One transaction cannot replace one unit by another: the first would stay running, and its enablement would
 * be lost.
 */
function otherUnit(name: string, committed: TransactionRecord | undefined): Problem | undefined {
  if (!committed?.revision || committed.unit.name === name) return undefined;
  return {
    severity: 'error',
    code: 'UnitNotAllowed',
    path: ['spec', 'unit', 'name'],
    reason: `the kubelet of this node already runs as ${committed.unit.name}, so it cannot run as ${name}`,
    remedy: `withdraw the objects first (with --unit=${committed.unit.name}), then apply them with ${name}`,
  };
}
