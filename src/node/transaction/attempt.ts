/** The part of a transaction between arming and its end: the steps, the proof, the commit. */

import type { TransactionEvent } from '../model/event.ts';
import type { FileContents } from '../model/file-contents.ts';
import type { Health } from '../model/health.ts';
import { ignoreHostFault } from '../model/host-fault.ts';
import type { Machine } from '../model/machine.ts';
import type { TransactionRecord } from '../model/record.ts';
import type { SettingsRead } from '../model/settings-read.ts';
import type { Step } from '../model/step.ts';
import type { Verdict } from '../model/verdict.ts';
import { type FileState, HostFileError, type HostFiles } from '../ports/files.ts';
import { SystemdError } from '../ports/systemd.ts';
import { type PromisedSettings, proveInForce } from '../proof/in-force.ts';
import type { MainPort } from '../proof/main-port.ts';
import type { NodeReadinessSince } from '../proof/node-readiness.ts';
import { type ProofOptions, prove } from '../proof/prove.ts';
import { differenceBeforeCommit } from './before-commit.ts';
import { execute } from './execute.ts';
import { isArmed } from './journal.ts';
import { commit } from './open-transaction.ts';
import { recordProvenInvocation, recordSuspectInvocation } from './proven-invocation.ts';

/** All that one transaction needs. */
export interface Transaction {
  readonly record: TransactionRecord;
  readonly steps: readonly Step[];
  /** The bytes of every desired file, by path. */
  readonly contents: FileContents;
  /** The files that the record gives as `before`, with their bytes. */
  readonly preImages: ReadonlyMap<string, FileState>;
  readonly health: Health;
  /** The probe for Node Ready; undefined if the Node was not Ready before the change. */
  readonly nodeReadiness: NodeReadinessSince | undefined;
  /** What proves a kubelet without a port for /healthz. @param since as for `nodeReadiness` */
  readonly mainPort?: ((since: number) => MainPort) | undefined;
  /**
   * What the kubelet is to have in force; undefined if nobody can ask it, or if that is not ours to judge.
   */
  readonly promised?: PromisedSettings | undefined;
  /**
   * The invocation that does not notice the change; set only for a change without a restart. If another
   * invocation runs at the end, it may have started with the files from before.
   */
  readonly unnoticedBy?: string | undefined;
  /**
   * When the claim of its approval ends, by the machine's clock: if it is not armed by then, it is not begun.
   */
  readonly armedBy?: number | undefined;
  readonly stop?: AbortSignal | undefined;
  readonly superseded?: AbortSignal | undefined;
}

/** No step begins later than this before the dead-man's switch acts. */
const stepMilliseconds = 5_000;

/** The kubelet is asked for no longer than this what it has in force. */
const longestLookMilliseconds = 10_000;

/** One run of the steps, the proof and the commit of an armed transaction. */
export class Attempt {
  readonly #transaction: Transaction;
  readonly #deadline: number;
  readonly #machine: Machine;
  readonly #report: (event: TransactionEvent) => void;
  #stepsDone = 0;
  #restartedAt: number | undefined;
  /** By when the kubelet must be proved. */
  #provedBy = 0;
  #settingsRead: SettingsRead | undefined;

  /** @param deadline when the dead-man's switch acts, on the machine's clock */
  constructor(transaction: Transaction, deadline: number, machine: Machine, report: (event: TransactionEvent) => void) {
    this.#transaction = transaction;
    this.#deadline = deadline;
    this.#machine = machine;
    this.#report = report;
  }

  /** Whether the kubelet said what it has in force; undefined if it was not asked. */
  get settingsRead(): SettingsRead | undefined {
    return this.#settingsRead;
  }

