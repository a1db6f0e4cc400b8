/** Reads all that `kubelet-config status` tells of one host: its disk, its systemd, its kubelet, its lock. */

import type { Problem } from '../../api/problem.ts';
import { kubeletOwnCredentials } from '../../cluster/kubelet-credentials.ts';
import type { ObjectReference } from '../../desired/effective.ts';
import { type LockHolder, lockHolder } from '../../host/lock-holder.ts';
import { type OpenMachine, openMachine } from '../../host/machine.ts';
import { defaultHealthz, type HealthzEndpoint } from '../../kubelet/healthz.ts';
import { now } from '../../loop/now.ts';
import { sinceStartProblem } from '../../node/decide/since-start.ts';
import { situationOf } from '../../node/decide/situation.ts';
import type { Asked } from '../../node/model/asked.ts';
import type { Hold } from '../../node/model/hold.ts';
import { ignoreHostFault } from '../../node/model/host-fault.ts';
import type { Journal, Open } from '../../node/model/journal.ts';
import type { DropIn, Observed } from '../../node/model/observed.ts';
import type { Pin } from '../../node/model/pin.ts';
import { managedFiles, type RecordedState, recordedState, sameState, type TransactionRecord } from '../../node/model/record.ts';
import { readHold } from '../../node/pass/hold.ts';
import { observeFiles, observeUnit } from '../../node/pass/observe.ts';
import { lookAtRunning, sinceStart } from '../../node/pass/running-kubelet.ts';
import { HostFileError, type HostFiles } from '../../node/ports/files.ts';
import { readThrough } from '../../node/ports/follow-links.ts';
import type { HealthzAnswer } from '../../node/ports/healthz.ts';
import { readInstalledKubelet } from '../../node/ports/installed-kubelet.ts';
import type { RunningConfiguration } from '../../node/ports/running-kubelet.ts';
import { SystemdError } from '../../node/ports/systemd.ts';
import { type LastReport, readLastReport } from '../../node/report/last-report.ts';
import { ignoreUnreadable, readJournal, readOpen } from '../../node/transaction/journal.ts';
import { ownDirectoryProblems } from '../../node/transaction/own-directory.ts';
import { readAsked, readPin } from '../../node/transaction/pin.ts';
import { readSuspectInvocation } from '../../node/transaction/proven-invocation.ts';
import { unitPath } from '../../systemd/load-path.ts';

/** One managed file, compared with the committed revision. */
export interface FileStatus {
  readonly path: string;
  readonly state: 'AsWritten' | 'Changed' | 'Missing';
}

/** The kubelet's unit as systemd and the kubelet answer now. */
export interface KubeletSeen {
  readonly observed: Observed;
  /** Undefined if the kubelet has no /healthz, or if its unit is not active. */
  readonly healthz: { readonly endpoint: HealthzEndpoint; readonly answer: HealthzAnswer } | undefined;
  /** True if the running kubelet has not read the committed files. */
  readonly restartPending: boolean;
  /** What others have put into the directory of configuration that is ours alone. */
  readonly ownDirectory: readonly Problem[];
  /** What systemd has loaded; undefined in a root without systemd. */
  readonly loaded: { readonly fragment: string; readonly dropIns: readonly DropIn[] } | undefined;
  /** Absent if its unit is not active. */
  readonly inForce?: InForceSeen | undefined;
}

export interface OpenChange {
  /** Absent if its record cannot be read; null for the way back to the originals. */
  readonly revision?: string | null;
  readonly objects: readonly ObjectReference[];
  /** RFC 3339. */
  readonly begunAt?: string;
}

/** What the running kubelet has in force. */
export interface InForceSeen {
  /** What it answered; undefined if nobody can ask it. */
  readonly answer: RunningConfiguration | undefined;
  /** The warning that its files say something else by now. */
  readonly sinceStart: Problem | undefined;
}

/** Everything that the status is made from. */
export interface StatusFacts {
  readonly unit: string;
  readonly journal: Journal;
  readonly files: readonly FileStatus[];
  /** The transaction that is neither committed nor undone yet. */
  readonly open: OpenChange | undefined;
  readonly pin: Pin | undefined;
  /** The request that no pass has carried out yet. */
  readonly asked: Asked | undefined;
  readonly hold: Hold | undefined;
  readonly report: LastReport | undefined;
  readonly lock: LockHolder | undefined;
  /** The error if systemd cannot be asked. */
  readonly kubelet: KubeletSeen | SystemdError;
  /** The date, RFC 3339. */
  readonly now: string;
}

