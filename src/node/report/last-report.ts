/**
 * The last report of the program that looks after a host, on its disk: `kubelet-config status` reads it while
 * the program runs, and after it has ended. It is written only when it says something else than before.
 */

import { withoutSecrets } from '../../api/hide-secrets.ts';
import { canonicalJson } from '../../api/json.ts';
import type { Problem } from '../../api/problem.ts';
import { isBeginning } from '../decide/withdrawal.ts';
import type { SourceAnswer } from '../model/desired-state.ts';
import { ignoreHostFault } from '../model/host-fault.ts';
import type { Journal } from '../model/journal.ts';
import type { Outcome } from '../model/outcome.ts';
import type { TransactionRecord } from '../model/record.ts';
import type { HostFiles } from '../ports/files.ts';
import { stateDirectory } from '../transaction/state-directory.ts';
import { ignoreDamage, readState, stateFile } from '../transaction/state-file.ts';
import { type Assessment, assess } from './assessment.ts';
import { problemsOf } from './describe-outcome.ts';
import type { Progress } from './progress.ts';

/** The program that wrote the report. */
export interface ReportWriter {
  readonly by: 'agent' | 'apply' | 'rollback';
  /** Of the agent, as it sees itself: in a container that is another id than the host's. */
  readonly pid?: number;
  /** When the agent started, RFC 3339. */
  readonly startedAt?: string;
  /** When the agent was stopped; absent while it runs, and if it died. */
  readonly endedAt?: string;
}

/** Whether the source of objects answers. */
export interface SourceState {
  /** `cluster`, or the path of the directory. */
  readonly origin: string;
  /**
   * Lost: it cannot be read, or is empty while something is applied. Empty: nothing is applied either.
   * Invalid: it answers, with objects that cannot be used.
   */
  readonly state: 'Answers' | 'Empty' | 'Lost' | 'Invalid';
  /** Since when, RFC 3339. */
  readonly since: string;
}

export interface LastReport {
  readonly format: 1;
  readonly writer: ReportWriter;
  /** Absent if a person gave the objects. */
  readonly source?: SourceState;
  /** What came of the last pass, and since when it is so; absent before the first pass. */
  readonly assessment?: Assessment & { readonly since: string };
  /** Id of the revision that is wanted, null for the originals; absent if that is not known. */
  readonly wanted?: string | null;
  /** Problems and warnings of the last pass, without secrets. */
  readonly problems: readonly Problem[];
  /** The change that is under way. */
  readonly progress?: Progress;
}

/** What one pass adds to the report. */
export interface PassReport {
  readonly outcome: Outcome;
  /** The journal after the pass. */
  readonly journal: Journal;
  readonly source: { readonly origin: string; readonly answer: SourceAnswer } | undefined;
  /** The date, RFC 3339. */
  readonly at: string;
}

/** The report after a pass. What is as it was before keeps its time. Pure. */
export function reportAfter(writer: ReportWriter, before: LastReport | undefined, pass: PassReport): LastReport {
  const { outcome, journal, source, at } = pass;
  const assessment = assess(outcome, journal.committed?.revision ?? null);
  const wanted = wantedBy(outcome, journal);
  return {
    format: 1,
    writer,
    ...(source && { source: sourceState(source, journal.committed, before?.source, at) }),
    assessment: { ...assessment, since: sinceOf(assessment, before?.assessment, at) },
    ...(wanted !== undefined && { wanted }),
    problems: problemsOf(outcome).map(withoutSecrets),
  };
}

function sinceOf(now: Assessment, before: LastReport['assessment'], at: string): string {
  const isSame = before?.phase === now.phase && before.reason === now.reason && before.message === now.message;
  return isSame ? before.since : at;
}

function sourceState(
  { origin, answer }: NonNullable<PassReport['source']>,
  committed: TransactionRecord | undefined,
  before: SourceState | undefined,
  at: string,
): SourceState {
  const state = isBeginning(answer, committed) ? 'Empty' : stateOf(answer);
  return { origin, state, since: before?.origin === origin && before.state === state ? before.since : at };
}

function stateOf(answer: SourceAnswer): SourceState['state'] {
  if (answer.kind === 'Answers') return 'Answers';
  return answer.problems.some(({ code }) => code === 'SourceLost') ? 'Lost' : 'Invalid';
}

function wantedBy(outcome: Outcome, { undone }: Journal): string | null | undefined {
  switch (outcome.kind) {
    case 'Unchanged':
      return outcome.revision;
    case 'Changed':
      return outcome.record.revision;
    case 'Waiting':
      return outcome.request.revision;
    case 'Kept':
      if (outcome.wanted !== undefined) return outcome.wanted;
      return outcome.failedBefore !== undefined || outcome.interruptedBy !== undefined ? undone?.revision : undefined;
    case 'Unreadable':
      return undefined;
    default:
      return outcome satisfies never;
  }
}

const reportFile = `${stateDirectory}/report.json`;

/**
 * The last report.
 * @returns undefined if there is none, if it is damaged, or if a newer build wrote it
 * @throws HostFileError
 */
export async function readLastReport(files: HostFiles): Promise<LastReport | undefined> {
  const found = await readState<LastReport>(files, reportFile).catch(ignoreDamage);
  return found?.format === 1 ? found : undefined;
}

/**
 * Keeps the report of one program on the disk. A report is no reason to fail: if the disk does not take it,
 * the old one is removed, because it is not true any more.
 */
export class ReportKeeper {
  readonly #files: HostFiles;
  #written: string | undefined;
  #due: LastReport | undefined;
  #writing: Promise<void> | undefined;

  /** @param onDisk the report that is there already, if there is one */
  constructor(files: HostFiles, onDisk?: LastReport) {
    this.#files = files;
    this.#written = onDisk && canonicalJson(onDisk);
  }

  /** Writes the report if it differs from the last one. While one is being written, only the newest waits. */
  keep(report: LastReport): Promise<void> {
    this.#due = report;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #write(): Promise<void> {
    for (let report = this.#due; report !== undefined; report = this.#due) {
      this.#due = undefined;
      const text = canonicalJson(report);
      if (text === this.#written) continue;
      this.#written = (await this.#put(report)) ? text : undefined;
    }
  }

  async #put(report: LastReport): Promise<boolean> {
    try {
      await this.#files.makeDirectory(stateDirectory, 0o700);
      await this.#files.write(reportFile, stateFile(report));
      return true;
    } catch (error) {
      ignoreHostFault(error);
      await this.#files.remove(reportFile).catch(ignoreHostFault);
      return false;
    }
  }
}
