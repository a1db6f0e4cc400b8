/**
 * The conditions Ready, Reconciling and Stalled, as kstatus defines them (sigs.k8s.io/cli-utils/pkg/kstatus).
 */

import { cut } from '../text/cut.ts';
import { withoutControls } from '../text/foreign-text.ts';
import type { Condition } from './types.ts';

/** Whether one condition holds, why (one word in CamelCase), and what to do about it. */
export interface Answer {
  readonly holds: boolean;
  readonly reason: string;
  readonly message: string;
}

export interface Answers {
  /** The node or the nodes are as the objects ask. */
  readonly ready: Answer;
  /** Something is being done about it, or will be. */
  readonly reconciling: Answer;
  /** It cannot go on without a person. */
  readonly stalled: Answer;
}

export interface ConditionContext {
  /** The conditions of the last status. */
  readonly previous: readonly Condition[] | undefined;
  /** Generation of the object that the answers are about. */
  readonly observedGeneration: number;
  /** RFC 3339. */
  readonly now: string;
  /** Characters of a message; what is longer is cut. */
  readonly longestMessage: number;
}

/**
 * The three conditions, in this order. A condition keeps its `lastTransitionTime` while its status stays the
 * same.
 */
export function makeConditions({ ready, reconciling, stalled }: Answers, context: ConditionContext): Condition[] {
  const { previous = [], observedGeneration, now, longestMessage } = context;
  const answers = [
    ['Ready', ready],
    ['Reconciling', reconciling],
    ['Stalled', stalled],
  ] as const;
  return answers.map(([type, { holds, reason, message }]) => {
    const status = holds ? 'True' : 'False';
    const before = previous.find((condition) => condition.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : now;
    return {
      type,
      status,
      observedGeneration,
      lastTransitionTime,
      reason,
      message: cut(withoutControls(message), longestMessage),
    };
  });
}