/** @throws HostFileError if the host, or our records on it, cannot be read */
export async function readStatus(root: string, files: HostFiles): Promise<StatusFacts> {
  const journal = await readJournal(files);
  const open = await readOpen(files);
  const unit = journal.committed?.unit.name ?? open?.record?.unit.name ?? 'kubelet.service';
  const machine = await openMachine(root);
  try {
    return {
      unit,
      journal,
      files: await filesOf(journal.committed, files),
      open: open && openChange(open),
      pin: await readPin(files),
      asked: await readAsked(files),
      hold: await readHold(files),
      report: await readLastReport(files),
      lock: await lockHolder(root),
      kubelet: await readKubelet(unit, journal, files, machine).catch(systemdErrorOf),
      now: now(),
    };
  } finally {
    machine.close();
  }
}

function openChange({ record }: Open): OpenChange {
  if (!record) return { objects: [] };
  const { revision, inputs, begunAt } = record;
  return { revision, objects: inputs?.objects ?? [], ...(begunAt !== undefined && { begunAt }) };
}

/** For `catch`. @throws every other error */
function systemdErrorOf(error: unknown): SystemdError {
  if (error instanceof SystemdError) return error;
  throw error;
}

function filesOf(committed: TransactionRecord | undefined, files: HostFiles): Promise<FileStatus[]> {
  return Promise.all(
    managedFiles(committed).map(async ({ path, after }) => {
      const found = await files.read(path).then(recordedState, unlikeAnyFile);
      if (sameState(found, after)) return { path, state: 'AsWritten' } as const;
      return { path, state: found.kind === 'Absent' ? 'Missing' : 'Changed' } as const;
    }),
  );
}

/** For `catch`: a directory or a pipe stands there. @throws every other error */
function unlikeAnyFile(error: unknown): RecordedState {
  if (error instanceof HostFileError && error.code === 'NotAFile') return { kind: 'Symlink', target: '' };
  throw error;
}

async function readKubelet(unit: string, journal: Journal, files: HostFiles, machine: OpenMachine): Promise<KubeletSeen> {
  const seen = await observeUnit(unit, files, machine.systemd);
  const found = await observeFiles({ paths: [unitPath(unit)], policyStates: [] }, files);
  const observed = { ...seen, ...found };
  const { bootId = '' } = await machine.facts({});
  const permission = { kind: 'Self' } as const;
  const suspectInvocation = await readSuspectInvocation(files);
  const situation = situationOf(journal, observed, { restart: true, retry: false, bootId, permission, suspectInvocation });
  return {
    observed,
    healthz: await askHealthz(journal, observed, machine),
    restartPending: situation.restartPending,
    ownDirectory: journal.committed ? await ownDirectoryProblems(journal.committed, files) : [],
    loaded: await readLoaded(unit, files, machine),
    inForce: await readInForce(unit, observed, files, machine),
  };
}

/** Asks the kubelet itself, and compares it with its files. What cannot be read is left out. */
async function readInForce(
  unit: string,
  { unit: status, systemdRuns }: Observed,
  files: HostFiles,
  machine: OpenMachine,
): Promise<InForceSeen | undefined> {
  if (!systemdRuns || status.activeState !== 'active') return undefined;
  const installed = await readInstalledKubelet(files, unit).catch(ignoreHostFault);
  if (!installed) return undefined;
  const askKubelet = machine.askKubelet?.(kubeletOwnCredentials(files));
  const running = await lookAtRunning(installed, status, machine, { askKubelet }, true);
  return { answer: running.answer, sinceStart: sinceStartProblem(unit, status.activeSince, sinceStart(running)) };
}

async function askHealthz({ committed }: Journal, { unit, systemdRuns }: Observed, { healthz }: OpenMachine) {
  const endpoint = committed?.revision ? committed.healthz : defaultHealthz;
  if (!systemdRuns || unit.activeState !== 'active' || endpoint === undefined) return undefined;
  return { endpoint, answer: await healthz(endpoint) };
}

/** A drop-in that is gone by now, or cannot be read, has no content; systemd has it loaded all the same. */
async function readLoaded(unit: string, files: HostFiles, machine: OpenMachine): Promise<KubeletSeen['loaded']> {
  const loaded = await machine.loadedUnit(unit);
  if (!loaded) return undefined;
  const dropIns: DropIn[] = [];
  for (const path of loaded.dropIns) {
    const content = await readThrough(files, path).catch(ignoreUnreadable);
    dropIns.push({ path, content: content?.toString() ?? '' });
  }
  return { fragment: loaded.fragment, dropIns };
}
