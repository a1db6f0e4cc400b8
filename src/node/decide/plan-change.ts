/** Plans the change that leads to a target, or says why it is not made now. Pure. */

import type { DisruptionRequest } from '../../api/types.ts';
import type { Action, Change, Situation } from '../model/action.ts';
import type { Drift } from '../model/drift.ts';
import type { Observed } from '../model/observed.ts';
import {
  type RecordedFile,
  type RecordedState,
  type RecordedStateFile,
  sameState,
  type TransactionRecord,
} from '../model/record.ts';
import type { Step } from '../model/step.ts';
import type { Target } from '../model/target.ts';
import { nextAttempt } from '../model/verdict.ts';
import { observedState, unitState } from './observed-state.ts';
import { mayTryAgain, rule } from './permission.ts';
import { plan } from './plan.ts';
import { stateFiles, statesInTheWay } from './policy-states.ts';
import { roomProblems } from './room.ts';
import { heldBy, unitHeldProblem } from './unit-held.ts';

/**
 * Plans the steps to a target and decides whether they may be taken now.
 *
 * @param occasion the reason to report to the controller; Retry is reported instead after an interruption,
 * and when a person asks to try again what failed
 * @param drifted drift that the change repairs
 * @returns Nothing if host and journal are as desired; Keep with the obstacle; Ask if the controller has not
 * approved the change yet; otherwise Change
 */
export function planChange(
  target: Target,
  occasion: DisruptionRequest['reason'],
  situation: Situation,
  drifted: readonly Drift[] = [],
): Action {
  const { journal, observed, options } = situation;
  const states = stateFiles(target.traits.policyStates, journal.committed?.policyStates ?? [], observed.policyStates);
  const steps = planSteps(target, states, situation);
  if (steps.length === 0 && isRecorded(target, situation)) return { kind: 'Nothing' };
  const obstacle = obstacleTo(target, steps, states, situation);
  if (obstacle) return obstacle;

  const isRetry = options.isRetryAsked === true || undoneBefore(target, situation)?.verdict.kind === 'Interrupted';
  const reason = isRetry ? 'Retry' : occasion;
  const record = recordOfChange(target, steps, states, situation);
  const change: Change = { record, steps, foreign: target.foreign, reason, ...(drifted.length > 0 && { drifted }) };
  if (steps.length === 0) return { kind: 'Change', ...change };
  const unitIsActive = unitState(observed).active;
  const inputs = target.traits.inputs?.id ?? null;
  const ruling = rule(options.permission, { revision: target.revision, inputs, reason, unitIsActive });
  if (ruling.kind === 'Ask') return { ...change, ...ruling };
  return { ...change, kind: 'Change', ...(ruling.claim ? { claim: ruling.claim } : {}) };
}

function planSteps(target: Target, states: readonly RecordedStateFile[], situation: Situation): Step[] {
  const { journal, observed, options, restartPending } = situation;
  const isFirst = !journal.committed?.revision && !unitState(observed).active;
  const isDue = restartPending || isFirst || (heldUnit(situation) === 'Stopped' && options.retry);
  return plan(observed, target, {
    restart: !options.restart ? 'Never' : isDue ? 'Always' : 'WhenChanged',
    setAside: states.filter(({ before }) => before === 'Aside').map(({ path }) => path),
  });
}

/**
 * How a person holds the unit. Undefined while a restart is pending: the unit was then not stopped by a
 * person.
 */
function heldUnit({ journal: { committed }, observed, restartPending }: Situation) {
  return committed && !restartPending ? heldBy(committed, observed) : undefined;
}

function isRecorded({ traits, revision }: Target, { journal: { committed } }: Situation): boolean {
  return committed?.inputs?.id === traits.inputs?.id && committed?.revision === revision;
}

/** The last transaction that was undone, if it had the inputs of this target. */
function undoneBefore({ traits }: Target, { journal: { undone } }: Situation) {
  return undone?.inputs === traits.inputs?.id ? undone : undefined;
}

