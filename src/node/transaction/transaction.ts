/** One transaction: check, arm, carry out, prove, commit; or have it undone. Never stacked. */

import type { TransactionEvent, TransactionResult } from '../model/event.ts';
import type { FileContents } from '../model/file-contents.ts';
import type { Health } from '../model/health.ts';
import { ignoreHostFault, interruption } from '../model/host-fault.ts';
import type { Machine } from '../model/machine.ts';
import type { TransactionRecord } from '../model/record.ts';
import type { Step } from '../model/step.ts';
import type { Verdict } from '../model/verdict.ts';
import { type FileState, HostFileError, type HostFiles } from '../ports/files.ts';
import { SystemdError } from '../ports/systemd.ts';
import type { NodeReadinessSince } from '../proof/node-readiness.ts';
import { type ProofOptions, prove } from '../proof/prove.ts';
import { madeDirectories } from './directories.ts';
import { type ContentOf, execute } from './execute.ts';
import { isArmed } from './journal.ts';
import { arm, commit, tidy } from './open-transaction.ts';
import { recordProvenInvocation, recordSuspectInvocation } from './proven-invocation.ts';
import { undo } from './undo.ts';

export interface Transaction {
  readonly record: TransactionRecord;
  readonly steps: readonly Step[];
  /** Bytes of every file that is to be there. */
  readonly contents: FileContents;
  /** What the record says was there before, with its bytes. */
  readonly preImages: ReadonlyMap<string, FileState>;
  readonly health: Health;
  /** Of what passed before; undefined where nothing did. */
  readonly surroundings: NodeReadinessSince | undefined;
  /** The invocation that is not to notice: there is no restart, and another one may begin with what stood there before. */
  readonly unnoticedBy?: string | undefined;
  readonly stop?: AbortSignal | undefined;
  readonly superseded?: AbortSignal | undefined;
}

/** Beside the time of the proof: for the steps before it, a reload of a machine with many units among them. */
const stepsMilliseconds = 30_000;
/** Nothing is begun so short before the switch acts by itself. */
const stepMilliseconds = 5_000;

/** Of steps that nothing stands in the way of: `refusals` has said so. */
export async function runTransaction(
  transaction: Transaction,
  machine: Machine,
  report: (event: TransactionEvent) => void,
): Promise<TransactionResult> {
  const { record, steps, health, surroundings, stop } = transaction;
  const { files, deadMan, clock } = machine;
  // The cluster is waited for once more.
  const proofs = surroundings ? 2 : 1;
  const allowed = health.timeoutSeconds * 1000 * proofs + stepsMilliseconds;
  const deadline = clock.now() + allowed;
  const begin = async () => {
    const directories = await madeDirectories(record, files, deadMan);
    await deadMan.set(record.unit.name, allowed);
    await arm(files, { ...record, directories }, transaction.preImages, transaction.contents);
  };
  const obstacle = await begin().then(() => undefined, interruption);
  if (obstacle) {
    const verdict: Verdict = { ...obstacle, kubeletUntouched: true };
    // A rename that could not be made durable may have happened all the same.
    if (await isArmed(files)) return undo(record, verdict, machine, { report, surroundings });
    await deadMan.clear().catch(ignoreHostFault);
    return { kind: 'Undone', verdict };
  }
  report({ kind: 'Armed', steps, record });
  const verdict = await attempt(transaction, deadline, machine, report);
  if (verdict) return undo(record, verdict, machine, { report, surroundings, stop, stepsMayBeUnderWay: true });
  // Left-overs do no harm, and the next commit tries again to remove them.
  await tidy(files, record).catch(() => undefined);
  await deadMan.clear().catch(ignoreHostFault);
  return { kind: 'Committed' };
}

