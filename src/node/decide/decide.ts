/** The state machine of one node: given what should be, what is there and what we remember, the one thing to do next. Pure. */

import type { Problem } from '../../api/problem.ts';
import type { Action, DecideOptions, DesiredRevision } from '../model/action.ts';
import type { Journal } from '../model/journal.ts';
import type { Observed } from '../model/observed.ts';
import type { TransactionRecord } from '../model/record.ts';
import { unitConflicts } from './conflicting-drop-ins.ts';
import { change, isRestartPending } from './plan-change.ts';
import { repairDrift } from './repair-drift.ts';
import { committedTarget, earlierTarget, originalsTarget, releasedTarget, revisionTarget } from './target.ts';

export function decide(wanted: DesiredRevision, journal: Journal, observed: Observed, options: DecideOptions): Action {
  switch (wanted.kind) {
    case 'Unknown': {
      const { committed } = journal;
      if (!committed?.revision) return { kind: 'Keep', because: 'Unknown', problems: wanted.problems };
      // What is on the disk is enough to keep what is there as it was (design N8); nothing starts.
      return repairDrift(committedTarget(committed), committed, journal, observed, options, wanted.problems);
    }
    case 'Committed': {
      const { committed } = journal;
      return committed
        ? repairDrift({ ...committedTarget(committed), drift: wanted.drift }, committed, journal, observed, options)
        : { kind: 'Nothing' };
    }
    case 'Pinned': {
      const { record, problems } = wanted;
      const { committed } = journal;
      const action =
        committed?.revision === record.revision
          ? repairDrift(committedTarget(committed), committed, journal, observed, options)
          : change(earlierTarget(record, committed, observed), 'Change', journal, observed, options);
      if (action.kind === 'Nothing') return { kind: 'Keep', because: 'Unknown', problems };
      return action.kind === 'Keep' ? { ...action, problems: [...problems, ...action.problems] } : action;
    }
    case 'Originals': {
      const { committed } = journal;
      if (!committed) return { kind: 'Nothing' };
      if (committed.revision !== null) return change(originalsTarget(committed, observed), 'Restore', journal, observed, options);
      return isRestartPending(committed, observed, options)
        ? change(releasedTarget(committed, observed), 'Restore', journal, observed, options)
        : { kind: 'Nothing' };
    }
    case 'Revision': {
      const elsewhere = otherUnit(wanted.revision.unit.name, journal.committed);
      if (elsewhere) return { kind: 'Keep', because: 'Unknown', problems: [elsewhere] };
      const goal = revisionTarget(wanted, journal.committed, observed);
      const inTheWay = unitConflicts(wanted.revision, goal, observed);
      if (inTheWay.length > 0) return { kind: 'Keep', because: 'Unknown', problems: inTheWay };
      return goal.revision === journal.committed?.revision
        ? repairDrift(goal, journal.committed, journal, observed, options)
        : change(goal, 'Change', journal, observed, options);
    }
    default:
      return wanted satisfies never;
  }
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
