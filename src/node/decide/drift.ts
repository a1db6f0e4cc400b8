/**
 * Drift: differences between the committed revision and the host, and how its files may be brought back.
 * Pure.
 */

import type { Problem } from '../../api/problem.ts';
import { isUnitFile } from '../../systemd/load-path.ts';
import type { AgentState, Drift } from '../model/drift.ts';
import type { Observed } from '../model/observed.ts';
import { managedFiles, type TransactionRecord } from '../model/record.ts';
import { describeDrift, differenceOf } from './difference.ts';
import { observedState } from './observed-state.ts';
import { type HeldUnit, heldBy, isMaskedByLink, kubeletDown, unitHeldProblem } from './unit-held.ts';

/** The repair that the committed revision needs. `problems` are reported in each case. */
export type DriftRepair =
  | { readonly kind: 'InOrder' }
  /** The agent changes nothing; a person has to. */
  | { readonly kind: 'Leave'; readonly problems: readonly Problem[] }
  /** The files come back without a restart, because the running kubelet has not read the drifted ones. */
  | { readonly kind: 'Repair'; readonly drifted: readonly Drift[]; readonly held: boolean; readonly problems: readonly Problem[] }
  /**
   * The files come back together with a restart. Without it the next pass would assume that the running
   * kubelet has read the right files.
   */
  | { readonly kind: 'Restart'; readonly drifted: readonly Drift[] };

/** Everything that a repair depends on besides the committed revision and the host. */
export interface DriftRepairOptions {
  /** The spec's `drift`. */
  readonly drift: 'Repair' | 'Report';
  /** Undefined for a command that runs once. */
  readonly agentState: AgentState | undefined;
  /** True if a person asked for the pass: every drifted file then comes back, with a restart. */
  readonly retry: boolean;
  /** True if the running kubelet may not have read the committed files. */
  readonly restartPending: boolean;
  /** False while the desired state is unknown; nothing is started then. */
  readonly mayRestart: boolean;
  /** Problems from elsewhere, to be reported with the ones found here. */
  readonly problems: readonly Problem[];
}

/** The repair that the committed revision needs on the observed host. */
export function driftRepair(committed: TransactionRecord, observed: Observed, options: DriftRepairOptions): DriftRepair {
  const drifted = driftOf(committed, observed);
  if (options.retry || options.restartPending) return { kind: 'Restart', drifted };
  const held = heldBy(committed, observed);
  const down = kubeletDown(committed, observed);
  const problems = [...options.problems, ...(held ? [unitHeldProblem(committed.unit.name, held)] : []), ...(down ? [down] : [])];
  if (drifted.length === 0) return leave(problems);
  if (options.drift === 'Report')
    return leave([...problems, driftedProblem(drifted, '`drift: Report` leaves the repair to a person')]);
  return repairOf(drifted, held, problems, committed, observed, options);
}

/**
 * Separates the drifted files that need a restart from those that do not, and leaves flapping ones and a
 * mask.
 */
function repairOf(
  drifted: readonly Drift[],
  held: HeldUnit | undefined,
  problems: readonly Problem[],
  committed: TransactionRecord,
  observed: Observed,
  options: DriftRepairOptions,
): DriftRepair {
  const { agentState } = options;
  const flapping = drifted.flatMap(({ path }) => agentState?.flapping.get(path) ?? []);
  const repairable = drifted.filter(({ path }) => !agentState?.flapping.has(path) && !isMask(path, held, observed));
  const unread = repairable.filter(({ path }) => agentState && isUnread(path, committed, observed, agentState));
  const read = repairable.filter((one) => !unread.includes(one));
  const mayRestart = options.mayRestart && !held && flapping.length === 0;
  if (read.length > 0 && mayRestart) return { kind: 'Restart', drifted: repairable };
  const untouched = read.length === 0 ? [] : [driftedProblem(read, reasonToWait(held, options))];
  const reported = [...problems, ...flapping, ...untouched];
  return unread.length > 0 ? { kind: 'Repair', drifted: unread, held: held !== undefined, problems: reported } : leave(reported);
}

function leave(problems: readonly Problem[]): DriftRepair {
  return problems.length > 0 ? { kind: 'Leave', problems } : { kind: 'InOrder' };
}

/** A link that masks the unit is not drift to repair: a person put it there. */
function isMask(path: string, held: HeldUnit | undefined, observed: Observed): boolean {
  return held === 'Masked' && isMaskedByLink(path, observed);
}

/** Every path of the committed revision whose file is not as we wrote it. */
export function driftOf(committed: TransactionRecord, observed: Observed): Drift[] {
  return managedFiles(committed).flatMap(({ path, after }) => differenceOf(path, observedState(observed, path), after) ?? []);
}

/**
 * True if the running kubelet has not read the file as it is now, because it reads the file only when it
 * starts and it started before the file drifted. The invocation shows that: every start gets a new one,
 * restarts by systemd too. Times do not show it. A stopped unit has no kubelet that could have read a file.
 */
function isUnread(path: string, committed: TransactionRecord, { unit }: Observed, { provenInvocations }: AgentState): boolean {
  if (unit.activeState === 'inactive' && !unit.hasJob) return true;
  return provenInvocations.includes(unit.invocationId) && isReadAtStart(path, committed);
}

/**
 * True for the unit, its drop-in, the wrapper and the kubelet's configuration. The files of `spec.files` may
 * be read at any time; records of earlier builds do not say which ones those are.
 */
function isReadAtStart(path: string, { extras }: TransactionRecord): boolean {
  return isUnitFile(path) || (extras !== undefined && !extras.includes(path));
}

function reasonToWait(held: HeldUnit | undefined, { mayRestart }: DriftRepairOptions): string {
  if (held) return 'the repair needs a restart, but a person has stopped, disabled or masked the unit';
  return mayRestart
    ? 'the repair needs a restart, but another program changes managed files again and again'
    : 'the repair needs a restart, but the desired state is unknown, and nothing is restarted until it is known';
}

/** The problem names paths and kinds of drift, never content, which may be secret. */
function driftedProblem(drifted: readonly Drift[], why: string): Problem {
  return {
    severity: 'error',
    code: 'Drifted',
    path: [],
    reason: `managed files were changed on this host: ${drifted.map(describeDrift).join(', ')}; ${why}`,
    remedy:
      'find out what changed them; `kubelet-config diff -f PATH` shows the differences, `kubelet-config apply -f PATH` brings the files back',
  };
}
