/** Makes the status of a NodeKubelet from the outcome of the last pass. Pure. */

import { makeConditions } from '../../api/conditions.ts';
import type { Problem } from '../../api/problem.ts';
import {
  longestFailureReason,
  longestMessage,
  mostObjects,
  mostPending,
  mostWarnings,
  originalsRevision,
} from '../../api/schema/node-kubelet.ts';
import type { Condition, DisruptionRequest, NodeKubeletStatus, RememberedFailure, SettingsInUse } from '../../api/types.ts';
import { distinct, warningOf } from '../../api/warnings.ts';
import type { ObjectReference } from '../../desired/effective.ts';
import { rfc3339 } from '../../loop/time.ts';
import { cut } from '../../text/cut.ts';
import { withoutControls } from '../../text/foreign-text.ts';
import { hideInReason } from '../../text/hide-secrets.ts';
import type { Journal } from '../model/journal.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Step } from '../model/step.ts';
import type { UnitStatus } from '../ports/systemd.ts';
import { type Assessment, assess } from './assessment.ts';
import { problemsOf } from './describe-outcome.ts';
import { describeProgress, type Progress } from './progress.ts';

/** Everything that a status is made from. */
export interface ReportFacts {
  readonly outcome: Outcome;
  /** The journal after the pass. */
  readonly journal: Journal;
  /** The kubelet's unit after the pass; undefined if systemd does not answer. */
  readonly unit: UnitStatus | undefined;
  /** The status that was reported last; undefined if there was none. */
  readonly previous: NodeKubeletStatus | undefined;
  /** The `metadata.generation` of the NodeKubelet, as last seen. */
  readonly generation: number;
  /** Id of the claimed request whose transaction is still open; undefined for none. */
  readonly openRequest?: string | undefined;
  /** The objects that select the node; undefined if the source does not answer. */
  readonly desired: readonly ObjectReference[] | undefined;
  /** Name of an object whose rollout.paused keeps the node from changing; absent for none. */
  readonly pausedBy?: string | undefined;
  readonly kubeletVersion: string | undefined;
  /** Undefined if the settings of the kubelet cannot be read. */
  readonly inUse?: SettingsInUse | undefined;
  /** The number of repairs of drift since the last report. */
  readonly driftRepairs: number;
  /** The current time, RFC 3339. */
  readonly now: string;
}

/**
 * The status to report. If only `now` differs from the last report, the result equals `previous`, because
 * unchanged conditions keep their times; nothing has to be written then. Texts and lists are cut to the
 * limits of the schema.
 */
export function nodeStatus(facts: ReportFacts): NodeKubeletStatus {
  const { outcome, journal, unit, previous, generation, now } = facts;
  const { committed } = journal;
  const assessment = assess(outcome, committed?.revision ?? null, facts.pausedBy);
  // Until the host is as it was before, it is not at the committed revision.
  const isUndoing = assessment.code === 'NotUndone';
  const desired = facts.desired ?? previous?.desired;
  const driftRepairs = (previous?.driftRepairs ?? 0) + facts.driftRepairs;
  const failures = rememberedFailures(journal);
  return {
    observedGeneration: generation,
    phase: assessment.phase,
    ...requestOf(facts),
    ...(previous?.claimed !== undefined && { claimed: previous.claimed }),
    ...(committed?.revision != null && !isUndoing && { applied: committed.revision }),
    ...(committed && { lastKnownGood: committed.revision ?? originalsRevision }),
    ...(committed?.revision != null && committed.inputs && { inputs: committed.inputs.objects }),
    ...(desired && desired.length > 0 && { desired: desired.slice(0, mostObjects) }),
    ...(failures.length > 0 && { failures }),
    ...(facts.kubeletVersion !== undefined && { kubeletVersion: facts.kubeletVersion }),
    ...(facts.inUse && { inUse: facts.inUse }),
    ...startTime(unit, previous),
    ...(driftRepairs > 0 && { driftRepairs }),
    ...(assessment.code !== undefined && {
      lastError: lastErrorOf(assessment.code, cut(withoutControls(assessment.message), longestMessage), previous, now),
    }),
    ...warningsOf([...problemsOf(outcome), ...(committed?.warnings ?? [])]),
    conditions: conditionsOf(assessment, previous?.conditions, generation, now),
  };
}

