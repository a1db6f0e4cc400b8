/** What the agent says of its node in the NodeKubelet: the status, as a function of what came of the last pass. Pure. */

import { hideInReason } from '../api/hide-secrets.ts';
import { formatPath, type Problem, type ProblemCode } from '../api/problem.ts';
import { mostObjects, mostPending, originalsRevision } from '../api/schema/node-kubelet.ts';
import type { Condition, DisruptionRequest, NodeKubeletStatus, RememberedFailure } from '../api/types.ts';
import type { ObjectReference } from '../desired/effective.ts';
import type { UnitStatus } from './host.ts';
import type { HostFault } from './host-fault.ts';
import type { Journal } from './journal.ts';
import type { Step } from './plan.ts';
import type { Outcome } from './reconcile.ts';
import type { Verdict } from './record.ts';

/** Codes of `lastError` beside those of problems and of the host. */
export const reportCodes = ['Undone', 'NotUndone', 'Kept'] as const;

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
    ...(assessment.code !== undefined && { lastError: { code: assessment.code, message: cut(assessment.message, 2048) } }),
    conditions: conditionsOf(assessment, previous?.conditions ?? [], generation, now),
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
    conditions: conditionsOf({ phase: 'Applying', reason: 'Applying', message }, previous?.conditions ?? [], generation, now),
  };
}

interface Assessment {
  readonly phase: NonNullable<NodeKubeletStatus['phase']>;
  /** In CamelCase, for programs. */
  readonly reason: string;
  readonly message: string;
  /** Of the error, where one is to be put right. */
  readonly code?: ProblemCode | HostFault['code'] | (typeof reportCodes)[number];
}

function assess(outcome: Outcome, revision: string | null): Assessment {
  switch (outcome.kind) {
    case 'Unchanged':
      return settled(outcome.revision);
    case 'Waiting':
      return waiting(outcome);
    case 'Kept':
      if (outcome.failedBefore !== undefined) return failed(outcome.failedBefore);
      return outcome.interruptedBy === undefined ? stalled(outcome.problems) : interrupted(outcome.interruptedBy);
    case 'Unreadable':
      return refused(outcome.error.code, outcome.error.message, outcome.error.remedy);
    case 'Changed':
      return assessChange(outcome, revision);
    default:
      return outcome satisfies never;
  }
}

function assessChange({ result, unresolved }: Extract<Outcome, { kind: 'Changed' }>, revision: string | null): Assessment {
  switch (result.kind) {
    case 'Committed':
      return unresolved ? stalled(unresolved) : settled(revision);
    case 'Refused': {
      const [error] = result.errors;
      return refused(error?.code ?? 'InputOutput', error?.message ?? 'the host refused', error?.remedy ?? 'look at the agent');
    }
    case 'Undone':
      return undone(result.verdict);
    case 'NotUndone': {
      const message = `the change failed (${result.verdict.reason}) and the way back is not finished: ${errorText(result.error)}; the agent goes on trying`;
      return { phase: 'Undoing', reason: 'NotUndone', message: hideInReason(message), code: 'NotUndone' };
    }
    default:
      return result satisfies never;
  }
}

function settled(revision: string | null): Assessment {
  return revision === null
    ? { phase: 'Unmanaged', reason: 'NotSelected', message: 'no KubeletConfig selects this node' }
    : { phase: 'UpToDate', reason: 'UpToDate', message: `the node runs revision ${revision}` };
}

function waiting({ request, why }: Extract<Outcome, { kind: 'Waiting' }>): Assessment {
  const message = `revision ${request.revision} waits for the controller's approval${why === undefined ? '' : `: ${why}`}`;
  return { phase: 'Waiting', reason: 'WaitingForApproval', message };
}

function undone({ kind, reason }: Verdict): Assessment {
  switch (kind) {
    case 'Failed':
      return failed(reason);
    case 'Interrupted':
      return interrupted(reason);
    case 'Superseded':
      return { phase: 'Waiting', reason: kind, message: `${reason}: what was not proved yet was undone` };
    default:
      return kind satisfies never;
  }
}

function interrupted(reason: string): Assessment {
  return {
    phase: 'Waiting',
    reason: 'Interrupted',
    message: hideInReason(`${reason}; it was undone and is tried again by itself`),
  };
}

function failed(reason: string): Assessment {
  const message = hideInReason(`${reason}; it was undone: correct the KubeletConfig, or withdraw it`);
  return { phase: 'Failed', reason: 'Undone', message, code: 'Undone' };
}

function stalled(problems: readonly Problem[]): Assessment {
  const problem = problems.find(({ severity }) => severity === 'error') ?? problems[0];
  if (!problem) return { phase: 'Stalled', reason: 'Kept', message: 'the node keeps what it has', code: 'Kept' };
  const place = [problem.object, formatPath(problem.path)].filter((text) => text !== undefined && text !== '').join(' ');
  const message = `${place === '' ? '' : `${place}: `}${problem.reason}; ${problem.remedy}`;
  return { phase: 'Stalled', reason: problem.code, message: hideInReason(message), code: problem.code };
}

function refused(code: HostFault['code'], reason: string, remedy: string): Assessment {
  return { phase: 'Stalled', reason: code, message: `${reason}; ${remedy}`, code };
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** After kstatus: Ready is the answer, the other two say whether to wait or to act. */
function conditionsOf(
  { phase, reason, message }: Assessment,
  previous: readonly Condition[],
  observedGeneration: number,
  now: string,
): Condition[] {
  const isReady = phase === 'UpToDate' || phase === 'Unmanaged';
  const isStalled = phase === 'Stalled' || phase === 'Failed';
  const holding = [
    ['Ready', isReady],
    ['Reconciling', !isReady && !isStalled],
    ['Stalled', isStalled],
  ] as const;
  return holding.map(([type, holds]) => {
    const status = holds ? 'True' : 'False';
    const before = previous.find((condition) => condition.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : now;
    return { type, status, observedGeneration, lastTransitionTime, reason, message: cut(message, 2048) };
  });
}

function rememberedFailures({ undone }: Journal): RememberedFailure[] {
  if (undone?.verdict.kind !== 'Failed') return [];
  const { inputs, revision, objects, verdict } = undone;
  const reason = cut(hideInReason(verdict.reason), 1024);
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

/** Whole seconds, as Kubernetes writes times. */
export function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
