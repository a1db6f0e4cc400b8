/** The desired state of one node, from the source, the node's labels and the host's facts. Pure. */

import type { PathAllowance } from '../../api/paths.ts';
import type { Problem } from '../../api/problem.ts';
import { sameProblem } from '../../api/same-problem.ts';
import type { Labels } from '../../api/types.ts';
import { computeWith } from '../../computed/evaluate.ts';
import type { ExpressionFacts } from '../../computed/facts.ts';
import { type Desired, desiredFor, type Effective, sameObjects } from '../../desired/effective.ts';
import { sameCapabilities } from '../../render/capabilities.ts';
import type { HostFacts } from '../../render/facts.ts';
import { effectiveId, render } from '../../render/render.ts';
import { renderingVersion } from '../../render/revision.ts';
import type { DesiredState, SourceAnswer } from '../model/desired-state.ts';
import type { Health } from '../model/health.ts';
import type { TransactionRecord } from '../model/record.ts';

const defaultHealth: Health = { timeoutSeconds: 120, minReadySeconds: 0 };

/**
 * The source's answer for a node with these labels; an unknown source gives Invalid.
 * @param facts for the expressions of the objects; undefined if no object that selects the node has any
 */
export function desiredOf(source: SourceAnswer, labels: Labels, allowance: PathAllowance, facts?: ExpressionFacts): Desired {
  if (source.kind === 'Unknown') return { kind: 'Invalid', problems: source.problems };
  return desiredFor(source.objects, labels, allowance, facts && computeWith(facts, allowance));
}

/** The desired state on this host: rendered, or the committed revision if its inputs are unchanged. */
export function desiredState(desired: Desired, facts: HostFacts, committed: TransactionRecord | undefined): DesiredState {
  const nothing = { warnings: [], health: defaultHealth, unit: undefined };
  switch (desired.kind) {
    case 'Unselected':
      return { ...nothing, warnings: desired.warnings ?? [], revision: { kind: 'Originals' } };
    case 'Conflicting':
    case 'Invalid':
      return { ...nothing, revision: { kind: 'Unknown', problems: desired.problems } };
    case 'Effective':
      return effectiveState(desired.effective, facts, committed);
    default:
      return desired satisfies never;
  }
}

function effectiveState(effective: Effective, facts: HostFacts, committed: TransactionRecord | undefined): DesiredState {
  const { health, unit, drift } = effective.spec;
  const common = { health, unit: unit.name };
  if (sameInputs(effective, facts, committed))
    return { ...common, warnings: withRecorded(effective.warnings, committed), revision: { kind: 'Committed', drift } };
  const rendered = render(effective, facts);
  if (rendered.kind === 'Refused') return { ...common, warnings: [], revision: { kind: 'Unknown', problems: rendered.problems } };
  const { revision, traits, warnings, fetch } = rendered;
  return {
    ...common,
    warnings: warnings.filter(isOpenHere),
    effective,
    ...(fetch && { fetch }),
    revision: { kind: 'Rendered', revision, traits },
  };
}

/** False for a warning of what this node looks into by itself (`lookAtUnit`). */
function isOpenHere({ code }: Problem): boolean {
  return code !== 'MayBeOverridden';
}

/** What rendering and preflight warned of stands in the record: neither is done again for the same inputs. */
function withRecorded(warnings: readonly Problem[], committed: TransactionRecord | undefined): readonly Problem[] {
  const recorded = committed?.warnings ?? [];
  return [...warnings, ...recorded.filter((one) => !warnings.some((other) => sameProblem(one, other)))];
}

/**
 * True if the objects and the facts that the committed revision was rendered from are the same. A newer build
 * that would render other bytes is no reason to restart a kubelet (design N3a).
 */
function sameInputs(effective: Effective, facts: HostFacts, committed: TransactionRecord | undefined): boolean {
  const inputs = committed?.inputs;
  return (
    inputs != null &&
    inputs.rendering === renderingVersion &&
    inputs.effective === effectiveId(effective) &&
    sameObjects(inputs.objects, effective.objects) &&
    sameCapabilities(inputs.capabilities, facts)
  );
}
