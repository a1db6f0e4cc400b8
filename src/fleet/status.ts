/**
 * The status of one object, counted from its nodes and small enough to be sent to every agent of the fleet.
 * Pure.
 */

import { makeConditions } from '../api/conditions.ts';
import { mostFailedNodes, mostWarnings } from '../api/schema/status.ts';
import type { KubeletConfig, KubeletConfigStatus, Warning } from '../api/types.ts';
import { cut } from '../text/cut.ts';
import { answersOf, complaintOf, matched } from './conditions.ts';
import type { Findings } from './finding.ts';
import { generationOf, type Member } from './member.ts';
import type { Tally } from './tally.ts';

/** In bytes of JSON (design F5). */
export const largestStatus = 2_048;

/** What the status of one object is made from. */
export interface StatusFacts {
  readonly tally: Tally;
  readonly findings: Findings;
  readonly warnings: readonly Warning[];
  /** What must outlive this controller: it is never cut. */
  readonly rollout: KubeletConfigStatus['rollout'];
}

/**
 * The status with the longest texts that fit into `largestStatus`.
 * @param date RFC 3339: the transition time of conditions that change now
 */
export function statusOf(object: KubeletConfig, facts: StatusFacts, date: string): KubeletConfigStatus {
  for (const limits of lengths) {
    const status = shaped(object, facts, date, limits);
    if (Buffer.byteLength(JSON.stringify(status)) <= largestStatus) return status;
  }
  return shaped(object, facts, date, shortest);
}

interface Lengths {
  readonly message: number;
  readonly failures: number;
  readonly reason: number;
  readonly warnings: number;
  /** Of a warning's message. The path is cut at one length, since events tell warnings apart by it. */
  readonly warning: number;
}

const shownPath = 80;

const shortest: Lengths = { message: 40, failures: 0, reason: 0, warnings: 0, warning: 0 };

/** The longest that fits is taken: what is cut first is what can be read in full elsewhere. */
const lengths: readonly Lengths[] = [
  ...[256, 128, 64].map((reason) => ({ message: 480, failures: mostFailedNodes, reason, warnings: mostWarnings, warning: 200 })),
  ...[64, 32].map((reason) => ({ message: 240, failures: mostFailedNodes, reason, warnings: mostWarnings, warning: 100 })),
  ...[4, 3, 2, 1, 0].map((failures) => ({ message: 240, failures, reason: 32, warnings: 1, warning: 50 })),
  { message: 80, failures: 0, reason: 0, warnings: 1, warning: 50 },
  { message: 80, failures: 0, reason: 0, warnings: 0, warning: 0 },
];

function shaped(
  object: KubeletConfig,
  { tally, findings, warnings, rollout }: StatusFacts,
  date: string,
  limits: Lengths,
): KubeletConfigStatus {
  const generation = generationOf(object);
  const { Updated, Updating, Waiting, Failed, Held, WithoutAgent } = tally.nodes;
  const failures = failuresOf(Failed, limits);
  return {
    observedGeneration: generation,
    nodes: {
      matched: matched(tally),
      updated: Updated.length,
      updating: Updating.length,
      waiting: Waiting.length,
      failed: Failed.length,
      held: Held.length,
      withoutAgent: WithoutAgent.length,
    },
    ...(failures.length > 0 && { failures }),
    ...(rollout && { rollout }),
    ...warningsWithin(warnings, limits),
    conditions: makeConditions(answersOf(findings), {
      previous: object.status?.conditions,
      observedGeneration: generation,
      now: date,
      longestMessage: limits.message,
    }),
  };
}

function failuresOf(failed: readonly Member[], limits: Lengths): NonNullable<KubeletConfigStatus['failures']> {
  return failed.slice(0, limits.failures).map((member) => ({ node: member.name, reason: complaintOf(member, limits.reason) }));
}

function warningsWithin(
  warnings: readonly Warning[],
  { warnings: most, warning: length }: Lengths,
): Pick<KubeletConfigStatus, 'warningCount' | 'warnings'> {
  if (warnings.length === 0) return {};
  const shown = warnings.slice(0, most).map(({ code, path, message }) => ({
    code,
    path: cut(path, shownPath),
    message: cut(message, length),
  }));
  return { warningCount: warnings.length, ...(shown.length > 0 && { warnings: shown }) };
}
