/** Translates the outcome of a pass into the phases, reasons and codes of a NodeKubelet. Pure. */

import { formatPath, type Problem, type ProblemCode } from '../../api/problem.ts';
import { longestMessage } from '../../api/schema/node-kubelet.ts';
import type { NodeKubeletStatus } from '../../api/types.ts';
import { cut } from '../../text/cut.ts';
import { hideInReason } from '../../text/hide-secrets.ts';
import type { TransactionResult } from '../model/event.ts';
import { isHold } from '../model/hold.ts';
import type { HostFault } from '../model/host-fault.ts';
import type { Outcome } from '../model/outcome.ts';
import { describeSettingsRead, type SettingsRead } from '../model/settings-read.ts';
import type { Verdict } from '../model/verdict.ts';

/** The codes of `lastError` that are neither codes of problems nor of faults of the host. */
export const reportCodes = ['Undone', 'NotUndone', 'Kept'] as const;
/** What became of a change that did not fail, and was not committed either: it has no `lastError`. */
export const verdictCodes = ['Interrupted', 'Superseded'] as const;
/** One of `reportCodes`. */
export type ReportCode = (typeof reportCodes)[number];

/** The report of a NodeKubelet about the last pass. */
export interface Assessment {
  readonly phase: NonNullable<NodeKubeletStatus['phase']>;
  /** The reason of the conditions, in CamelCase, for programs. */
  readonly reason: string;
  /** Says to people what is wrong and what to do. Not cut to a length yet. */
  readonly message: string;
  /** The code of the error that a person or the agent has to solve; absent if there is none. */
  readonly code?: ProblemCode | HostFault['code'] | ReportCode;
}

/**
 * Assesses the outcome of a pass. Never throws; secrets in reasons are hidden.
 *
 * @param revision id of the last known good after the pass; null if the node is not managed
 * @param pausedBy name of an object whose rollout.paused keeps the node from changing; undefined for none
 */
export function assess(outcome: Outcome, revision: string | null, pausedBy?: string): Assessment {
  switch (outcome.kind) {
    case 'Unchanged':
      return settled(outcome.revision, outcome.settings);
    case 'Waiting':
      return waiting(outcome, pausedBy);
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
      return unresolved ? stalled(unresolved) : settled(revision, result.settings);
    case 'Refused': {
      const [error] = result.errors;
      return refused(
        error?.code ?? 'InputOutput',
        error?.message ?? 'the host refused the change',
        error?.remedy ?? 'read the log of the agent',
      );
    }
    case 'Undone':
      return undone(result.verdict);
    case 'NotUndone': {
      if (result.leftovers !== undefined) return leftBehind(result);
      const message = `the change failed (${result.verdict.reason}) and undoing it is not finished: ${errorText(result.error)}; the agent tries again`;
      return { phase: 'Undoing', reason: 'NotUndone', message: hideInReason(message), code: 'NotUndone' };
    }
    default:
      return result satisfies never;
  }
}

/** What a person does about `leftovers`: no later pass undoes that change once more. */
export const leftoversRemedy =
  'put them right by hand (the files from before lie in /var/lib/kubelet-config/undone/pre, if that is still there), then apply again';

function leftBehind({ verdict, error }: Extract<TransactionResult, { kind: 'NotUndone' }>): Assessment {
  const message = `the change failed (${verdict.reason}) and was undone, but ${errorText(error)}; ${leftoversRemedy}`;
  return { phase: 'Failed', reason: 'NotUndone', message: hideInReason(message), code: 'NotUndone' };
}

function settled(revision: string | null, settings: SettingsRead | undefined): Assessment {
  if (revision === null) return { phase: 'Unmanaged', reason: 'NotSelected', message: 'no KubeletConfig selects this node' };
  const read = settings === undefined ? '' : `; ${describeSettingsRead(settings)}`;
  return { phase: 'UpToDate', reason: 'UpToDate', message: hideInReason(`the node runs revision ${revision}${read}`) };
}

function waiting(outcome: Extract<Outcome, { kind: 'Waiting' }>, pausedBy: string | undefined): Assessment {
  const { request, waitsFor, why = waitsFor } = outcome;
  if (pausedBy !== undefined && why === undefined) {
    const patch = `kubectl patch kubeletconfig ${pausedBy} --type=merge -p '{"spec":{"rollout":{"paused":false}}}'`;
    const reason = `revision ${request.revision} waits, because rollout.paused of ${pausedBy} is true`;
    return { phase: 'Paused', reason: 'Paused', message: `${reason}; to go on: ${patch}` };
  }
  const message = `revision ${request.revision} waits for the controller's approval${why === undefined ? '' : `: ${why}`}`;
  return { phase: 'Waiting', reason: 'WaitingForApproval', message };
}

/** The code of a change that was undone; only one that failed needs a person. */
export function codeOfVerdict({ kind }: Pick<Verdict, 'kind'>): 'Undone' | (typeof verdictCodes)[number] {
  return kind === 'Failed' ? 'Undone' : kind;
}

function undone({ kind, reason }: Verdict): Assessment {
  switch (kind) {
    case 'Failed':
      return failed(reason);
    case 'Interrupted':
      return interrupted(reason);
    case 'Superseded':
      return { phase: 'Waiting', reason: kind, message: `${reason}: the change was undone before it was proved` };
    default:
      return kind satisfies never;
  }
}

function interrupted(reason: string): Assessment {
  return {
    phase: 'Waiting',
    reason: 'Interrupted',
    message: hideInReason(`${reason}; the change was undone, and the agent tries it again`),
  };
}

function failed(reason: string): Assessment {
  const message = hideInReason(`${reason}; the change was undone: correct the KubeletConfig, or withdraw it`);
  return { phase: 'Failed', reason: 'Undone', message, code: 'Undone' };
}

function stalled(problems: readonly Problem[]): Assessment {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const problem = errors.find((error) => !isHold(error)) ?? errors[0] ?? problems[0];
  if (!problem) return { phase: 'Stalled', reason: 'Kept', message: 'the node keeps what it has', code: 'Kept' };
  const place = [problem.object, formatPath(problem.path)].filter((text) => text !== undefined && text !== '').join(' ');
  const said = hideInReason(`${place === '' ? '' : `${place}: `}${problem.reason}`);
  const common = { reason: problem.code, message: withRemedy(said, hideInReason(problem.remedy)) };
  // It passes by itself.
  if (problem.code === 'NodeRegisteredAnew') return { phase: 'Waiting', ...common };
  return isHold(problem) ? { phase: 'Held', ...common } : { phase: 'Stalled', ...common, code: problem.code };
}

/** A report has room for so much; what to do must stand in it, however long the reason is. */
function withRemedy(reason: string, remedy: string): string {
  const room = longestMessage - remedy.length - 2;
  return `${room > 0 ? cut(reason, room) : reason}; ${remedy}`;
}

function refused(code: HostFault['code'], reason: string, remedy: string): Assessment {
  return { phase: 'Stalled', reason: code, message: `${reason}; ${remedy}`, code };
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
