/** What the agent says of its node in the NodeKubelet: the status, as a function of what came of the last pass. Pure. */

import { makeConditions } from '../../api/conditions.ts';
import { hideInReason } from '../../api/hide-secrets.ts';
import {
  longestFailureReason,
  longestMessage,
  mostObjects,
  mostPending,
  originalsRevision,
} from '../../api/schema/node-kubelet.ts';
import type { Condition, DisruptionRequest, NodeKubeletStatus, RememberedFailure } from '../../api/types.ts';
import type { ObjectReference } from '../../desired/effective.ts';
import { rfc3339 } from '../../loop/time.ts';
import { cut } from '../../text/cut.ts';
import type { Journal } from '../model/journal.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Step } from '../model/step.ts';
import type { UnitStatus } from '../ports/systemd.ts';
import { type Assessment, assess } from './assessment.ts';

export interface ReportFacts {
  readonly outcome: Outcome;
  /** As it is after the pass. */
  readonly journal: Journal;
  /** Undefined where systemd cannot be asked. */
  readonly unit: UnitStatus | undefined;
  /** What was reported last. */
  readonly previous: NodeKubeletStatus | undefined;
  /** Of the NodeKubelet, as last seen. */
  readonly generation: number;
  /** The objects that select the node; undefined where the source does not answer. */
  readonly desired: readonly ObjectReference[] | undefined;
  readonly kubeletVersion: string | undefined;
  /** Repairs of drift since the last report. */
  readonly driftRepairs: number;
  /** RFC 3339. */
  readonly now: string;
}

/** The same facts make the same status, but for `now`: what has not changed keeps its time, so that nothing has to be written. */
export function nodeStatus(facts: ReportFacts): NodeKubeletStatus {
  const { outcome, journal, unit, previous, generation, now } = facts;
  const { committed } = journal;
  const assessment = assess(outcome, committed?.revision ?? null);
  const isBetween = assessment.phase === 'Undoing';
  const desired = facts.desired ?? previous?.desired;
  const driftRepairs = (previous?.driftRepairs ?? 0) + facts.driftRepairs;
  const failures = rememberedFailures(journal);
  return {
    observedGeneration: generation,
    phase: assessment.phase,
    ...(outcome.kind === 'Waiting' && { request: outcome.request, pending: pendingPaths(outcome.steps) }),
    ...(previous?.claimed !== undefined && { claimed: previous.claimed }),
    ...(committed?.revision != null && !isBetween && { applied: committed.revision }),
    ...(committed && { lastKnownGood: committed.revision ?? originalsRevision }),
    ...(committed?.revision != null && committed.inputs && { inputs: committed.inputs.objects }),
    ...(desired && desired.length > 0 && { desired: desired.slice(0, mostObjects) }),
    ...(failures.length > 0 && { failures }),
    ...(facts.kubeletVersion !== undefined && { kubeletVersion: facts.kubeletVersion }),
    ...startTime(unit, previous),
    ...(driftRepairs > 0 && { driftRepairs }),
    ...(assessment.code !== undefined && {
      lastError: { code: assessment.code, message: cut(assessment.message, longestMessage) },
    }),
    conditions: conditionsOf(assessment, previous?.conditions, generation, now),
  };
}

/** Of a kubelet that nobody can ask about now, what was known last. */
function startTime(unit: UnitStatus | undefined, previous: NodeKubeletStatus | undefined) {
  if (unit === undefined) return previous?.kubeletStartTime === undefined ? {} : { kubeletStartTime: previous.kubeletStartTime };
  return unit.activeState === 'active' && unit.activeSince > 0 ? { kubeletStartTime: rfc3339(unit.activeSince) } : {};
}

/** What a claim says: from here until the report the host is in between. */
export function claimedStatus(
  previous: NodeKubeletStatus | undefined,
  request: DisruptionRequest,
  generation: number,
  now: string,
): NodeKubeletStatus {
  const { applied: _applied, lastError: _lastError, ...others } = previous ?? {};
  const message = `revision ${request.revision} is being applied`;
  return {
    ...others,
    observedGeneration: generation,
    phase: 'Applying',
    request,
    claimed: request.id,
    conditions: conditionsOf({ phase: 'Applying', reason: 'Applying', message }, previous?.conditions, generation, now),
  };
}

/** After kstatus: Ready is the answer, the other two say whether to wait or to act. */
function conditionsOf(
  { phase, reason, message }: Assessment,
  previous: readonly Condition[] | undefined,
  observedGeneration: number,
  now: string,
): Condition[] {
  const isReady = phase === 'UpToDate' || phase === 'Unmanaged';
  const isStalled = phase === 'Stalled' || phase === 'Failed';
  const answer = (holds: boolean) => ({ holds, reason, message });
  const answers = { ready: answer(isReady), reconciling: answer(!isReady && !isStalled), stalled: answer(isStalled) };
  return makeConditions(answers, { previous, observedGeneration, now, longestMessage });
}

function rememberedFailures({ undone }: Journal): RememberedFailure[] {
  if (undone?.verdict.kind !== 'Failed') return [];
  const { inputs, revision, objects, verdict } = undone;
  const reason = cut(hideInReason(verdict.reason), longestFailureReason);
  return [
    {
      inputs: inputs ?? originalsRevision,
      revision: revision ?? originalsRevision,
      reason,
      ...(objects.length > 0 && { objects }),
    },
  ];
}

function pendingPaths(steps: readonly Step[]): string[] {
  const paths = steps.flatMap((step) => ('path' in step ? [step.path] : []));
  if (paths.length <= mostPending) return paths;
  return [...paths.slice(0, mostPending - 1), `and ${paths.length - mostPending + 1} more`];
}
