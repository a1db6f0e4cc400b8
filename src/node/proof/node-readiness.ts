/** What others say of the kubelet: the Node in the cluster. It must pass after a change only if it passed before (design N6). */

import type { Clock } from '../../loop/clock.ts';
import { DeadlineError, withDeadline } from '../../loop/deadline.ts';
import type { Shortfall } from '../model/health.ts';
import type { NodeReadiness, ReadNodeReadiness } from '../ports/node-readiness.ts';

export interface NodeReadinessProbe {
  /** Undefined when the Node is Ready by a heartbeat of the kubelet that runs now. */
  shortfall(): Promise<Shortfall | undefined>;
}

const lookMilliseconds = 1_000;

const patienceMilliseconds = 5_000;

/** Kubernetes writes whole seconds. */
const resolutionMilliseconds = 1_000;

/** @returns undefined where the Node was not Ready before the change: then it need not be afterwards */
export async function nodeReadinessBefore(look: ReadNodeReadiness, clock: Clock): Promise<NodeReadinessSince | undefined> {
  const before = await bounded(look, clock);
  if (before.kind !== 'Seen' || !before.isReady) return undefined;
  return (since) => watching(look, clock, before.heartbeat, since);
}

/** The API server is not asked more often than once a second. */
function watching(look: ReadNodeReadiness, clock: Clock, heartbeatBefore: string, since: number): NodeReadinessProbe {
  let seen: NodeReadiness | undefined;
  let seenAt = 0;
  return {
    shortfall: async () => {
      if (!seen || clock.now() - seenAt >= lookMilliseconds) {
        seen = await bounded(look, clock);
        seenAt = clock.now();
      }
      return shortfallOf(seen, heartbeatBefore, clock.now() - since);
    },
  };
}

/** @param elapsed since the kubelet was told to restart, in milliseconds */
function shortfallOf(sight: NodeReadiness, heartbeatBefore: string, elapsed: number): Shortfall | undefined {
  switch (sight.kind) {
    case 'Unreachable':
      return { kind: 'Unproven', reason: `whether the Node is Ready could not be asked: ${sight.reason}` };
    case 'Absent':
      return { kind: 'Interrupted', reason: 'the Node is gone from the cluster, or does not say any more whether it is Ready' };
    case 'Seen': {
      const isNew = sight.heartbeat !== heartbeatBefore && sight.heartbeatAge <= elapsed + resolutionMilliseconds;
      if (isNew) return sight.isReady ? undefined : { kind: 'Failed', reason: `the Node is not Ready: ${sight.message}` };
      return {
        kind: 'Failed',
        reason: 'the API server has heard nothing of the kubelet since its restart; the Node was Ready before',
      };
    }
    default:
      return sight satisfies never;
  }
}

/** An API server that hangs counts as unreachable; waiting for it would outlast the deadline of the proof. */
async function bounded(look: ReadNodeReadiness, clock: Clock): Promise<NodeReadiness> {
  try {
    return await withDeadline(patienceMilliseconds, look, { clock });
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    return { kind: 'Unreachable', reason: `no answer within ${patienceMilliseconds / 1000} s` };
  }
}

/** @param since when the kubelet was told to restart, on the machine's clock */
export type NodeReadinessSince = (since: number) => NodeReadinessProbe;
