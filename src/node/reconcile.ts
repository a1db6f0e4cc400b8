/** One pass over one node: observe, want, decide, and carry out the one action decided on. */

import { mergedDefaults } from '../api/defaults.ts';
import type { PathAllowance } from '../api/paths.ts';
import { hasErrors, type Problem } from '../api/problem.ts';
import type { DisruptionRequest } from '../api/types.ts';
import type { Labels } from '../desired/select.ts';
import { type ProgramPaths, programsInvolved } from '../render/capabilities.ts';
import type { HostFacts } from '../render/facts.ts';
import { defaultHealthz } from '../render/kubelet/healthz.ts';
import { contentsFor, preImagesFor } from './contents.ts';
import { type Action, type Change, decide, type Rest } from './decide.ts';
import { removeDirectories } from './directories.ts';
import type { Drift, Resident } from './drift.ts';
import { type Hold, heldProblem, readHold } from './hold.ts';
import { HostFileError, type HostFiles, SystemdError } from './host.ts';
import { type HostFault, systemdFault } from './host-fault.ts';
import { type Contents, type Journal, readHistory, readJournal, readOpen, readVerdict, removeAsides } from './journal.ts';
import { observe } from './observe.ts';
import type { Authority } from './permission.ts';
import { forgetAll, heeding, isHeld, readPin, removePin, takeRetry } from './pin.ts';
import type { Observed, Step } from './plan.ts';
import { readDoubted, readProved } from './proved.ts';
import type { TransactionRecord } from './record.ts';
import { refusals } from './refusals.ts';
import { type LookAtNode, surroundingsBefore } from './surroundings.ts';
import {
  type Machine,
  runTransaction,
  type Transaction,
  type TransactionEvent,
  type TransactionResult,
  undo,
} from './transaction.ts';
import { desire, locatedBy, type SourceAnswer, type Want, want } from './want.ts';

export interface ReconcileRequest {
  readonly source: SourceAnswer;
  readonly labels: Labels;
  /** Of the host, with the versions of the programs at these paths. */
  readonly facts: (programs: ProgramPaths) => Promise<HostFacts>;
  readonly allowance: PathAllowance;
  /** Now, RFC 3339: for the record. */
  readonly at?: string;
  readonly restart: boolean;
  readonly retry: boolean;
  readonly resting?: Rest | undefined;
  /** What an agent that stays remembers; absent for a command that runs once. */
  readonly resident?: Resident | undefined;
  /** Said elsewhere than on the host. */
  readonly hold?: Hold | undefined;
  /** How the cluster sees this node; absent where nobody could say. */
  readonly lookAtNode?: LookAtNode | undefined;
  readonly authority: Authority;
  /** A proof that is under way is given up, and the change undone. */
  readonly stop?: AbortSignal;
  /** Likewise, because something else is wanted by now. */
  readonly superseded?: AbortSignal;
  readonly report: (event: TransactionEvent) => void;
}

export type Outcome =
  | {
      readonly kind: 'Unchanged';
      readonly revision: string | null;
      readonly warnings: readonly Problem[];
      /** Of the unit that was seen with every file in order. */
      readonly invocation?: string;
    }
  | {
      readonly kind: 'Kept';
      readonly problems: readonly Problem[];
      readonly failedBefore?: string;
      /** What interrupted the change: it is tried again after a rest. */
      readonly interruptedBy?: string;
    }
  | {
      readonly kind: 'Changed';
      readonly record: TransactionRecord;
      readonly result: TransactionResult;
      readonly warnings: readonly Problem[];
      /** Left alone, since their bytes are not the ones we wrote. */
      readonly foreign: readonly string[];
      readonly reason: DisruptionRequest['reason'];
      /** What somebody else had done, and was to be put right. */
      readonly drifted?: readonly Drift[];
      /** Without a restart. */
      readonly isUnnoticed?: boolean;
      /** What a person has to put right all the same. */
      readonly unresolved?: readonly Problem[];
    }
  /** A change is wanted, and the controller has not granted it yet; nothing was touched. */
  | {
      readonly kind: 'Waiting';
      readonly request: DisruptionRequest;
      readonly steps: readonly Step[];
      readonly warnings: readonly Problem[];
      /** Why a grant could not be used. */
      readonly why?: string;
    }
  /** The host cannot be read as it must be, or its systemd cannot be asked; nothing was touched. */
  | { readonly kind: 'Unreadable'; readonly error: HostFault };

