/** One pass over one node: observe, want, decide, and carry out the one action decided on. */

import { mergedDefaults } from '../../api/defaults.ts';
import { hasErrors, type Problem } from '../../api/problem.ts';
import type { DisruptionRequest } from '../../api/types.ts';
import { defaultHealthz } from '../../kubelet/healthz.ts';
import { locatedBy } from '../decide/desired-state.ts';
import { isHeld } from '../decide/pin.ts';
import type { Change } from '../model/action.ts';
import type { TransactionResult } from '../model/event.ts';
import { heldProblem } from '../model/hold.ts';
import { systemdFault } from '../model/host-fault.ts';
import type { Machine } from '../model/machine.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Preview, ReconcileRequest } from '../model/preview.ts';
import type { TransactionRecord } from '../model/record.ts';
import type { Verdict } from '../model/verdict.ts';
import { HostFileError, type HostFiles } from '../ports/files.ts';
import { SystemdError } from '../ports/systemd.ts';
import { checkWrites } from '../preflight/check-writes.ts';
import { nodeReadinessBefore } from '../proof/node-readiness.ts';
import { removeDirectories } from '../transaction/directories.ts';
import { preImagesFor } from '../transaction/file-contents.ts';
import { readJournal, readOpen, readVerdict } from '../transaction/journal.ts';
import { removeBackups } from '../transaction/open-transaction.ts';
import { forgetAll, readPin, removePin, takeRetry } from '../transaction/pin.ts';
import { runTransaction, type Transaction } from '../transaction/transaction.ts';
import { undo } from '../transaction/undo.ts';
import { readHold } from './hold.ts';
import { previewPass } from './preview.ts';

export async function reconcile(request: ReconcileRequest, machine: Machine): Promise<Outcome> {
  try {
    await machine.preflight?.sweep();
    const recovered = await recover(machine, request);
    if (recovered) return recovered;
    if (await takeRetry(machine.files)) await forgetAll(machine.files);
    const preview = await previewPass(request, machine);
    await dropVoidPin(preview, machine.files, request);
    const outcome = await act(preview, machine, request);
    if (outcome.kind === 'Changed' || (outcome.kind === 'Unchanged' && outcome.revision === null))
      await leaveNoTrace(machine, outcome);
    return outcome;
  } catch (error) {
    if (error instanceof HostFileError) return { kind: 'Unreadable', error };
    if (error instanceof SystemdError) return { kind: 'Unreadable', error: systemdFault(error) };
    throw error;
  }
}

/** Something else is wanted by now, or a person has said so by applying it. */
async function dropVoidPin({ wish, journal }: Preview, files: HostFiles, { retry }: ReconcileRequest): Promise<void> {
  const pin = await readPin(files);
  if (pin && (retry || !isHeld(pin, wish.wanted, journal.committed))) await removePin(files);
}

/** Where nothing is ours any more, neither is the switch. */
async function leaveNoTrace({ files, deadMan }: Machine, { kind }: Outcome): Promise<void> {
  const { committed, undone } = await readJournal(files);
  if ((committed?.revision ?? null) !== null || (await readOpen(files))) return;
  await deadMan.remove();
  if (committed) await removeBackups(files, committed);
  // Only at once: later an empty directory of that name may be somebody else's.
  if (kind === 'Changed') await removeDirectories([...(committed?.directories ?? []), ...(undone?.directories ?? [])], files);
}

/** A transaction that a dead agent left open is undone before anything else; only a failure to do so ends the pass. */
async function recover(machine: Machine, { report, stop }: ReconcileRequest): Promise<Outcome | undefined> {
  const open = await readOpen(machine.files);
  if (!open) return undefined;
  const { record } = open;
  if (!record) {
    await machine.deadMan.pull(mergedDefaults.unit.name);
    return undefined;
  }
  const begun = await readVerdict(machine.files, record);
  const verdict = begun ?? ({ kind: 'Interrupted', reason: 'the agent ended in the middle of the change' } as const);
  const result = await undo(record, verdict, machine, { report, stop });
  if (result.kind === 'Undone') return undefined;
  return { kind: 'Changed', record, result, warnings: [], foreign: [], reason: 'Retry' };
}

