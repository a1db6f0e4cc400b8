/** What the source, the node's labels and the host's facts ask of this node. Pure. */

import type { PathAllowance } from '../../api/paths.ts';
import type { Problem } from '../../api/problem.ts';
import type { Labels } from '../../api/types.ts';
import { type Desired, desiredFor, type Effective, sameObjects } from '../../desired/effective.ts';
import { healthzEndpoint } from '../../kubelet/healthz.ts';
import { policyStates } from '../../kubelet/policy-states.ts';
import { sameCapabilities } from '../../render/capabilities.ts';
import type { HostFacts } from '../../render/facts.ts';
import { effectiveId, render } from '../../render/render.ts';
import { renderingVersion } from '../../render/revision.ts';
import type { DesiredState, SourceAnswer } from '../model/desired-state.ts';
import type { Health } from '../model/health.ts';
import type { TransactionRecord } from '../model/record.ts';

const noHealth: Health = { timeoutSeconds: 120, minReadySeconds: 0 };

/** What the source says that this node should have, before anything is known of the host. */
export function desire(source: SourceAnswer, labels: Labels, allowance: PathAllowance): Desired {
  if (source.kind === 'Unknown') return { kind: 'Invalid', problems: source.problems };
  return desiredFor(source.objects, labels, allowance);
}

/** With the place where a person wrote it, as far as the source knows one. */
export function locatedBy(source: SourceAnswer, problems: readonly Problem[]): readonly Problem[] {
  return source.kind === 'Answers' && source.located ? source.located(problems) : problems;
}

export function want(desired: Desired, facts: HostFacts, committed: TransactionRecord | undefined): DesiredState {
  const nothing = { warnings: [], health: noHealth, unit: undefined };
  switch (desired.kind) {
    case 'Unselected':
      return { ...nothing, wanted: { kind: 'Originals' } };
    case 'Conflicting':
    case 'Invalid':
      return { ...nothing, wanted: { kind: 'Unknown', problems: desired.problems } };
    case 'Effective':
      return wantEffective(desired.effective, facts, committed);
    default:
      return desired satisfies never;
  }
}

function wantEffective(effective: Effective, facts: HostFacts, committed: TransactionRecord | undefined): DesiredState {
  const common = { health: effective.spec.health, unit: effective.spec.unit.name };
  if (sameInputs(effective, facts, committed))
    return { ...common, warnings: effective.warnings, wanted: { kind: 'Committed', drift: effective.spec.drift } };
  const rendered = render(effective, facts);
  if (rendered.kind === 'Refused') return { ...common, warnings: [], wanted: { kind: 'Unknown', problems: rendered.problems } };
  const { revision, inputs, orphans, extras, warnings, fetch } = rendered;
  return {
    ...common,
    warnings,
    effective,
    ...(fetch && { fetch }),
    wanted: {
      kind: 'Revision',
      revision,
      inputs,
      orphans,
      extras,
      drift: effective.spec.drift,
      healthz: healthzEndpoint(effective.spec),
      policyStates: policyStates(effective.spec),
    },
  };
}

/** A restart needs a reason that a person wrote or that the kubelet can feel: a newer renderer alone is none (design N3a). */
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
