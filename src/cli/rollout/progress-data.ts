/** The progress of a rollout for programs. Pure. */

import type { CanaryProgress } from './canary.ts';
import type { ObjectProgress } from './progress.ts';

/** Names in each list of a stream: one line follows the other, and there may be thousands of nodes. */
const mostInStream = 20;

/** Everything, with the name of each node. */
export function progressData(progress: ObjectProgress) {
  return dataOf(progress, Number.POSITIVE_INFINITY);
}

/** One line of a stream: the counts tell of all nodes, the names are the first ones. */
export function streamData(progress: ObjectProgress, at: string) {
  return { at, ...dataOf(progress, mostInStream) };
}

/** What makes a new line of the stream: seconds that pass, and who has the places just now, do not. */
export function streamKey(progress: ObjectProgress): string {
  const canary = progress.canary?.kind;
  const waiting = progress.waiting.map(({ kind, nodes }) => ({ kind, nodes }));
  return JSON.stringify({ ...progress, canary, waiting });
}

function dataOf(progress: ObjectProgress, most: number) {
  const { name, generation, content, state, reason, message, isPaused, isDeleting, total, canary, waiting, failed } = progress;
  const listOf = (nodes: readonly string[]) => ({ count: nodes.length, nodes: nodes.slice(0, most) });
  return {
    object: name,
    generation,
    content,
    state,
    reason,
    message,
    paused: isPaused,
    ...(isDeleting && { deleting: true }),
    total,
    updated: listOf(progress.updated),
    changing: listOf(progress.changing),
    waiting: waiting.map(({ kind, reason: why, nodes }) => ({ kind, reason: why, ...listOf(nodes) })),
    failed: { count: failed.length, nodes: failed.slice(0, most) },
    held: listOf(progress.held),
    withoutAgent: listOf(progress.withoutAgent),
    leaving: listOf(progress.leaving),
    ...(canary && { canary: canaryData(canary) }),
  };
}

function canaryData(canary: CanaryProgress) {
  const { kind, ...others } = canary;
  return { state: kind, ...others };
}
