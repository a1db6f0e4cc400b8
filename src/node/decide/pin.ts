/** How a pin is made of a person's request, and how it overrides the desired revision. Pure. */

import type { Problem } from '../../api/problem.ts';
import type { Asked } from '../model/asked.ts';
import type { DesiredRevision } from '../model/desired-state.ts';
import type { Journal, Open } from '../model/journal.ts';
import type { Pin } from '../model/pin.ts';
import type { TransactionRecord } from '../model/record.ts';

/** Everything on the disk that a rollback depends on. */
export interface RollbackState {
  readonly journal: Journal;
  readonly open: Open | undefined;
  /** Every committed record that can be read, the newest first. */
  readonly history: readonly TransactionRecord[];
  readonly pin: Pin | undefined;
}

/**
 * The pin for a person's request. It covers the inputs of every revision that is newer than the chosen one,
 * of the changes that failed or are open, and of the pin before: none of them may come back by itself.
 */
export function pinFor(asked: Extract<Asked, { kind: 'Rollback' }>, { journal, open, history, pin }: RollbackState): Pin {
  const { committed, undone } = journal;
  const { revision, by, at } = asked;
  const chosen = history.find((record) => record.revision === revision);
  const newer = history.filter(({ sequence }) => sequence > (chosen?.sequence ?? Number.POSITIVE_INFINITY));
  const records = [committed, open?.record, ...newer].map((record) => record?.inputs ?? undefined);
  const isWithdrawn = committed?.revision === null;
  const inputs = [...(pin?.inputs ?? []), ...records.map((one) => one?.id), undone?.inputs, isWithdrawn ? null : undefined];
  const effective = [...(pin?.effective ?? []), ...records.map((one) => one?.effective), undone?.effective];
  const isDone = pin !== undefined && isPinDone(pin, committed);
  return {
    inputs: left(inputs, chosen?.inputs?.id),
    effective: left(effective, chosen?.inputs?.effective),
    revision,
    ...(committed && { from: { revision: committed.revision, sequence: committed.sequence } }),
    before: isDone ? { ...pin, before: undefined } : pin?.before,
    by,
    at,
  };
}

function left<Value extends string | null>(values: readonly (Value | undefined)[], chosen: string | undefined): Value[] {
  return [...new Set(values)].filter((value) => value !== undefined && value !== chosen) as Value[];
}

/**
 * The revisions that a person may go back to, the newest first.
 * @param state what is on the disk
 * @returns `all`, and among them those that nobody has gone back from
 */
export function rollbackTargets({ journal: { committed }, open, history, pin }: RollbackState) {
  // While a change goes forward, the last known good is the way back; a way back that is open is not.
  const isForward = open?.record && open.record.revision !== null && open.record.revision !== pin?.revision;
  const current = isForward ? open.record?.revision : committed?.revision;
  const all = history.filter(({ revision }) => revision !== null && revision !== current);
  const isLeft = ({ inputs }: TransactionRecord) => inputs !== null && (pin?.inputs.includes(inputs.id) ?? false);
  const ids = (records: readonly TransactionRecord[]) => [...new Set(records.flatMap(({ revision }) => revision ?? []))];
  return { all: ids(all), untouched: ids(all.filter((record) => !isLeft(record))) };
}

/** True if the node is at the revision of the pin. */
export function isPinDone({ revision }: Pin, committed: TransactionRecord | undefined): boolean {
  return committed?.revision === revision;
}

/** True if the way back was tried and failed: it is not tried again, so the pin before it counts again. */
export function isPinFailed(pin: Pin, { committed, undone }: Journal): boolean {
  return !isPinDone(pin, committed) && undone?.verdict.kind === 'Failed' && undone.revision === pin.revision;
}

/**
 * Returns the revision that a person went back to while the pin is in force, otherwise `desired` itself. The
 * pin stays in force while the source does not answer.
 *
 * @param history every committed record that can be read
 */
export function applyPin(
  pin: Pin | undefined,
  desired: DesiredRevision,
  { committed }: Journal,
  history: readonly TransactionRecord[],
): DesiredRevision {
  if (!pin || !isPinInForce(pin, desired, committed, history)) return desired;
  const record = history.find(({ revision }) => revision === pin.revision);
  const said = !record ? lost(pin) : isPinDone(pin, committed) ? rolledBack(pin) : waits(pin);
  const problems = [...(desired.kind === 'Unknown' ? desired.problems : []), said];
  return record ? { kind: 'Pinned', record, problems } : { kind: 'Unknown', problems };
}

/** True until another spec is desired than those that the person went back from, or a person applies one. */
export function isPinInForce(
  pin: Pin,
  desired: DesiredRevision,
  committed: TransactionRecord | undefined,
  history: readonly TransactionRecord[],
): boolean {
  if (isOverruled(pin, committed, history)) return false;
  switch (desired.kind) {
    case 'Rendered':
      return covers(pin, desired.traits.inputs);
    case 'Committed':
      return covers(pin, committed?.inputs);
    case 'Unknown':
    case 'Pinned':
      return true;
    case 'Originals':
      return pin.inputs.includes(null);
    default:
      return desired satisfies never;
  }
}

/** True if something else was committed since: by an `apply` that was killed before it removed the pin. */
function isOverruled(
  { revision, from }: Pin,
  committed: TransactionRecord | undefined,
  history: readonly TransactionRecord[],
): boolean {
  if (!from || !committed || committed.sequence <= from.sequence || committed.revision === revision) return false;
  const wasDone = history.some((record) => record.revision === revision && record.sequence > from.sequence);
  // Before the way back is done, drift of the revision from before may have been repaired.
  return wasDone || committed.revision !== from.revision;
}

function covers({ inputs, effective = [] }: Pin, desired: TransactionRecord['inputs'] | undefined): boolean {
  return desired != null && (inputs.includes(desired.id) || effective.includes(desired.effective));
}

function rolledBack(pin: Pin): Problem {
  return {
    severity: 'error',
    code: 'RolledBack',
    path: [],
    reason: `a person went back to revision ${pin.revision}${who(pin)}, and the objects still ask for what they went back from`,
    remedy: 'correct or withdraw the objects; or run `kubelet-config retry` on the node to try them again',
  };
}

function waits(pin: Pin): Problem {
  return {
    severity: 'notice',
    code: 'RollbackWaits',
    path: [],
    reason: `a person asked to go back to revision ${pin.revision}${who(pin)}, and that is not done yet`,
    remedy: 'it is done when nothing else is in its way; `kubelet-config retry` on the node takes the request back',
  };
}

function lost({ revision }: Pin): Problem {
  return {
    severity: 'error',
    code: 'RolledBack',
    path: [],
    reason: `a person went back to revision ${revision}, but this node has no readable record of it any more`,
    remedy: 'run `kubelet-config history` to list the readable revisions, or `kubelet-config retry` to go forward again',
  };
}

/** ` (ana, 2026-01-31T09:00:00Z)`; '' for a pin of an earlier build. */
export function who({ by, at }: Pick<Pin, 'by' | 'at'>): string {
  return by === undefined || at === undefined ? '' : ` (${by}, ${at})`;
}
