/** What a pin makes of the desired revision. Pure. */

import type { Problem } from '../../api/problem.ts';
import type { DesiredRevision } from '../model/action.ts';
import type { Journal } from '../model/journal.ts';
import type { Pin } from '../model/pin.ts';
import type { TransactionRecord } from '../model/record.ts';

/** What it makes of what is wanted. A source that cannot say what it wants changes nothing: the pin holds. */
export function applyPin(
  pin: Pin | undefined,
  wanted: DesiredRevision,
  { committed }: Journal,
  history: readonly TransactionRecord[],
): DesiredRevision {
  if (!pin || !isHeld(pin, wanted, committed)) return wanted;
  const record = history.find(({ revision }) => revision === pin.revision);
  const problems = [...(wanted.kind === 'Unknown' ? wanted.problems : []), record ? rolledBack(pin) : lost(pin)];
  return record ? { kind: 'Pinned', record, problems } : { kind: 'Unknown', problems };
}

/** Void once something else is wanted than what was gone back from. */
export function isHeld({ inputs }: Pin, wanted: DesiredRevision, committed: TransactionRecord | undefined): boolean {
  switch (wanted.kind) {
    case 'Revision':
      return inputs.includes(wanted.inputs.id);
    case 'Committed':
      return committed?.inputs != null && inputs.includes(committed.inputs.id);
    case 'Unknown':
    case 'Pinned':
      return true;
    case 'Originals':
      return false;
    default:
      return wanted satisfies never;
  }
}

function rolledBack({ revision }: Pin): Problem {
  return {
    severity: 'error',
    code: 'RolledBack',
    path: [],
    reason: `a person went back to revision ${revision}, and the objects still want what was gone back from`,
    remedy: 'correct or withdraw the objects, or have them tried again: kubelet-config retry, on the node',
  };
}

function lost({ revision }: Pin): Problem {
  return {
    severity: 'error',
    code: 'RolledBack',
    path: [],
    reason: `a person went back to revision ${revision}, of which nothing readable is left on this node`,
    remedy: 'kubelet-config history shows what there is; kubelet-config retry goes forward again',
  };
}
