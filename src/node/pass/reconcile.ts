/** One pass over one node: observe, decide, and execute the one action that was decided on. */

import { hasErrors, type Problem } from '../../api/problem.ts';
import { sameProblem } from '../../api/same-problem.ts';
import type { DisruptionRequest } from '../../api/types.ts';
import { defaultHealthz } from '../../kubelet/healthz.ts';
import type { Action, Change } from '../model/action.ts';
import type { TransactionResult } from '../model/event.ts';
import { heldProblem } from '../model/hold.ts';
import { ignoreHostFault, systemdFault } from '../model/host-fault.ts';
import type { Machine } from '../model/machine.ts';
import type { Outcome } from '../model/outcome.ts';
import { claimMilliseconds } from '../model/permission.ts';
import type { Preview, ReconcileRequest } from '../model/preview.ts';
import type { TransactionRecord } from '../model/record.ts';
import type { Verdict } from '../model/verdict.ts';
import { HostFileError } from '../ports/files.ts';
import { SystemdError } from '../ports/systemd.ts';
import { checkWrites } from '../preflight/check-writes.ts';
import { withoutKnownOffline } from '../preflight/known-offline.ts';
import { nodeReadinessBefore } from '../proof/node-readiness.ts';
import { preImagesFor } from '../transaction/file-contents.ts';
import { writeLastMemory } from '../transaction/last-memory.ts';
import { runTransaction, type Transaction } from '../transaction/transaction.ts';
import { dropVoidPin, heedAsked, settlePin } from './asked.ts';
import { portProblems, preflightProblems, protectedProblems } from './checks.ts';
import { readHold } from './hold.ts';
import { locateOutcome } from './locate-outcome.ts';
import { mainPortProof } from './main-port.ts';
import { previewPass } from './preview.ts';
import { promisedSettings } from './promised-settings.ts';
import { recordedWarnings } from './recorded-warnings.ts';
import { leaveNoTrace, recover } from './recover.ts';

/**
 * Brings one node one step nearer to the desired state: undoes what a dead agent left open, observes,
 * decides, and runs at most one transaction. The caller holds the single-writer lock.
 *
 * @returns the outcome, each problem with its place; Unreadable if a file or systemd gives an error
 * @throws only for a fault of this program
 */
export async function reconcile(request: ReconcileRequest, machine: Machine): Promise<Outcome> {
  try {
    await machine.preflight?.sweep();
    const recovered = await recover(machine, request);
    if (recovered) return recovered;
    const asked = await heedAsked(machine.files);
    if (asked) request.report({ kind: 'Asked', asked });
    // A person need not wait for the end of a pause.
    const isRetryAsked = asked?.kind === 'Retry';
    const outcome = await pass(asked ? { ...request, resting: undefined, isRetryAsked } : request, machine);
    if (outcome.kind === 'Changed' || (outcome.kind === 'Unchanged' && outcome.revision === null))
      await leaveNoTrace(machine, outcome);
    return locateOutcome(outcome, request.source);
  } catch (error) {
    if (error instanceof HostFileError) return { kind: 'Unreadable', error };
    if (error instanceof SystemdError) return { kind: 'Unreadable', error: systemdFault(error) };
    throw error;
  }
}

async function pass(request: ReconcileRequest, machine: Machine): Promise<Outcome> {
  const preview = await previewPass(request, machine);
  if (!request.retry) await dropVoidPin(preview, machine.files);
  // What cannot be written now is written by a later pass; until then the memory does not stick.
  if (preview.newMemoryGiB !== undefined) await writeLastMemory(machine.files, preview.newMemoryGiB).catch(ignoreHostFault);
  const outcome = await act(preview, machine, request);
  // What cannot be settled now is settled by the next pass.
  if (preview.pin) await settlePin(outcome, request, machine.files).catch(ignoreHostFault);
  return outcome;
}

async function act(preview: Preview, machine: Machine, request: ReconcileRequest): Promise<Outcome> {
  const { journal, desired, observed, action } = preview;
  switch (action.kind) {
    case 'Nothing': {
      const revision = journal.committed?.revision ?? null;
      const settings = preview.settingsRead && { settings: preview.settingsRead };
      return { kind: 'Unchanged', revision, warnings: desired.warnings, invocation: observed.unit.invocationId, ...settings };
    }
    case 'Keep':
      return kept(action);
    case 'Ask':
    case 'Change':
      return change(action, preview, machine, request);
    default:
      return action satisfies never;
  }
}

function kept({ problems, because, verdict = '' }: Extract<Action, { kind: 'Keep' }>): Outcome {
  return {
    kind: 'Kept',
    problems,
    ...(because === 'FailedBefore' && { failedBefore: verdict }),
    ...(because === 'Resting' && { interruptedBy: verdict }),
  };
}

type Changing = Extract<Action, { kind: 'Ask' | 'Change' }>;

/**
 * Runs every check that may fail without harm before approval is asked for, and before a granted approval is
 * claimed: a claim uses it up.
 */
