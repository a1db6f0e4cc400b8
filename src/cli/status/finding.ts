/** One thing that a person should know about a host. */

import type { Problem } from '../../api/problem.ts';
import type { Assessment } from '../../node/report/assessment.ts';

/** The codes of findings that neither a problem, nor a fault of the host, nor the outcome of a change has. */
export const findingCodes = [
  'UnderWay',
  'CutOff',
  'NotApplied',
  'RestartPending',
  'RetryWaits',
  'AgentStopped',
  'AgentGone',
] as const;

/** The host is as wanted if there is neither an error nor a wait. */
export interface Finding {
  readonly severity: 'error' | 'waiting' | 'warning' | 'notice';
  /** One that docs/errors.md explains, or the reason of a NodeKubelet's condition. */
  readonly code: (typeof findingCodes)[number] | Problem['code'] | Assessment['reason'];
  readonly reason: string;
  readonly remedy: string;
  /** Since when, RFC 3339, if that is known. */
  readonly since?: string;
}

/** The same as a finding. */
export function ofProblem({ severity, code, reason, remedy }: Problem): Finding {
  return { severity, code, reason, remedy };
}

/** Whole seconds between two dates, never less than 0. @param from RFC 3339 @param to RFC 3339 */
export function secondsBetween(from: string, to: string): number {
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
}
