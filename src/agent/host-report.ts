/**
 * The agent, and each command that changes a host, writes its last report and its progress to the host's
 * disk. `kubelet-config status` reads them there.
 */

import { now } from '../loop/now.ts';
import type { SourceAnswer } from '../node/model/desired-state.ts';
import type { TransactionEvent } from '../node/model/event.ts';
import type { Machine } from '../node/model/machine.ts';
import type { Outcome } from '../node/model/outcome.ts';
import type { ReconcileRequest } from '../node/model/preview.ts';
import { reconcile } from '../node/pass/reconcile.ts';
import type { HostFiles } from '../node/ports/files.ts';
import { type LastReport, ReportKeeper, type ReportWriter, readLastReport, reportAfter } from '../node/report/last-report.ts';
import { type Progress, progressAfter } from '../node/report/progress.ts';
import { ignoreUnreadable, readJournal } from '../node/transaction/journal.ts';

/** The reports of one program. */
export class HostReport {
  readonly #files: HostFiles;
  readonly #keeper: ReportKeeper;
  readonly #writer: ReportWriter;
  #report: LastReport;
  #progress: Progress | undefined;

  /** @param before the report of the program before, whose times go on */
  constructor(files: HostFiles, writer: ReportWriter, before: LastReport | undefined) {
    this.#files = files;
    this.#writer = writer;
    this.#keeper = new ReportKeeper(files, before);
    const { progress: _progress, ...report } = before ?? { format: 1, problems: [] };
    this.#report = { ...report, writer };
  }

  /** @returns the progress after the event; undefined if it is the same as before */
  noticed(event: TransactionEvent): Progress | undefined {
    const progress = progressAfter(this.#progress, event, now());
    if (progress === undefined || progress === this.#progress) return undefined;
    this.#progress = progress;
    // The change does not wait for the disk.
    void this.#keeper.keep({ ...this.#report, progress });
    return progress;
  }

  /** Call it after each pass. */
  async passed(outcome: Outcome, source?: { readonly origin: string; readonly answer: SourceAnswer }): Promise<void> {
    this.#progress = undefined;
    const journal = (await readJournal(this.#files).catch(ignoreUnreadable)) ?? { lastSequence: 0 };
    this.#report = reportAfter(this.#writer, this.#report, { outcome, journal, source, at: now() });
    await this.#keeper.keep(this.#report);
  }

  /** Says that the agent was stopped, and did not die. */
  ended(): Promise<void> {
    return this.#keeper.keep({ ...this.#report, writer: { ...this.#writer, endedAt: now() } });
  }
}

/** Opens the report of the agent. @throws HostFileError if the last report cannot be read */
export async function openHostReport(files: HostFiles, startedAt: string): Promise<HostReport> {
  const before = await readLastReport(files);
  return new HostReport(files, { by: 'agent', pid: process.pid, startedAt }, before);
}

/**
 * One pass that a person asks for, with a report on the disk if it changes anything.
 * @throws as `reconcile`
 */
export async function reportedPass(by: 'apply' | 'rollback', request: ReconcileRequest, machine: Machine): Promise<Outcome> {
  const { files } = machine;
  const before = await readLastReport(files).catch(ignoreUnreadable);
  const hostReport = new HostReport(files, { by }, before);
  const report = (event: TransactionEvent) => {
    request.report(event);
    hostReport.noticed(event);
  };
  const outcome = await reconcile({ ...request, report }, machine);
  if (isLasting(outcome, before)) await hostReport.passed(outcome);
  return outcome;
}

/**
 * Whether what came of a command is still true when the command has ended. What was refused is not wanted by
 * anybody any more, except behind a hold: there it waits.
 */
function isLasting(outcome: Outcome, before: LastReport | undefined): boolean {
  switch (outcome.kind) {
    case 'Changed':
      return outcome.result.kind !== 'Refused';
    case 'Unchanged':
      return before !== undefined;
    case 'Kept':
      return outcome.problems.some(({ code }) => code === 'Held');
    case 'Waiting':
    case 'Unreadable':
      return false;
    default:
      return outcome satisfies never;
  }
}