async function change(action: Changing, preview: Preview, machine: Machine, request: ReconcileRequest): Promise<Outcome> {
  const hold = request.hold ?? (await readHold(machine.files));
  const waits = waitingRollback(preview);
  if (hold) return { kind: 'Kept', problems: [heldProblem(hold), ...waits], wanted: action.record.revision };
  const errors = await checkWrites(action.steps, preview.contents, machine.files);
  if (errors.length > 0) return changed(action, { kind: 'Refused', errors }, [...preview.desired.warnings, ...waits]);
  const elsewhere = await protectedProblems(action, preview, machine, request);
  if (elsewhere.length > 0) return { kind: 'Kept', problems: elsewhere };
  const found = [...(await preflightProblems(action, preview, machine, request)), ...portProblems(action, machine)];
  if (hasErrors(found)) return { kind: 'Kept', problems: found, wanted: action.record.revision };
  const offline = preview.desired.warnings;
  const news = withoutKnownOffline(found, offline).filter((one) => !offline.some((other) => sameProblem(one, other)));
  const warnings = [...offline, ...news];
  if (action.kind === 'Ask') return waiting(action.request, action, [...warnings, ...waits], action.waitsFor);
  // Preflight may have taken long.
  if (request.stop?.aborted) return changed(action, { kind: 'Undone', verdict: stopped }, warnings);
  return claimAndTransact(action, warnings, preview, machine, request);
}

/** What is said of a rollback as long as something is in its way. */
function waitingRollback({ desired: { revision } }: Preview): readonly Problem[] {
  return revision.kind === 'Pinned' ? revision.problems.filter(({ code }) => code === 'RollbackWaits') : [];
}

const stopped: Verdict = {
  kind: 'Interrupted',
  reason: 'kubelet-config was told to stop before the change began',
  kubeletUntouched: true,
};

async function claimAndTransact(
  action: Extract<Action, { kind: 'Change' }>,
  warnings: readonly Problem[],
  preview: Preview,
  machine: Machine,
  request: ReconcileRequest,
): Promise<Outcome> {
  const preImages = await preImagesFor(action.record, preview.observed, preview.journal, machine);
  const before = await probesBefore(action, preview, machine, request);
  const armedBy = action.claim && machine.clock.now() + claimMilliseconds;
  const claimed = action.claim && (await request.authority.claim(action.claim));
  if (action.claim && claimed?.kind === 'NotClaimed') return { ...waiting(action.claim, action, warnings), why: claimed.why };
  const begun = request.at === undefined ? {} : { begunAt: request.at };
  const recorded = recordedWarnings(preview, warnings);
  const traced = { ...begun, ...(action.claim && { request: action.claim.id }) };
  const record = { ...action.record, ...traced, ...before.record, ...(recorded.length > 0 && { warnings: recorded }) };
  if (action.claim) request.report({ kind: 'Granted', request: action.claim, record });
  const promised = promisedSettings(action, preview, machine, request);
  const result = await transact({ ...action, record }, preImages, before, { ...preview, promised, armedBy }, machine, request);
  const isPaused = result.kind === 'Undone' && result.verdict.kind !== 'Failed';
  return changed({ ...action, record }, result, isPaused ? [...warnings, ...waitingRollback(preview)] : warnings);
}

interface ProbesBefore extends Pick<Transaction, 'nodeReadiness' | 'mainPort'> {
  readonly record: Pick<TransactionRecord, 'healthzBefore'>;
}

/** The probes that pass before the change and must pass after an undo; Node Ready also after the change. */
async function probesBefore(
  change: Change,
  preview: Preview,
  machine: Machine,
  request: ReconcileRequest,
): Promise<ProbesBefore> {
  const { committed } = preview.journal;
  const { healthz, clock } = machine;
  const { readNodeReadiness } = request;
  if (!change.steps.some(({ kind }) => kind === 'Restart')) return { record: {}, nodeReadiness: undefined };
  // It is unknown where a kubelet that is not ours yet answers; mostly that is the default endpoint.
  const endpoint = committed?.revision ? committed.healthz : defaultHealthz;
  const isActive = preview.observed.unit.activeState === 'active';
  const isHealthy = endpoint && isActive && (await healthz(endpoint)).kind === 'Ok';
  const nodeReadiness = readNodeReadiness && (await nodeReadinessBefore(readNodeReadiness, clock));
  return {
    record: isHealthy ? { healthzBefore: endpoint } : {},
    nodeReadiness,
    mainPort: await mainPortProof(change, preview, machine, request, nodeReadiness),
  };
}

async function transact(
  { record, steps, unnoticedBy }: Change,
  preImages: Transaction['preImages'],
  { nodeReadiness, mainPort }: ProbesBefore,
  { desired, contents, promised, armedBy }: Preview & Pick<Transaction, 'promised' | 'armedBy'>,
  machine: Machine,
  { stop, superseded, report }: ReconcileRequest,
): Promise<TransactionResult> {
  const health = { ...desired.health, healthz: record.healthz };
  const proof = { health, nodeReadiness, mainPort, promised };
  const transaction = { record, steps, contents, preImages, ...proof, unnoticedBy, armedBy, stop, superseded };
  return runTransaction(transaction, machine, report);
}

function changed(
  { record, foreign, reason, drifted, unnoticedBy, unresolved }: Change,
  result: TransactionResult,
  warnings: readonly Problem[],
): Outcome {
  return {
    kind: 'Changed',
    record,
    result,
    warnings,
    foreign,
    reason,
    ...(drifted && { drifted }),
    ...(unnoticedBy !== undefined && { isUnnoticed: true }),
    ...(unresolved && { unresolved }),
  };
}

function waiting(request: DisruptionRequest, { steps }: Change, warnings: readonly Problem[], waitsFor?: string) {
  return { kind: 'Waiting', request, steps, warnings, ...(waitsFor !== undefined && { waitsFor }) } as const;
}
