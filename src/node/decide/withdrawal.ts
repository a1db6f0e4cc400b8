/** Whether the applied revision is withdrawn when no object selects the node. Pure. */

import type { Problem } from '../../api/problem.ts';
import type { Labels } from '../../api/types.ts';
import type { Desired } from '../../desired/effective.ts';
import { cut } from '../../text/cut.ts';
import type { SourceAnswer } from '../model/desired-state.ts';
import type { TransactionRecord } from '../model/record.ts';

/** The labels of a command line are few; a file may hold many. In characters. */
const longestLabels = 300;

/**
 * Returns Invalid instead of Unselected if the source's rule says that nothing is withdrawn: the labels that
 * a person gave may be missing or misspelt. The node then keeps what it has. An empty source withdraws
 * nothing either, but where nothing is applied it is a beginning and no loss.
 *
 * @param labels those of the node
 */
export function withdrawnOrKept(
  desired: Desired,
  source: SourceAnswer,
  labels: Labels,
  committed: TransactionRecord | undefined,
): Desired {
  if (isBeginning(source, committed)) return { kind: 'Unselected', warnings: [source.empty] };
  if (desired.kind !== 'Unselected' || source.kind !== 'Answers' || !committed?.revision) return desired;
  switch (source.withdrawnWhen) {
    case 'NotSelected':
      return desired;
    case 'Deleted': {
      const applied = committed.inputs?.objects ?? [];
      const left = applied.filter(({ name }) => source.objects.some(({ metadata }) => metadata.name === name));
      return left.length === 0 ? desired : { kind: 'Invalid', problems: [stillThere(left, committed.revision, labels)] };
    }
    case 'Never':
      return { kind: 'Invalid', problems: [noneSelects(committed.revision, labels)] };
    default:
      return source.withdrawnWhen satisfies never;
  }
}

/** Whether the source holds nothing yet, and nothing is applied that it could have lost. */
export function isBeginning(
  source: SourceAnswer,
  committed: TransactionRecord | undefined,
): source is SourceAnswer & { readonly empty: Problem } {
  return source.kind === 'Unknown' && source.empty !== undefined && !committed?.revision;
}

function noneSelects(revision: string, labels: Labels): Problem {
  return problem(
    `no given object selects this node with the labels ${words(labels)}, but revision ${revision} is applied here, and an apply would take it away`,
    'correct --label, --labels or the nodeSelector; to take away what is applied, run `kubelet-config apply --withdraw`',
  );
}

function stillThere(left: readonly { readonly name: string }[], revision: string, labels: Labels): Problem {
  const names = left.map(({ name }) => name).join(', ');
  return problem(
    `the source still has ${names}, from which revision ${revision} was applied, but no object selects this node with the labels ${words(labels)}; nothing is taken away for that`,
    'correct --label, --labels or the nodeSelector; to withdraw an object, remove its file and leave another file there',
  );
}

function problem(reason: string, remedy: string): Problem {
  return { severity: 'error', code: 'WouldWithdraw', path: [], reason, remedy };
}

function words(labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? '(none)' : cut(pairs.join(', '), longestLabels);
}
