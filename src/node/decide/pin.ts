/** What a pin makes of the desired revision. Pure. */

import type { Problem } from '../../api/problem.ts';
import type { DesiredRevision } from '../model/desired-state.ts';
import type { Journal } from '../model/journal.ts';
import type { Pin } from '../model/pin.ts';
import type { TransactionRecord } from '../model/record.ts';

/**
 * The revision that a person went back to, as long as the pin holds; otherwise `desired` itself. A source that cannot
 * say what it desires changes nothing: the pin holds then too. @param history every committed record that can be read
 */
export function applyPin(
  pin: Pin | undefined,
  desired: DesiredRevision,
  { committed }: Journal,
  history: readonly TransactionRecord[],
): DesiredRevision {
  if (!pin || !isPinInForce(pin, desired, committed)) return desired;
  const record = history.find(({ revision }) => revision === pin.revision);
  const problems = [...(desired.kind === 'Unknown' ? desired.problems : []), record ? rolledBack(pin) : lost(pin)];
  return record ? { kind: 'Pinned', record, problems } : { kind: 'Unknown', problems };
}

/** A pin is void once something else is desired than what the person went back from. */
export function isPinInForce({ inputs }: Pin, desired: DesiredRevision, committed: TransactionRecord | undefined): boolean {
  switch (desired.kind) {
    case 'Rendered':
      return inputs.includes(desired.traits.inputs.id);
    case 'Committed':
      return committed?.inputs != null && inputs.includes(committed.inputs.id);
    case 'Unknown':
    case 'Pinned':
      return true;
    case 'Originals':
      return false;
    default:
      return desired satisfies never;
  }
}

function rolledBack({ revision }: Pin): Problem {
  return {
    severity: 'error',
    code: 'RolledBack',
    path: [],
    reason: `a person went back to revision ${revision}, and the objects are still those that they went back from`,
    remedy: 'correct or withdraw the objects; or have them tried again: `kubelet-config retry`, on the node',
  };
}

function lost({ revision }: Pin): Problem {
  return {
    severity: 'error',
    code: 'RolledBack',
    path: [],
    reason: `a person went back to revision ${revision}, and this node has no readable record of it any more`,
    remedy: '`kubelet-config history` lists the revisions that are there; `kubelet-config retry` goes forward again',
  };
}
