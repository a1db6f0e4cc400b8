/** From the objects and the node of the command line to the effective spec of that node. */

import type { PathAllowance } from '../../api/paths.ts';
import type { Problem } from '../../api/problem.ts';
import { computeWith } from '../../computed/evaluate.ts';
import type { ExpressionFacts } from '../../computed/facts.ts';
import { type Desired, desiredFor, type Effective, type MergedFields } from '../../desired/effective.ts';
import type { LoadedObject } from '../../manifest/load/load.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { printProblems, type Terminal } from '../print/terminal.ts';
import { type Intent, invalid } from './intent.ts';
import type { NodeIdentity } from './node.ts';

/** A node, and the facts of it for expressions. */
export interface DescribedNode extends NodeIdentity {
  readonly facts: ExpressionFacts;
}

/**
 * Prints every problem that selecting and merging finds.
 * @throws CommandFailure if no object selects the node, or if the selecting objects are in conflict or
 * invalid together
 */
export function effectiveFor(intent: Intent, node: DescribedNode, allowance: PathAllowance, terminal: Terminal): Effective {
  const desired = desiredOf(intent.objects, node, allowance);
  switch (desired.kind) {
    case 'Effective':
      return desired.effective;
    case 'Unselected':
      throw notSelected(node);
    case 'Conflicting':
    case 'Invalid': {
      printProblems(intent.locate(desired.problems), terminal);
      throw invalid(terminal);
    }
    default:
      return desired satisfies never;
  }
}

function desiredOf(objects: readonly LoadedObject[], { labels, facts }: DescribedNode, allowance: PathAllowance): Desired {
  return desiredFor(
    objects.map(({ object }) => object),
    labels,
    allowance,
    computeWith(facts, allowance),
  );
}

/** How a command ends if no object selects the node. */
export function notSelected(node: Pick<NodeIdentity, 'name' | 'labels'>): CommandFailure {
  const reason = `no object selects the node ${node.name} with the labels ${formatLabels(node)}`;
  const remedy = 'give the labels of the node with --label or --labels, or correct the nodeSelector';
  return new CommandFailure(exitCodes.invalid, reason, remedy, { code: 'NotSelected' });
}

/**
 * The merged fields, also where they are invalid or in conflict, and their problems, without places.
 * @throws CommandFailure if no object selects the node
 */
export function mergedFor(
  objects: readonly LoadedObject[],
  node: DescribedNode,
  allowance: PathAllowance,
): { readonly merged: MergedFields | undefined; readonly problems: readonly Problem[] } {
  const desired = desiredOf(objects, node, allowance);
  if (desired.kind === 'Unselected') throw notSelected(node);
  if (desired.kind === 'Effective') return { merged: desired.effective, problems: desired.effective.warnings };
  return { merged: desired.merged, problems: desired.problems };
}

function formatLabels({ labels }: Pick<NodeIdentity, 'labels'>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? '(none)' : pairs.join(', ');
}