export async function reconcile(request: ReconcileRequest, machine: Machine): Promise<Outcome> {
  try {
    await machine.stage?.sweep();
    const recovered = await recover(machine, request);
    if (recovered) return recovered;
    if (await takeRetry(machine.files)) await forgetAll(machine.files);
    const foresight = await foresee(request, machine);
    await dropVoidPin(foresight, machine.files, request);
    const outcome = await act(foresight, machine, request);
    if (outcome.kind === 'Changed' || (outcome.kind === 'Unchanged' && outcome.revision === null))
      await leaveNoTrace(machine, outcome);
    return outcome;
  } catch (error) {
    if (error instanceof HostFileError) return { kind: 'Unreadable', error };
    if (error instanceof SystemdError) return { kind: 'Unreadable', error: systemdFault(error) };
    throw error;
  }
}

/** What a pass would do, without doing anything: where `diff` stops. */
export async function foresee(request: ReconcileRequest, machine: Machine): Promise<Foresight> {
  const journal = await readJournal(machine.files);
  const desired = desire(request.source, request.labels, request.allowance);
  const facts = await request.facts(desired.kind === 'Effective' ? programsInvolved(desired.effective.spec) : {});
  const unpinned = want(desired, facts, journal.committed);
  const wish = request.retry ? unpinned : await heedingPin(unpinned, journal, machine.files);
  const observed = await look(wish, journal, machine);
  const { restart, retry, resting, authority } = request;
  const resident = await withProved(request.resident, journal, machine);
  const action = decide(wish.wanted, journal, observed, {
    restart,
    retry,
    resting,
    resident,
    doubted: await readDoubted(machine.files),
    permission: authority.permission,
    bootId: facts.bootId ?? '',
  });
  const isChange = action.kind === 'Change' || action.kind === 'Ask';
  const contents = isChange ? await contentsFor(action.record, wish, journal, machine) : new Map<string, Buffer>();
  return { journal, wish, observed, action, contents };
}

async function withProved(
  resident: Resident | undefined,
  { committed }: Journal,
  { files }: Machine,
): Promise<Resident | undefined> {
  if (!resident || !committed?.revision) return resident;
  const proved = await readProved(files, committed.revision);
  return proved === undefined ? resident : { ...resident, knownGood: [...resident.knownGood, proved] };
}

/** What a person has gone back from does not come by itself. */
async function heedingPin(wish: Want, journal: Journal, files: HostFiles): Promise<Want> {
  const pin = await readPin(files);
  if (!pin) return wish;
  const wanted = heeding(pin, wish.wanted, journal, await readHistory(files));
  return { ...wish, wanted, health: (wanted.kind === 'Pinned' && wanted.record.health) || wish.health };
}

/** Something else is wanted by now, or a person has said so by applying it. */
async function dropVoidPin({ wish, journal }: Foresight, files: HostFiles, { retry }: ReconcileRequest): Promise<void> {
  const pin = await readPin(files);
  if (pin && (retry || !isHeld(pin, wish.wanted, journal.committed))) await removePin(files);
}

export interface Foresight {
  readonly journal: Journal;
  readonly wish: Want;
  readonly observed: Observed;
  readonly action: Action;
  /** The bytes of every file that is to be there after the action. */
  readonly contents: Contents;
}