async function act(preview: Preview, machine: Machine, request: ReconcileRequest): Promise<Outcome> {
  const { journal, wish, action } = preview;
  if (action.kind === 'Ask' || action.kind === 'Change') {
    const held = request.hold ?? (await readHold(machine.files));
    if (held) return { kind: 'Kept', problems: [heldProblem(held)] };
  }
  switch (action.kind) {
    case 'Nothing':
      return {
        kind: 'Unchanged',
        revision: journal.committed?.revision ?? null,
        warnings: locatedBy(request.source, wish.warnings),
        invocation: preview.observed.unit.invocationId,
      };
    case 'Keep':
      return {
        kind: 'Kept',
        problems: locatedBy(request.source, action.problems),
        ...(action.because === 'FailedBefore' && { failedBefore: action.verdict ?? '' }),
        ...(action.because === 'Resting' && { interruptedBy: action.verdict ?? '' }),
      };
    case 'Ask': {
      // Nobody is to be granted what the host would refuse.
      const errors = await checkWrites(action.steps, preview.contents, machine.files);
      if (errors.length > 0) return changed(action, { kind: 'Refused', errors }, preview, request);
      const staged = await runPreflight(action, preview, machine, request);
      if (hasErrors(staged)) return { kind: 'Kept', problems: locatedBy(request.source, staged) };
      return waiting(action.request, action, withWarnings(preview, staged), request);
    }
    case 'Change': {
      const errors = await checkWrites(action.steps, preview.contents, machine.files);
      if (errors.length > 0) return changed(action, { kind: 'Refused', errors }, preview, request);
      // Whatever may fail without harm comes before the claim: what is claimed is used up.
      const staged = await runPreflight(action, preview, machine, request);
      if (hasErrors(staged)) return { kind: 'Kept', problems: locatedBy(request.source, staged) };
      const told = withWarnings(preview, staged);
      if (request.stop?.aborted) return changed(action, { kind: 'Undone', verdict: stopped }, told, request);
      const preImages = await preImagesFor(action.record, preview.observed, preview.journal, machine);
      const before = await whatPassed(action, preview, machine, request);
      const claimed = action.claim && (await request.authority.claim(action.claim));
      if (action.claim && claimed?.kind === 'NotClaimed')
        return { ...waiting(action.claim, action, told, request), why: claimed.why };
      const begun = request.at === undefined ? {} : { begunAt: request.at };
      const change = { ...action, record: { ...action.record, ...begun, ...before.record } };
      return changed(change, await transact(change, preImages, before, preview, machine, request), told, request);
    }
    default:
      return action satisfies never;
  }
}

/** What is looked at beforehand may take its time. */
const stopped: Verdict = { kind: 'Interrupted', reason: 'it was told to stop before it began', kubeletUntouched: true };

/** Only a rendering of today: what was committed once has run. */
async function runPreflight(
  { record }: Change,
  { journal, wish, observed, contents }: Preview,
  machine: Machine,
  { report, stop }: ReconcileRequest,
): Promise<readonly Problem[]> {
  if (!machine.preflight || !wish.effective) return [];
  const { effective, fetch } = wish;
  const { committed } = journal;
  return machine.preflight.check({ record, effective, contents, dropIns: observed.dropIns, committed, fetch, report, stop });
}

function withWarnings(preview: Preview, warnings: readonly Problem[]): Preview {
  return { ...preview, wish: { ...preview.wish, warnings: [...preview.wish.warnings, ...warnings] } };
}

interface Passed {
  readonly record: Pick<TransactionRecord, 'healthzBefore' | 'health'>;
  readonly surroundings: Transaction['surroundings'];
}

/** Of the probes, before the change: what passed has to pass again after an undo, and the surroundings after the change too. */
async function whatPassed(
  { steps }: Change,
  { journal: { committed }, observed, wish }: Preview,
  { healthz, clock }: Machine,
  { readNodeReadiness }: ReconcileRequest,
): Promise<Passed> {
  if (!steps.some(({ kind }) => kind === 'Restart')) return { record: {}, surroundings: undefined };
  // Of a kubelet that is not ours yet it is not known; mostly it is there.
  const endpoint = committed?.revision ? committed.healthz : defaultHealthz;
  const isAsked = endpoint && observed.unit.activeState === 'active';
  return {
    record: { health: wish.health, ...(isAsked && (await healthz(endpoint)).kind === 'Ok' && { healthzBefore: endpoint }) },
    surroundings: readNodeReadiness && (await nodeReadinessBefore(readNodeReadiness, clock)),
  };
}

async function transact(
  { record, steps, unnoticedBy }: Change,
  preImages: Transaction['preImages'],
  { surroundings }: Passed,
  { wish, contents }: Preview,
  machine: Machine,
  { stop, superseded, report }: ReconcileRequest,
): Promise<TransactionResult> {
  const health = { ...wish.health, healthz: record.healthz };
  const transaction = { record, steps, contents, preImages, health, surroundings, unnoticedBy, stop, superseded };
  return runTransaction(transaction, machine, report);
}

function changed(
  { record, foreign, reason, drifted, unnoticedBy, unresolved }: Change,
  result: TransactionResult,
  { wish }: Preview,
  { source }: ReconcileRequest,
): Outcome {
  return {
    kind: 'Changed',
    record,
    result,
    warnings: locatedBy(source, wish.warnings),
    foreign,
    reason,
    ...(drifted && { drifted }),
    ...(unnoticedBy !== undefined && { isUnnoticed: true }),
    ...(unresolved && { unresolved: locatedBy(source, unresolved) }),
  };
}

function waiting(request: DisruptionRequest, { steps }: Change, { wish }: Preview, { source }: ReconcileRequest) {
  return { kind: 'Waiting', request, steps, warnings: locatedBy(source, wish.warnings) } as const;
}
