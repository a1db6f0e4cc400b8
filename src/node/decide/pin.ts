/** How a pin overrides the desired revision. Pure. */

import type { Problem } from '../../api/problem.ts';
import type { DesiredRevision } from '../model/desired-state.ts';
import type { Journal } from '../model/journal.ts';
import type { Pin } from '../model/pin.ts';
import type { TransactionRecord } from '../model/record.ts';

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
  if (!pin || !isPinInForce(pin, desired, committed)) return desired;
  const record = history.find(({ revision }) => revision === pin.revision);
  const problems = [...(desired.kind === 'Unknown' ? desired.problems : []), record ? rolledBack(pin) : lost(pin)];
  return record ? { kind: 'Pinned', record, problems } : { kind: 'Unknown', problems };
}

/** True until other inputs are desired than those that the person went back from. */
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
    reason: `a person went back to revision ${revision}, and the objects have not changed since`,
    remedy: 'correct or withdraw the objects; or run `kubelet-config retry` on the node to try them again',
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