/** @returns undefined when the steps were carried out, proved and committed, else why not. */
async function attempt(
  { record, steps, contents, health, surroundings, unnoticedBy, stop, superseded }: Transaction,
  deadline: number,
  machine: Machine,
  report: (event: TransactionEvent) => void,
): Promise<Verdict | undefined> {
  const { files, clock } = machine;
  /** Whoever stood still for too long finds the script at work, or so near that nothing may be begun any more. */
  const fence = async () => {
    if (clock.now() > deadline - stepMilliseconds || !(await isArmed(files))) throw new TooLate();
  };
  let done = 0;
  let restartedAt: number | undefined;
  const before = async () => {
    await fence();
    if (steps[done]?.kind === 'Restart') restartedAt = clock.now();
  };
  /** With the last words of this run, not of the one before. */
  const failed = async (verdict: Verdict): Promise<Verdict> => {
    if (verdict.kind !== 'Failed') return verdict;
    // What the switch stops did not stop by itself.
    if (!(await isArmed(files))) return { kind: 'Interrupted', reason: new TooLate().message };
    if (restartedAt === undefined) return verdict;
    const words = await machine.lastWords?.(record.unit.name, clock.now() - restartedAt);
    return words ? { ...verdict, reason: `${verdict.reason}; it said last: ${words}` } : verdict;
  };
  try {
    await execute(steps, { ...machine, files: labelling(machine, report) }, contentFrom(contents), before, (step) => {
      done += 1;
      report({ kind: 'Done', step });
    });
    if (restartedAt !== undefined) {
      const options = { ...health, surroundings: surroundings?.(restartedAt), stop, superseded, fence };
      const verdict = await proved(record.unit.name, machine, options, report);
      if (verdict) return await failed(verdict);
      await noteProvenInvocation(record, machine).catch(ignoreHostFault);
    }
    if (unnoticedBy !== undefined) await noteSuspectInvocation(unnoticedBy, record, machine);
    await commit(files, record);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (blamesTheChange(error)) return failed({ kind: 'Failed', reason });
    const begun = steps.slice(0, done + 1);
    const isTouched = begun.some(({ kind }) => kind === 'Restart' || kind === 'Stop');
    return { kind: 'Interrupted', reason, ...(isTouched ? {} : { kubeletUntouched: true }) };
  }
}

/** Before the commit: a run that has begun with these files has begun with them, whoever wins. Without it drift costs a restart, no more. */
async function noteProvenInvocation({ revision, unit }: TransactionRecord, { files, systemd }: Machine): Promise<void> {
  if (revision === null) return;
  const { invocationId } = await systemd.status(unit.name);
  await recordProvenInvocation(files, { revision, invocation: invocationId });
}

/** Somebody has started it in the middle: the files are in order all the same, and a restart is due that is asked for like any other. */
async function noteSuspectInvocation(
  unnoticedBy: string,
  { unit }: TransactionRecord,
  { files, systemd }: Machine,
): Promise<void> {
  const { invocationId } = await systemd.status(unit.name);
  if (invocationId !== unnoticedBy) await recordSuspectInvocation(files, invocationId);
}

/** What is unproved when the time is over is waited for once more, and then interrupted: the kubelet has done nothing wrong (design N4). */
async function proved(
  unit: string,
  machine: Machine,
  options: ProofOptions,
  report: (event: TransactionEvent) => void,
): Promise<Verdict | undefined> {
  const { timeoutSeconds, minReadySeconds, healthz, surroundings } = options;
  const health = { timeoutSeconds, minReadySeconds, healthz };
  report({ kind: 'Proving', unit, health, isNodeAsked: surroundings !== undefined });
  const first = await prove(unit, machine, options);
  if (first?.kind !== 'Unproven') return first;
  report({ kind: 'Unproven', reason: first.reason, timeoutSeconds });
  const second = await prove(unit, machine, options);
  return second?.kind === 'Unproven' ? { kind: 'Interrupted', reason: second.reason } : second;
}

/** Right after its rename: systemd refuses a unit with a wrong label, and a wrapper does not start (openshift/machine-config-operator 4857). */
function labelling({ files, label }: Machine, report: (event: TransactionEvent) => void): HostFiles {
  if (!label) return files;
  return {
    ...files,
    write: async (path, file) => {
      await files.write(path, file);
      const reason = await label(path);
      if (reason !== undefined) report({ kind: 'NotLabelled', path, reason });
    },
  };
}

class TooLate extends Error {
  override readonly name = 'TooLate';

  constructor() {
    super('the change was not confirmed in time');
  }
}

/**
 * A unit that systemd refuses, a job that failed, or a bug of ours would fail again; a lost bus or a full disk says nothing about the change,
 * and neither does a job that somebody else, the switch perhaps, has put another one in the place of.
 */
function blamesTheChange(error: unknown): boolean {
  if (error instanceof SystemdError && error.detail === 'canceled') return false;
  if (error instanceof SystemdError) return error.code === 'JobFailed' || error.code === 'Refused';
  return !(error instanceof HostFileError || error instanceof TooLate);
}

function contentFrom(contents: FileContents): ContentOf {
  return (path) => {
    const content = contents.get(path);
    return content ? Promise.resolve(content) : Promise.reject(new Error(`no bytes for ${path}`));
  };
}