  /** @returns undefined if the steps were executed, proved and committed; otherwise why not */
  async run(): Promise<Verdict | undefined> {
    const { record, unnoticedBy } = this.#transaction;
    try {
      await this.#executeSteps();
      if (this.#restartedAt !== undefined) {
        const verdict = await this.#prove(this.#restartedAt);
        if (verdict) return await this.#explained(verdict);
        const broken = await this.#proveInForce();
        if (broken) return broken;
      }
      const difference = await differenceBeforeCommit(this.#transaction, this.#machine, this.#restartedAt !== undefined);
      if (difference) return { kind: 'Interrupted', reason: difference };
      if (this.#restartedAt !== undefined)
        await noteProvenInvocation(record, this.#settingsRead, this.#machine).catch(ignoreHostFault);
      if (unnoticedBy !== undefined) await noteSuspectInvocation(unnoticedBy, record, this.#machine);
      await commit(this.#machine.files, record);
      return undefined;
    } catch (error) {
      return this.#verdictOf(error);
    }
  }

  async #executeSteps(): Promise<void> {
    const { steps, contents } = this.#transaction;
    const content = (path: string): Promise<Buffer> => {
      const bytes = contents.get(path);
      return bytes ? Promise.resolve(bytes) : Promise.reject(new Error(`no bytes for ${path}`));
    };
    const before = async () => {
      await this.#fence();
      const step = steps[this.#stepsDone];
      if (step) this.#report({ kind: 'Begun', step });
      if (step?.kind === 'Restart') this.#restartedAt = this.#machine.clock.now();
    };
    const done = (step: Step) => {
      this.#stepsDone += 1;
      this.#report({ kind: 'Done', step });
    };
    await execute(steps, { ...this.#machine, files: this.#labelling() }, content, before, done);
  }

  /** @throws TooLate if the undo script has begun or is about to: the agent was suspended for too long */
  async #fence(): Promise<void> {
    const { files, clock } = this.#machine;
    if (clock.now() > this.#deadline - stepMilliseconds || !(await isArmed(files))) throw new TooLate();
  }

  /**
   * Restores the label of a file right after its rename: systemd refuses a unit with a wrong label, and a
   * wrapper with one does not start (openshift/machine-config-operator 4857).
   */
  #labelling(): HostFiles {
    const { files, label } = this.#machine;
    if (!label) return files;
    return {
      ...files,
      write: async (path, file) => {
        await files.write(path, file);
        const reason = await label(path);
        if (reason !== undefined) this.#report({ kind: 'NotLabelled', path, reason });
      },
    };
  }

  /**
   * If the proof ends Unproven (the cluster could not be asked), proves a second time. If that is Unproven
   * too, the change is Interrupted: the kubelet itself has done nothing wrong (design N4).
   */
  async #prove(restartedAt: number): Promise<Verdict | undefined> {
    const { record, health, nodeReadiness, mainPort, stop, superseded } = this.#transaction;
    const unit = record.unit.name;
    const since = nodeReadiness?.(restartedAt);
    const fence = () => this.#fence();
    const announce: ProofOptions['announce'] = (awaited) => this.#report({ kind: 'Waits', ...awaited });
    const signs = { ...health, nodeReadiness: since, mainPort: mainPort?.(restartedAt) };
    const options: ProofOptions = { ...signs, stop, superseded, fence, announce };
    this.#report({ kind: 'Proving', unit, health, isNodeAsked: since !== undefined });
    this.#provedBy = this.#machine.clock.now() + health.timeoutSeconds * 1000;
    const first = await prove(unit, this.#machine, options);
    if (first?.kind !== 'Unproven') return first;
    this.#report({ kind: 'Unproven', reason: first.reason, timeoutSeconds: health.timeoutSeconds });
    this.#provedBy = this.#machine.clock.now() + health.timeoutSeconds * 1000;
    const second = await prove(unit, this.#machine, options);
    return second?.kind === 'Unproven' ? { kind: 'Interrupted', reason: second.reason } : second;
  }

  /** Asks the kubelet what it has in force, within the time that its proof may take. */
  async #proveInForce(): Promise<Verdict | undefined> {
    const { promised, stop, superseded } = this.#transaction;
    if (!promised) return undefined;
    const { clock } = this.#machine;
    const milliseconds = Math.min(longestLookMilliseconds, this.#provedBy - clock.now());
    const found = await proveInForce(promised, clock, { milliseconds, stop, superseded, fence: () => this.#fence() });
    if (found.kind !== 'Read' && found.kind !== 'Unknown') return found;
    this.#settingsRead = found;
    return undefined;
  }

  /** Adds to a failure the last lines that the kubelet logged since the restart. */
  async #explained(verdict: Verdict): Promise<Verdict> {
    if (verdict.kind !== 'Failed') return verdict;
    const { files, clock, lastOutput } = this.#machine;
    // If the dead-man's switch has taken over, it stopped the kubelet; that is no failure of the kubelet.
    if (!(await isArmed(files))) return { kind: 'Interrupted', reason: new TooLate().message };
    if (this.#restartedAt === undefined) return verdict;
    const { name, invocationBefore } = this.#transaction.record.unit;
    const words = await lastOutput?.({ unit: name, milliseconds: clock.now() - this.#restartedAt, invocationBefore });
    return words ? { ...verdict, reason: `${verdict.reason}; its last log lines: ${words}` } : verdict;
  }

  async #verdictOf(error: unknown): Promise<Verdict> {
    const said = error instanceof Error ? error.message : String(error);
    if (blamesTheChange(error)) return this.#explained({ kind: 'Failed', reason: said });
    // An agent that was suspended in the middle of a write finds its temporary file removed by the script.
    const isTakenOver = !(await isArmed(this.#machine.files).catch(() => true));
    const reason = isTakenOver ? new TooLate().message : said;
    const begun = this.#transaction.steps.slice(0, this.#stepsDone + 1);
    const isTouched = begun.some(({ kind }) => kind === 'Restart' || kind === 'Stop');
    return { kind: 'Interrupted', reason, ...(isTouched ? {} : { kubeletUntouched: true }) };
  }
}

/**
 * Written before the commit, since it is true whether the commit or the undo wins: this invocation started
 * with these files. If it cannot be written, drift costs one restart, nothing worse.
 */
async function noteProvenInvocation(
  { revision, unit }: TransactionRecord,
  settings: SettingsRead | undefined,
  { files, systemd }: Machine,
): Promise<void> {
  if (revision === null) return;
  const { invocationId } = await systemd.status(unit.name);
  await recordProvenInvocation(files, { revision, invocation: invocationId, ...(settings && { settings }) });
}

/**
 * If the kubelet was started in the middle of the change, the files are right, but the kubelet may have read
 * the old ones. A later pass asks for its restart like for any other.
 */
async function noteSuspectInvocation(
  unnoticedBy: string,
  { unit }: TransactionRecord,
  { files, systemd }: Machine,
): Promise<void> {
  const { invocationId } = await systemd.status(unit.name);
  if (invocationId !== unnoticedBy) await recordSuspectInvocation(files, invocationId);
}

/** The dead-man's switch undoes the change, or is about to. */
class TooLate extends Error {
  override readonly name = 'TooLate';

  constructor() {
    super('the change was not confirmed in time');
  }
}

/**
 * True if the same change would fail again: systemd refused a unit, a job failed, or this program has a
 * fault. A lost bus, a full disk or a job that another job has replaced says nothing about the change.
 */
function blamesTheChange(error: unknown): boolean {
  if (error instanceof SystemdError && error.detail === 'canceled') return false;
  if (error instanceof SystemdError) return error.code === 'JobFailed' || error.code === 'Refused';
  return !(error instanceof HostFileError || error instanceof TooLate);
}