/** Where nothing is ours any more, neither is the switch. */
async function leaveNoTrace({ files, deadMan }: Machine, { kind }: Outcome): Promise<void> {
  const { committed, undone } = await readJournal(files);
  if ((committed?.revision ?? null) !== null || (await readOpen(files))) return;
  await deadMan.remove();
  if (committed) await removeAsides(files, committed);
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

async function act(foresight: Foresight, machine: Machine, request: ReconcileRequest): Promise<Outcome> {
  const { journal, wish, action } = foresight;
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
        invocation: foresight.observed.unit.invocationId,
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
      const errors = await refusals(action.steps, foresight.contents, machine.files);
      if (errors.length > 0) return changed(action, { kind: 'Refused', errors }, foresight, request);
      const staged = await stage(action, foresight, machine, request);
      if (hasErrors(staged)) return { kind: 'Kept', problems: locatedBy(request.source, staged) };
      return waiting(action.request, action, withWarnings(foresight, staged), request);
    }
    case 'Change': {
      const errors = await refusals(action.steps, foresight.contents, machine.files);
      if (errors.length > 0) return changed(action, { kind: 'Refused', errors }, foresight, request);
      // Whatever may fail without harm comes before the claim: what is claimed is used up.
      const staged = await stage(action, foresight, machine, request);
      if (hasErrors(staged)) return { kind: 'Kept', problems: locatedBy(request.source, staged) };
      const told = withWarnings(foresight, staged);
      const preImages = await preImagesFor(action.record, foresight.observed, foresight.journal, machine);
      const before = await whatPassed(action, foresight, machine, request);
      const claimed = action.claim && (await request.authority.claim(action.claim));
      if (action.claim && claimed?.kind === 'NotClaimed')
        return { ...waiting(action.claim, action, told, request), why: claimed.why };
      const begun = request.at === undefined ? {} : { begunAt: request.at };
      const change = { ...action, record: { ...action.record, ...begun, ...before.record } };
      return changed(change, await transact(change, preImages, before, foresight, machine, request), told, request);
    }
    default:
      return action satisfies never;
  }
}

/** Only a rendering of today: what was committed once has run. */
async function stage(
  { record }: Change,
  { journal, wish, observed, contents }: Foresight,
  machine: Machine,
  { report }: ReconcileRequest,
): Promise<readonly Problem[]> {
  if (!machine.stage || !wish.effective) return [];
  const { effective } = wish;
  return machine.stage.check({ record, effective, contents, dropIns: observed.dropIns, committed: journal.committed, report });
}

function withWarnings(foresight: Foresight, warnings: readonly Problem[]): Foresight {
  return { ...foresight, wish: { ...foresight.wish, warnings: [...foresight.wish.warnings, ...warnings] } };
}

interface Passed {
  readonly record: Pick<TransactionRecord, 'healthzBefore' | 'health'>;
  readonly surroundings: Transaction['surroundings'];
}

/** Of the probes, before the change: what passed has to pass again after an undo, and the surroundings after the change too. */
async function whatPassed(
  { steps }: Change,
  { journal: { committed }, observed, wish }: Foresight,
  { healthz, clock }: Machine,
  { lookAtNode }: ReconcileRequest,
): Promise<Passed> {
  if (!steps.some(({ kind }) => kind === 'Restart')) return { record: {}, surroundings: undefined };
  // Of a kubelet that is not ours yet it is not known; mostly it is there.
  const endpoint = committed?.revision ? committed.healthz : defaultHealthz;
  const isAsked = endpoint && observed.unit.activeState === 'active';
  return {
    record: { health: wish.health, ...(isAsked && (await healthz(endpoint)).kind === 'Ok' && { healthzBefore: endpoint }) },
    surroundings: lookAtNode && (await surroundingsBefore(lookAtNode, clock)),
  };
}

async function transact(
  { record, steps, unnoticedBy }: Change,
  preImages: Transaction['preImages'],
  { surroundings }: Passed,
  { wish, contents }: Foresight,
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
  { wish }: Foresight,
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

function waiting(request: DisruptionRequest, { steps }: Change, { wish }: Foresight, { source }: ReconcileRequest) {
  return { kind: 'Waiting', request, steps, warnings: locatedBy(source, wish.warnings) } as const;
}

/** Every path that is, or is to be, ours; and the kubelet's own state. */
function look({ wanted, unit }: Want, { committed }: Journal, machine: Machine): Promise<Observed> {
  const paths = new Set(committed?.files.map((file) => file.path));
  if (wanted.kind === 'Revision') for (const file of wanted.revision.files) paths.add(file.path);
  if (wanted.kind === 'Pinned') for (const file of wanted.record.files) paths.add(file.path);
  const states = [
    ...(committed?.policyStates ?? []),
    ...(committed?.originals.policyStates ?? []),
    ...(wanted.kind === 'Revision' ? wanted.policyStates : []),
    ...(wanted.kind === 'Pinned' ? (wanted.record.policyStates ?? []) : []),
  ];
  const name = unit ?? committed?.unit.name ?? mergedDefaults.unit.name;
  return observe({ paths, policyStates: states.map(({ path }) => path), unit: name }, machine.files, machine.systemd);
}
