/** The state machine of one node: given what should be, what is there and what we remember, the one thing to do next. Pure. */

import type { Problem } from '../api/problem.ts';
import type { DisruptionRequest } from '../api/types.ts';
import { type Drift, type Resident, type Upkeep, upkeep } from './drift.ts';
import {
  committedGoal,
  earlierGoal,
  type Goal,
  leftGoal,
  observedState,
  originalsGoal,
  type RenderedGoal,
  revisionGoal,
  unitState,
} from './goal.ts';
import type { Journal } from './journal.ts';
import { foreignCommands, obstacles } from './obstacles.ts';
import { type Permission, rule } from './permission.ts';
import { type Observed, plan, type Step } from './plan.ts';
import { stateFiles, statesInTheWay } from './policy-states.ts';
import { nextAttempt, type RecordedState, type TransactionRecord } from './record.ts';
import { heldBy, unitHeldProblem } from './unit-held.ts';

/** What the objects, labels and facts ask of this node. */
export type Wanted =
  /** A rendering of today, from inputs that differ from those of the committed revision. */
  | ({ readonly kind: 'Revision' } & RenderedGoal)
  /** The inputs are those of the committed revision, so that one stays, whatever today's renderer would make of them (design N3a). */
  | { readonly kind: 'Committed'; readonly drift: 'Repair' | 'Report' }
  /** A person has gone back to this revision; the problems say so, and what keeps the source from answering. */
  | { readonly kind: 'Pinned'; readonly record: TransactionRecord; readonly problems: readonly Problem[] }
  /** A source that answers has no object that selects this node. */
  | { readonly kind: 'Originals' }
  /** It cannot be said: the source is lost, objects are invalid or in conflict, or rendering refused. Absence of evidence is no withdrawal (design N8). */
  | { readonly kind: 'Unknown'; readonly problems: readonly Problem[] };

export interface DecideOptions {
  /** False for `--no-restart`. */
  readonly restart: boolean;
  /** True when a person asked for it: a remembered failure of the same inputs does not stand in the way. */
  readonly retry: boolean;
  /** What was interrupted a moment ago, and is left in peace for a while. */
  readonly resting?: Rest | undefined;
  readonly bootId: string;
  readonly permission: Permission;
  /** Of an agent that stays; absent for a command that runs once. */
  readonly resident?: Resident | undefined;
  /** An invocation that may have begun with other files than those of the committed revision. */
  readonly doubted?: string | undefined;
}

export interface Rest {
  /** As in a record: null where the node goes back to its originals. */
  readonly inputs: string | null;
  readonly reason: string;
}

export type Action =
  /** The node stays as it is, for a reason that somebody should read. */
  | {
      readonly kind: 'Keep';
      readonly because: 'Unknown' | 'FailedBefore' | 'Resting';
      readonly problems: readonly Problem[];
      readonly verdict?: string;
    }
  /** The node is as wanted, and our own records say so too. */
  | { readonly kind: 'Nothing' }
  /** Without steps only our own records change: the same bytes came from other inputs. */
  | ({ readonly kind: 'Change' /** To be laid before anything is touched. */; readonly claim?: DisruptionRequest } & Change)
  /** The controller is to be asked first, and has not said yes yet. */
  | ({ readonly kind: 'Ask'; readonly request: DisruptionRequest } & Change);

export interface Change {
  readonly record: TransactionRecord;
  readonly steps: readonly Step[];
  readonly foreign: readonly string[];
  readonly reason: DisruptionRequest['reason'];
  /** What somebody else did, and is put right by it. */
  readonly drifted?: readonly Drift[];
  /** Drifted files come back, and the kubelet, which has not read what was there instead, does not notice, if its invocation stays this one. */
  readonly unnoticedBy?: string;
  /** What a person has to put right all the same. */
  readonly unresolved?: readonly Problem[];
}

