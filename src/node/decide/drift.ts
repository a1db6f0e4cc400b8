/** Differences between the committed revision and the host, and how its files may be brought back. Pure. */

import type { Problem } from '../../api/problem.ts';
import { isUnitFile } from '../../systemd/load-path.ts';
import type { AgentState, Drift, DriftKind } from '../model/drift.ts';
import type { Observed } from '../model/observed.ts';
import { type RecordedState, sameState, type TransactionRecord } from '../model/record.ts';
import { observedState } from './observed-state.ts';
import { type HeldUnit, heldBy, isMaskedByLink, kubeletDown, unitHeldProblem } from './unit-held.ts';

/** What the committed revision needs. `problems` are reported whatever is done. */
export type DriftRepair =
  | { readonly kind: 'InOrder' }
  /** Only a person may do something. */
  | { readonly kind: 'Leave'; readonly problems: readonly Problem[] }
  /** The files come back without a restart: the running kubelet has not read what stood there instead. */
  | { readonly kind: 'Repair'; readonly drifted: readonly Drift[]; readonly held: boolean; readonly problems: readonly Problem[] }
  /**
   * The files come back only together with a restart: without one, the next pass would take the running kubelet for one
   * that has read them.
   */
  | { readonly kind: 'Restart'; readonly drifted: readonly Drift[] };

export interface DriftRepairOptions {
  readonly drift: 'Repair' | 'Report';
  /** Undefined for a command that runs once. */
  readonly agentState: AgentState | undefined;
  /** A person has just asked for it. */
  readonly retry: boolean;
  readonly restartPending: boolean;
  /** False while it is not known what is desired: nothing starts then. */
  readonly mayRestart: boolean;
  /** Reported beside what is found here. */
  readonly problems: readonly Problem[];
}

/** What the committed revision needs on the observed host. */
export function driftRepair(committed: TransactionRecord, observed: Observed, options: DriftRepairOptions): DriftRepair {
  const drifted = driftOf(committed, observed);
  if (options.retry || options.restartPending) return { kind: 'Restart', drifted };
  const held = heldBy(committed, observed);
  const down = kubeletDown(committed, observed);
  const problems = [...options.problems, ...(held ? [unitHeldProblem(committed.unit.name, held)] : []), ...(down ? [down] : [])];
  if (drifted.length === 0) return leave(problems);
  if (options.drift === 'Report')
    return leave([...problems, driftedProblem(drifted, '`drift: Report` leaves the repair to a person')]);
  return repairable(drifted, held, problems, committed, observed, options);
}

function repairable(
  drifted: readonly Drift[],
  held: HeldUnit | undefined,
  problems: readonly Problem[],
  committed: TransactionRecord,
  observed: Observed,
  options: DriftRepairOptions,
): DriftRepair {
  const { agentState } = options;
  const flapping = drifted.flatMap(({ path }) => agentState?.flapping.get(path) ?? []);
  const mine = drifted.filter(({ path }) => !agentState?.flapping.has(path) && !isMask(path, held, observed));
  const unread = mine.filter(({ path }) => agentState && isUnread(path, committed, observed, agentState));
  const others = mine.filter((one) => !unread.includes(one));
  const mayRestart = options.mayRestart && !held && flapping.length === 0;
  if (others.length > 0 && mayRestart) return { kind: 'Restart', drifted: mine };
  const untouched = others.length === 0 ? [] : [driftedProblem(others, reasonToWait(held, options))];
  const reported = [...problems, ...flapping, ...untouched];
  return unread.length > 0 ? { kind: 'Repair', drifted: unread, held: held !== undefined, problems: reported } : leave(reported);
}

function leave(problems: readonly Problem[]): DriftRepair {
  return problems.length > 0 ? { kind: 'Leave', problems } : { kind: 'InOrder' };
}

/** The link that masks the unit is what a person wanted. */
function isMask(path: string, held: HeldUnit | undefined, observed: Observed): boolean {
  return held === 'Masked' && isMaskedByLink(path, observed);
}

/** Every path of the committed revision whose file is not as we wrote it. */
export function driftOf({ revision, files }: TransactionRecord, observed: Observed): Drift[] {
  if (revision === null) return [];
  return files.flatMap(({ path, after }) => {
    const found = observedState(observed, path);
    return after.kind !== 'File' || sameState(found, after) ? [] : [{ path, kind: kindOf(found, after) }];
  });
}

function kindOf(found: RecordedState, ours: Extract<RecordedState, { kind: 'File' }>): DriftKind {
  switch (found.kind) {
    case 'Absent':
      return 'Removed';
    case 'Symlink':
      return 'ReplacedByLink';
    case 'File':
      if (found.sha256 !== ours.sha256) return 'Changed';
      return found.mode === ours.mode ? 'Owner' : 'Mode';
    default:
      return found satisfies never;
  }
}

/**
 * True if the running kubelet has not read the file as it is now: it reads the file only when it starts, and it started
 * before. The invocation shows that, since every start has another one, systemd's own restarts too; a time shows
 * nothing. A stopped unit has no kubelet that could have read anything.
 */
function isUnread(path: string, committed: TransactionRecord, { unit }: Observed, { provenInvocations }: AgentState): boolean {
  if (unit.activeState === 'inactive' && !unit.hasJob) return true;
  return provenInvocations.includes(unit.invocationId) && isReadAtStart(path, committed);
}

/**
 * True for unit, drop-in, wrapper and the kubelet's configuration. A file that an object brings may be read at any time;
 * in an older record it is not known which files those are.
 */
function isReadAtStart(path: string, { extras }: TransactionRecord): boolean {
  return isUnitFile(path) || (extras !== undefined && !extras.includes(path));
}

function reasonToWait(held: HeldUnit | undefined, { mayRestart }: DriftRepairOptions): string {
  if (held) return 'the repair needs a restart, and a person has taken the unit into their own hands';
  return mayRestart
    ? 'the repair needs a restart, and another program changes our files again and again'
    : 'the repair needs a restart, and nothing starts while it is not known what is desired';
}

/** Names paths and kinds, never content. */
function driftedProblem(drifted: readonly Drift[], why: string): Problem {
  return {
    severity: 'error',
    code: 'Drifted',
    path: [],
    reason: `files that we wrote were changed on this host: ${drifted.map(describeDrift).join(', ')}; ${why}`,
    remedy: 'find out what changed them; `kubelet-config diff` shows what differs, `kubelet-config apply` brings it back',
  };
}

const words: Readonly<Record<DriftKind, string>> = {
  Changed: 'changed',
  Removed: 'removed',
  Mode: 'another mode',
  Owner: 'another owner',
  ReplacedByLink: 'replaced by a link',
};

/** `/etc/kubernetes/kubelet-config.yaml (changed)` */
export function describeDrift({ path, kind }: Drift): string {
  return `${path} (${words[kind]})`;
}