/**
 * The request that stands. That of an open transaction stays until its end, since to leave it out would end
 * the grant. One that was claimed is used up, even if the claim's answer did not come and nothing was begun.
 */
function requestOf({ outcome, previous, openRequest }: ReportFacts): Pick<NodeKubeletStatus, 'request' | 'pending'> {
  const { request, claimed } = previous ?? {};
  if (openRequest !== undefined) return request?.id === openRequest ? { request } : {};
  if (outcome.kind !== 'Waiting') return {};
  return { ...(outcome.request.id !== claimed && { request: outcome.request }), pending: pendingPaths(outcome.steps) };
}

/** An error that is still the same stays as it is: an older CRD takes the time away, and that is no news. */
function lastErrorOf(
  code: string,
  message: string,
  previous: NodeKubeletStatus | undefined,
  now: string,
): NonNullable<NodeKubeletStatus['lastError']> {
  const before = previous?.lastError;
  return before?.code === code && before.message === message ? before : { code, message, since: now };
}

/** When the kubelet started; the last reported time if systemd does not answer now. */
function startTime(unit: UnitStatus | undefined, previous: NodeKubeletStatus | undefined) {
  if (unit === undefined) return previous?.kubeletStartTime === undefined ? {} : { kubeletStartTime: previous.kubeletStartTime };
  return unit.activeState === 'active' && unit.activeSince > 0 ? { kubeletStartTime: rfc3339(unit.activeSince) } : {};
}

/**
 * The status that claims an approved request: until the next report, the revision on the host counts as
 * unknown.
 */
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

/** The status while a change takes long: it names the step, since when, and what the step waits for. */
export function progressStatus(
  previous: NodeKubeletStatus | undefined,
  progress: Progress,
  generation: number,
  now: string,
): NodeKubeletStatus {
  const { applied: _applied, lastError: _lastError, ...others } = previous ?? {};
  const limit = progress.timeoutSeconds === undefined ? '' : `, ${progress.timeoutSeconds} s at most`;
  const message = `${describeProgress(progress)} (since ${progress.since}${limit})`;
  return {
    ...others,
    observedGeneration: generation,
    phase: 'Applying',
    conditions: conditionsOf({ phase: 'Applying', reason: 'Applying', message }, previous?.conditions, generation, now),
  };
}

/**
 * Conditions as kstatus reads them: Ready, and if not, Reconciling (wait) or Stalled (a person has to act).
 */
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
  const { inputs, revision, objects, request, verdict } = undone;
  const reason = cut(withoutControls(hideInReason(verdict.reason)), longestFailureReason);
  return [
    {
      inputs: inputs ?? originalsRevision,
      revision: revision ?? originalsRevision,
      reason,
      ...(request !== undefined && { request }),
      ...(verdict.at !== undefined && { at: verdict.at }),
      ...(objects.length > 0 && { objects }),
    },
  ];
}

/** All warnings are counted, and the first are shown. */
function warningsOf(problems: readonly Problem[]): Pick<NodeKubeletStatus, 'warningCount' | 'warnings'> {
  const warnings = distinct(
    problems
      .filter(({ severity }) => severity === 'warning')
      .map((problem) => ({ ...warningOf(problem), ...(problem.object !== undefined && { object: problem.object }) })),
  );
  return warnings.length === 0 ? {} : { warningCount: warnings.length, warnings: warnings.slice(0, mostWarnings) };
}

function pendingPaths(steps: readonly Step[]): string[] {
  const paths = [...new Set(steps.flatMap((step) => ('path' in step ? [step.path] : [])))];
  if (paths.length <= mostPending) return paths;
  return [...paths.slice(0, mostPending - 1), `and ${paths.length - mostPending + 1} more`];
}
