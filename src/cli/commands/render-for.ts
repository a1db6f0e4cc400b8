/** From objects to the revision of one node, with every complaint on the terminal. */

import type { PathAllowance } from '../../api/paths.ts';
import { desiredFor, type Effective } from '../../desired/effective.ts';
import type { HostFacts } from '../../render/facts.ts';
import { type Rendered, render } from '../../render/render.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { type Intent, invalid } from '../flags/intent.ts';
import type { NodeIdentity } from '../flags/node.ts';
import { printProblems, type Terminal } from '../print/terminal.ts';

/** @throws CommandFailure when no object selects the node, or what they say together is wrong */
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
      );
    case 'Conflicting':
    case 'Invalid': {
      const problems = intent.locate(desired.problems);
      printProblems(problems, terminal);
      throw invalid(problems);
    }
    default:
      return desired satisfies never;
  }
}

export function renderFor(
  intent: Intent,
  node: NodeIdentity,
  facts: HostFacts,
  allowance: PathAllowance,
  terminal: Terminal,
): Extract<Rendered, { kind: 'Rendered' }> {
  const rendered = render(effectiveFor(intent, node, allowance, terminal), facts);
  const problems = intent.locate(rendered.kind === 'Refused' ? rendered.problems : rendered.warnings);
  printProblems(problems, terminal);
  if (rendered.kind === 'Refused') throw invalid(problems);
  return rendered;
}

function formatLabels({ labels }: NodeIdentity): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? '(none)' : pairs.join(', ');
}
