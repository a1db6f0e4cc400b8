/** The state machine of one node: given what should be, what is there and what we remember, the one thing to do next. Pure. */

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
 * Total: every desired revision has an answer in every situation, and nothing throws. Deciding again after the action
 * was carried out gives Nothing, or Keep with the same problems.
 *
 * @param desired what the source asks of this node, with a pin applied
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

/** The records on disk suffice to keep the node as it was committed (design N8); nothing starts. */
function decideUnknown(problems: readonly Problem[], situation: Situation): Action {
  const { committed } = situation.journal;
  if (!committed?.revision) return { kind: 'Keep', because: 'Unknown', problems };
  return repairDrift(committedTarget(committed), committed, situation, problems);
}

/** A pinned node that is as its pin says stays with its problems: a person should read that the objects are not in force. */
function decidePinned({ record, problems }: Extract<DesiredRevision, { kind: 'Pinned' }>, situation: Situation): Action {
  const { committed } = situation.journal;
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
  const elsewhere = otherUnit(desired.revision.unit.name, committed);
  if (elsewhere) return { kind: 'Keep', because: 'Unknown', problems: [elsewhere] };
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

/** Two units cannot change places in one transaction: the first would be left running, its enablement forgotten. */
function otherUnit(name: string, committed: TransactionRecord | undefined): Problem | undefined {
  if (!committed?.revision || committed.unit.name === name) return undefined;
  return {
    severity: 'error',
    code: 'UnitNotAllowed',
    path: ['spec', 'unit', 'name'],
    reason: `the kubelet of this node is ${committed.unit.name} already, not ${name}`,
    remedy: `withdraw the objects first (with --unit=${committed.unit.name}), then apply them with ${name}`,
  };
}