function obstacleTo(
  target: Target,
  steps: readonly Step[],
  states: readonly RecordedStateFile[],
  situation: Situation,
): Action | undefined {
  const { observed, options } = situation;
  const inTheWay = target.unit.active ? statesInTheWay(states, observed.policyStates, steps) : [];
  if (inTheWay.length > 0) return { kind: 'Keep', because: 'Unknown', problems: inTheWay };
  if (steps.length === 0) return undefined;
  const problems = roomProblems(target, situation);
  if (problems.length > 0) return { kind: 'Keep', because: 'Unknown', problems };

  const undone = undoneBefore(target, situation);
  if (undone?.verdict.kind === 'Failed' && !options.retry && !mayTryAgain(options.permission, undone.request))
    return { kind: 'Keep', because: 'FailedBefore', problems: [], verdict: undone.verdict.reason };
  if (options.resting?.inputs === (target.traits.inputs?.id ?? null))
    return { kind: 'Keep', because: 'Resting', problems: [], verdict: options.resting.reason };

  // A person stopped, disabled or masked the unit. A new spec does not overrule that; only `apply` or `retry`
  // does.
  const held = heldUnit(situation);
  if (held && !options.retry && steps.some(({ kind }) => kind === 'Restart' || kind === 'Enable'))
    return { kind: 'Keep', because: 'Unknown', problems: [unitHeldProblem(target.unit.name, held)] };
  return undefined;
}

function recordOfChange(
  target: Target,
  steps: readonly Step[],
  states: readonly RecordedStateFile[],
  situation: Situation,
): TransactionRecord {
  const { journal, observed, options, restartPending } = situation;
  const undone = undoneBefore(target, situation);
  const attempt = options.retry ? 1 : nextAttempt(undone?.verdict, undone?.attempt);
  const differs = target.unit.active ? restartPending || steps.length > 0 : unitState(observed).active;
  const skipsRestart = !options.restart && observed.systemdRuns && differs;
  const unproved = restartPending ? journal.committed : undefined;
  const made = steps.flatMap((step) => (step.kind === 'RemoveDirectory' ? [step.path] : []));
  const removedDirectories = [...new Set([...(unproved?.removedDirectories ?? []), ...made])];
  return {
    ...recordOf(target, situation, unproved),
    ...(removedDirectories.length > 0 && { removedDirectories }),
    ...(attempt > 1 ? { attempt } : {}),
    ...(steps.some(({ kind }) => kind === 'Restart') ? { stateFiles: states } : {}),
    ...(skipsRestart ? { restartOwed: options.bootId } : {}),
  };
}

/**
 * The record of a transaction that begins on the observed host and leads to this target.
 *
 * @param unproved the committed transaction while its restart is pending, so that it is not proved yet; else
 * undefined
 */
export function recordOf(target: Target, { journal, observed }: Situation, unproved?: TransactionRecord): TransactionRecord {
  const { committed, lastSequence } = journal;
  const { name, ...after } = target.unit;
  return {
    format: 1,
    sequence: lastSequence + 1,
    revision: target.revision,
    ...target.traits,
    files: [
      ...target.files.map(({ path, state }) => ({ path, before: provedState(path, unproved, observed), after: state })),
      ...unprovedRemovals(target, unproved, observed),
    ],
    originals: target.originals,
    ...(committed?.revision != null && committed.directories && { directories: committed.directories }),
    unit: {
      name,
      before: unproved ? unproved.unit.before : unitState(observed),
      invocationBefore: observed.unit.invocationId,
      after,
    },
  };
}

/**
 * The files that the unproved transaction released, and that nobody has changed since: an undo brings them
 * back too.
 */
function unprovedRemovals(target: Target, unproved: TransactionRecord | undefined, observed: Observed): RecordedFile[] {
  const isOfTarget = (path: string) => target.files.some((file) => file.path === path);
  return (unproved?.files ?? []).filter(
    ({ path, after }) => !isOfTarget(path) && sameState(observedState(observed, path), after),
  );
}

/**
 * The state that an undo goes back to. While a restart is pending it is the state that the running kubelet
 * was started with, because the committed files were never proved.
 */
function provedState(path: string, unproved: TransactionRecord | undefined, observed: Observed): RecordedState {
  return unproved?.files.find((file) => file.path === path)?.before ?? observedState(observed, path);
}