export function decide(wanted: Wanted, journal: Journal, observed: Observed, options: DecideOptions): Action {
  switch (wanted.kind) {
    case 'Unknown': {
      const { committed } = journal;
      if (!committed?.revision) return { kind: 'Keep', because: 'Unknown', problems: wanted.problems };
      // What is on the disk is enough to keep what is there as it was (design N8); nothing starts.
      return keepUp(committedGoal(committed), committed, journal, observed, options, wanted.problems);
    }
    case 'Committed': {
      const { committed } = journal;
      return committed
        ? keepUp({ ...committedGoal(committed), drift: wanted.drift }, committed, journal, observed, options)
        : { kind: 'Nothing' };
    }
    case 'Pinned': {
      const { record, problems } = wanted;
      const { committed } = journal;
      const action =
        committed?.revision === record.revision
          ? keepUp(committedGoal(committed), committed, journal, observed, options)
          : change(earlierGoal(record, committed, observed), 'Change', journal, observed, options);
      if (action.kind === 'Nothing') return { kind: 'Keep', because: 'Unknown', problems };
      return action.kind === 'Keep' ? { ...action, problems: [...problems, ...action.problems] } : action;
    }
    case 'Originals': {
      const { committed } = journal;
      if (!committed) return { kind: 'Nothing' };
      if (committed.revision !== null) return change(originalsGoal(committed, observed), 'Restore', journal, observed, options);
      return isOwed(committed, observed, options)
        ? change(leftGoal(committed, observed), 'Restore', journal, observed, options)
        : { kind: 'Nothing' };
    }
    case 'Revision': {
      const elsewhere = otherUnit(wanted.revision.unit.name, journal.committed);
      if (elsewhere) return { kind: 'Keep', because: 'Unknown', problems: [elsewhere] };
      const goal = revisionGoal(wanted, journal.committed, observed);
      const inTheWay = obstacles(wanted.revision, goal, observed);
      if (inTheWay.length > 0) return { kind: 'Keep', because: 'Unknown', problems: inTheWay };
      return goal.revision === journal.committed?.revision
        ? keepUp(goal, journal.committed, journal, observed, options)
        : change(goal, 'Change', journal, observed, options);
    }
    default:
      return wanted satisfies never;
  }
}

