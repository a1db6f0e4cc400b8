/** From the objects and the node of the command line to the effective spec of that node. */

import type { PathAllowance } from '../../api/paths.ts';
import { desiredFor, type Effective } from '../../desired/effective.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { printProblems, type Terminal } from '../print/terminal.ts';
import { type Intent, invalid } from './intent.ts';
import type { NodeIdentity } from './node.ts';

/**
 * Prints every problem that selecting and merging finds.
 * @throws CommandFailure if no object selects the node, or if the selecting objects are in conflict or
 * invalid together
 */
export function effectiveFor(intent: Intent, node: NodeIdentity, allowance: PathAllowance, terminal: Terminal): Effective {
  const desired = desiredFor(
    intent.objects.map(({ object }) => object),
    node.labels,
    allowance,
  );
  switch (desired.kind) {
    case 'Effective':
      return desired.effective;
    case 'Unselected':
      throw new CommandFailure(
        exitCodes.invalid,
        `no object selects the node ${node.name} with the labels ${formatLabels(node)}`,
        'give the labels of the node with --label or --labels, or correct the nodeSelector',
        { code: 'NotSelected' },
      );
    case 'Conflicting':
    case 'Invalid': {
      printProblems(intent.locate(desired.problems), terminal);
      throw invalid(terminal);
    }
    default:
      return desired satisfies never;
  }
}

function formatLabels({ labels }: NodeIdentity): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? '(none)' : pairs.join(', ');
}
