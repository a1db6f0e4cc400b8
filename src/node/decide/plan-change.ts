/** The change that leads to a goal, or why it is not made now. Pure. */

import type { DisruptionRequest } from '../../api/types.ts';
import type { Action, DecideOptions } from '../model/action.ts';
import type { Drift } from '../model/drift.ts';
import type { Journal } from '../model/journal.ts';
import type { Observed } from '../model/observed.ts';
import type { RecordedState, TransactionRecord } from '../model/record.ts';
import type { Target } from '../model/target.ts';
import { nextAttempt } from '../model/verdict.ts';
import { rule } from './permission.ts';
import { plan } from './plan.ts';
import { stateFiles, statesInTheWay } from './policy-states.ts';
import { observedState, unitState } from './target.ts';
import { heldBy, unitHeldProblem } from './unit-held.ts';

export function change(
  goal: Target,
  occasion: DisruptionRequest['reason'],
  journal: Journal,
  observed: Observed,
  options: DecideOptions,
  drifted: readonly Drift[] = [],
): Action {
  const committed = journal.committed;
  const owed = isRestartPending(committed, observed, options);
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
export function recordOf(
  goal: Target,
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

/**
 * The kubelet still runs as it did before the last commit: in the same boot, and nobody has restarted or stopped it since. Or somebody has started it
 * while what they had changed was brought back.
 */
export function isRestartPending(
  committed: TransactionRecord | undefined,
  { unit }: Observed,
  { bootId, suspectInvocation }: DecideOptions,
): boolean {
  const isDoubted = suspectInvocation !== undefined && suspectInvocation === unit.invocationId && unit.activeState !== 'inactive';
  return (
    (isDoubted && committed?.revision != null) ||
    (committed?.restartOwed === bootId && committed.unit.invocationBefore === unit.invocationId)
  );
}