/** The committed revision is the wanted one, or nobody can say what is: it is kept as it was committed. @param unknown why that cannot be said */
function keepUp(
  goal: Goal,
  committed: TransactionRecord,
  journal: Journal,
  observed: Observed,
  options: DecideOptions,
  unknown?: readonly Problem[],
): Action {
  const owed = isOwed(committed, observed, options);
  const due = upkeep(committed, observed, {
    drift: goal.drift,
    resident: options.resident,
    retry: options.retry,
    owed,
    mayRestart: unknown === undefined,
    problems: [...(unknown ?? []), ...foreignCommands(goal, observed)],
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
  goal: Goal,
  { drifted, held, problems }: Extract<Upkeep, { kind: 'Mend' }>,
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

function change(
  goal: Goal,
  occasion: DisruptionRequest['reason'],
  journal: Journal,
  observed: Observed,
  options: DecideOptions,
  drifted: readonly Drift[] = [],
): Action {
  const committed = journal.committed;
  const owed = isOwed(committed, observed, options);
  const held = committed && !owed ? heldBy(committed, observed) : undefined;
  const first = !committed?.revision && !unitState(observed).active;
  const isDue = owed || first || (held === 'Stopped' && options.retry);
  const states = stateFiles(goal.policyStates, committed?.policyStates ?? [], observed.policyStates);
  const steps = plan(observed, goal, {
    restart: !options.restart ? 'Never' : isDue ? 'Always' : 'WhenChanged',
    setAside: states.filter(({ before }) => before === 'Aside').map(({ path }) => path),
  });
  const recorded = committed?.inputs?.id === goal.inputs?.id && committed?.revision === goal.revision;
  if (steps.length === 0 && recorded) return { kind: 'Nothing' };

  const inTheWay = goal.unit.active ? statesInTheWay(states, observed.policyStates, steps) : [];
  if (inTheWay.length > 0) return { kind: 'Keep', because: 'Unknown', problems: inTheWay };

  const undone = journal.undone?.inputs === goal.inputs?.id ? journal.undone : undefined;
  const failure = undone?.verdict;
  if (steps.length > 0 && failure?.kind === 'Failed' && !options.retry)
    return { kind: 'Keep', because: 'FailedBefore', problems: [], verdict: failure.reason };
  if (steps.length > 0 && options.resting?.inputs === (goal.inputs?.id ?? null))
    return { kind: 'Keep', because: 'Resting', problems: [], verdict: options.resting.reason };

  // Whoever stopped it did not mean: until the objects change.
  if (held && !options.retry && steps.some(({ kind }) => kind === 'Restart' || kind === 'Enable'))
    return { kind: 'Keep', because: 'Unknown', problems: [unitHeldProblem(goal.unit.name, held)] };

  const differs = goal.unit.active ? owed || steps.length > 0 : unitState(observed).active;
  const skipsRestart = !options.restart && observed.systemdRuns && differs;
  const attempt = options.retry ? 1 : nextAttempt(failure, undone?.attempt);
  const record: TransactionRecord = {
    ...recordOf(goal, journal, observed, owed ? committed : undefined),
    ...(attempt > 1 ? { attempt } : {}),
    ...(steps.some(({ kind }) => kind === 'Restart') ? { stateFiles: states } : {}),
    ...(skipsRestart ? { restartOwed: options.bootId } : {}),
  };
  const reason = failure?.kind === 'Interrupted' ? 'Retry' : occasion;
  const wanted = { record, steps, foreign: goal.foreign, reason, ...(drifted.length > 0 && { drifted }) };
  if (steps.length === 0) return { kind: 'Change', ...wanted };
  const { revision, inputs } = goal;
  const unitIsActive = unitState(observed).active;
  const ruling = rule(options.permission, { revision, inputs: inputs?.id ?? null, reason, unitIsActive });
  if (ruling.kind === 'Ask') return { ...wanted, kind: 'Ask', request: ruling.request };
  return { ...wanted, kind: 'Change', ...(ruling.claim ? { claim: ruling.claim } : {}) };
}

/** @param unproved the committed transaction, while the restart is owed that would have proved it */
function recordOf(
  goal: Goal,
  { committed, lastSequence }: Journal,
  observed: Observed,
  unproved?: TransactionRecord,
): TransactionRecord {
  const { name, ...after } = goal.unit;
  return {
    format: 1,
    sequence: lastSequence + 1,
    revision: goal.revision,
    inputs: goal.inputs,
    files: goal.files.map(({ path, state }) => ({ path, before: provedState(path, unproved, observed), after: state })),
    originals: goal.originals,
    orphans: goal.orphans,
    ...(committed?.revision != null && committed.directories && { directories: committed.directories }),
    ...(goal.extras && { extras: goal.extras }),
    ...(goal.drift === 'Report' && { drift: goal.drift }),
    unit: {
      name,
      before: unproved ? unproved.unit.before : unitState(observed),
      invocationBefore: observed.unit.invocationId,
      after,
    },
    ...(goal.healthz ? { healthz: goal.healthz } : {}),
    ...(committed?.health && committed.revision === goal.revision && { health: committed.health }),
    policyStates: goal.policyStates,
  };
}

/** What an undo goes back to: while a restart is owed, the files that the running kubelet was started with, for those of the commit were never proved. */
function provedState(path: string, unproved: TransactionRecord | undefined, observed: Observed): RecordedState {
  return unproved?.files.find((file) => file.path === path)?.before ?? observedState(observed, path);
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

/**
 * The kubelet still runs as it did before the last commit: in the same boot, and nobody has restarted or stopped it since. Or somebody has started it
 * while what they had changed was brought back.
 */
function isOwed(committed: TransactionRecord | undefined, { unit }: Observed, { bootId, doubted }: DecideOptions): boolean {
  const isDoubted = doubted !== undefined && doubted === unit.invocationId && unit.activeState !== 'inactive';
  return (
    (isDoubted && committed?.revision != null) ||
    (committed?.restartOwed === bootId && committed.unit.invocationBefore === unit.invocationId)
  );
}
