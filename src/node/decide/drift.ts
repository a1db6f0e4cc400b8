/** What somebody else did to the files of the committed revision, and how they may be brought back. Pure. */

import type { Problem } from '../../api/problem.ts';
import { isUnitFile } from '../../render/revision.ts';
import type { AgentState, Drift, DriftKind } from '../model/drift.ts';
import type { Observed } from '../model/observed.ts';
import { type RecordedState, recordedState, sameState, type TransactionRecord } from '../model/record.ts';
import { type HeldUnit, heldBy, isMaskedByLink, kubeletDown, unitHeldProblem } from './unit-held.ts';

/** What the committed revision needs. `problems` are to be told whatever is done. */
export type DriftRepair =
  | { readonly kind: 'InOrder' }
  /** Nothing may be done: a person has to. */
  | { readonly kind: 'Leave'; readonly problems: readonly Problem[] }
  /** Bytes back, and no restart: the kubelet that runs has not read what was there instead. */
  | { readonly kind: 'Mend'; readonly drifted: readonly Drift[]; readonly held: boolean; readonly problems: readonly Problem[] }
  /** Bytes back only together with a restart: else whoever looks next would take the running kubelet for one that has read them. */
  | { readonly kind: 'Restart'; readonly drifted: readonly Drift[] };

export interface DriftRepairOptions {
  readonly drift: 'Repair' | 'Report';
  /** Undefined for a command that runs once. */
  readonly agentState: AgentState | undefined;
  /** A person has said so just now. */
  readonly retry: boolean;
  /** A restart that was put off by a person, and is due. */
  readonly owed: boolean;
  /** False while it cannot be said what is wanted: then nothing starts. */
  readonly mayRestart: boolean;
  /** To be told beside what is found here. */
  readonly problems: readonly Problem[];
}

export function driftRepair(committed: TransactionRecord, observed: Observed, options: DriftRepairOptions): DriftRepair {
  const { drift, agentState, retry, owed } = options;
  const drifted = driftOf(committed, observed);
  if (retry || owed) return { kind: 'Restart', drifted };
  const held = heldBy(committed, observed);
  const down = kubeletDown(committed, observed);
  const problems = [...options.problems, ...(held ? [unitHeldProblem(committed.unit.name, held)] : []), ...(down ? [down] : [])];
  if (drifted.length === 0) return left(problems);
  if (drift === 'Report') return left([...problems, driftedProblem(drifted, 'drift: Report leaves it to a person')]);

  const { mendable, contested } = sorted(drifted, held, observed, agentState);
  const quiet = mendable.filter(({ path }) => agentState && isUnread(path, committed, observed, agentState));
  const others = mendable.filter((one) => !quiet.includes(one));
  const mayRestart = options.mayRestart && !held && contested.length === 0;
  if (others.length > 0 && mayRestart) return { kind: 'Restart', drifted: mendable };
  const untouched = others.length === 0 ? [] : [driftedProblem(others, waitingFor(held, options))];
  const told = [...problems, ...contested, ...untouched];
  return quiet.length > 0 ? { kind: 'Mend', drifted: quiet, held: held !== undefined, problems: told } : left(told);
}

export function left(problems: readonly Problem[]): DriftRepair {
  return problems.length > 0 ? { kind: 'Leave', problems } : { kind: 'InOrder' };
}

/** Every path whose file is not as we wrote it. */
export function driftOf({ revision, files }: TransactionRecord, observed: Observed): Drift[] {
  if (revision === null) return [];
  return files.flatMap(({ path, after }) => {
    const found = recordedState(observed.files.get(path) ?? { kind: 'Absent' });
    return after.kind !== 'File' || sameState(found, after) ? [] : [{ path, kind: kindOf(found, after) }];
  });
}

function kindOf(found: RecordedState, wanted: Extract<RecordedState, { kind: 'File' }>): DriftKind {
  switch (found.kind) {
    case 'Absent':
      return 'Removed';
    case 'Symlink':
      return 'ReplacedByLink';
    case 'File':
      if (found.sha256 !== wanted.sha256) return 'Changed';
      return found.mode === wanted.mode ? 'Owner' : 'Mode';
    default:
      return found satisfies never;
  }
}

/** The link that masks the unit is a person's word, and what is fought over is left alone for a while. */
function sorted(drifted: readonly Drift[], held: HeldUnit | undefined, observed: Observed, agentState: AgentState | undefined) {
  const contested = drifted.flatMap(({ path }) => agentState?.contested.get(path) ?? []);
  const mendable = drifted.filter(
    ({ path }) => !agentState?.contested.has(path) && !(held === 'Masked' && isMaskedByLink(path, observed)),
  );
  return { mendable, contested };
}

/**
 * The kubelet has not read the file as it is now: it reads it only when it starts, and it started before. That is shown by the invocation, which is
 * another one after every start, be it systemd's own; never by a time. A unit that is stopped has no kubelet that could have read anything.
 */
function isUnread(path: string, committed: TransactionRecord, { unit }: Observed, { knownGood }: AgentState): boolean {
  if (unit.activeState === 'inactive' && !unit.hasJob) return true;
  return knownGood.includes(unit.invocationId) && isReadAtStart(path, committed);
}

/** Unit, drop-in, wrapper and the kubelet's configuration. What an object brings as a file may be read at any time, and so may, for all we know, one of an older record. */
function isReadAtStart(path: string, { extras }: TransactionRecord): boolean {
  return isUnitFile(path) || (extras !== undefined && !extras.includes(path));
}

function waitingFor(held: HeldUnit | undefined, { mayRestart }: DriftRepairOptions): string {
  if (held) return 'to bring it back needs a restart, and the unit is in the hands of a person';
  return mayRestart
    ? 'to bring it back needs a restart, and somebody works against us'
    : 'to bring it back needs a restart, and nothing starts while it is not known what is wanted';
}

/** Paths and kinds, never content. */
function driftedProblem(drifted: readonly Drift[], why: string): Problem {
  return {
    severity: 'error',
    code: 'Drifted',
    path: [],
    reason: `somebody else changed what we wrote: ${drifted.map(describeDrift).join(', ')}; ${why}`,
    remedy: 'find out who; `kubelet-config diff` shows what differs, `kubelet-config apply` brings it back',
  };
}

const words: Readonly<Record<DriftKind, string>> = {
  Changed: 'changed',
  Removed: 'removed',
  Mode: 'another mode',
  Owner: 'another owner',
  ReplacedByLink: 'replaced by a link',
};

export function describeDrift({ path, kind }: Drift): string {
  return `${path} (${words[kind]})`;
}
