/**
 * The proof by the cluster: its Node is Ready. It must pass after a change only if it passed before the
 * change (design N6).
 */

import type { Clock } from '../../loop/clock.ts';
import { DeadlineError, withDeadline } from '../../loop/deadline.ts';
import type { Shortfall } from '../model/health.ts';
import type { NodeReadiness, ReadNodeReadiness } from '../ports/node-readiness.ts';

/** Asks whether the Node is Ready since the kubelet's restart. */
export interface NodeReadinessProbe {
  /** Returns undefined if the Node is Ready and the kubelet has written that since its restart. */
  shortfall(): Promise<Shortfall | undefined>;
}

/** The least time between two requests to the API server. */
const intervalMilliseconds = 1_000;

const timeoutMilliseconds = 5_000;

/** Kubernetes writes times in whole seconds. */
const resolutionMilliseconds = 1_000;

/**
 * Asks whether the Node is Ready before the change.
 *
 * @returns the probe for after the change; undefined if the Node is not Ready now, or if that is unknown:
 * then it need not be Ready afterwards
 */
export async function nodeReadinessBefore(read: ReadNodeReadiness, clock: Clock): Promise<NodeReadinessSince | undefined> {
  const before = await readInTime(read, clock);
  if (before.kind !== 'Seen' || !before.isReady) return undefined;
  return (since) => probeSince(read, clock, before.heartbeat, since, true);
}

/**
 * Makes the probe for a Node that must be Ready after the change although it was not before, because
 * nothing else shows that the kubelet is healthy. The cause may lie elsewhere, so the kubelet is not
 * blamed.
 *
 * @param why nothing else shows it
 */
export async function requiredNodeReadiness(read: ReadNodeReadiness, clock: Clock, why: string): Promise<NodeReadinessSince> {
  const before = await readInTime(read, clock);
  return (since) => {
    const probe = probeSince(read, clock, before.kind === 'Seen' ? before.heartbeat : '', since, false);
    return {
      shortfall: async () => {
        const found = await probe.shortfall();
        return found && { kind: found.kind === 'Failed' ? 'Interrupted' : found.kind, reason: `${why}, and ${found.reason}` };
      },
    };
  };
}

function probeSince(
  read: ReadNodeReadiness,
  clock: Clock,
  heartbeatBefore: string,
  since: number,
  wasReady: boolean,
): NodeReadinessProbe {
  let seen: NodeReadiness | undefined;
  let seenAt = 0;
  return {
    shortfall: async () => {
      if (!seen || clock.now() - seenAt >= intervalMilliseconds) {
        seen = await readInTime(read, clock);
        seenAt = clock.now();
      }
      return shortfallOf(seen, heartbeatBefore, clock.now() - since, wasReady);
    },
  };
}

/** @param elapsed milliseconds since the restart of the kubelet was requested */
function shortfallOf(
  readiness: NodeReadiness,
  heartbeatBefore: string,
  elapsed: number,
  wasReady: boolean,
): Shortfall | undefined {
  switch (readiness.kind) {
    case 'Unreachable':
      return { kind: 'Unproven', reason: `the API server could not be asked whether the Node is Ready: ${readiness.reason}` };
    case 'Absent':
      return {
        kind: 'Interrupted',
        reason: wasReady
          ? 'the Node is gone from the cluster, or no longer has the condition Ready'
          : 'the cluster has no such Node, or it has no condition Ready',
      };
    case 'Seen': {
      const isNew = readiness.heartbeat !== heartbeatBefore && readiness.heartbeatAge <= elapsed + resolutionMilliseconds;
      if (isNew) return readiness.isReady ? undefined : { kind: 'Failed', reason: `the Node is not Ready: ${readiness.message}` };
      return {
        kind: 'Failed',
        reason: `the kubelet has not reported to the API server since its restart${wasReady ? '; the Node was Ready before' : ''}`,
      };
    }
    default:
      return readiness satisfies never;
  }
}

/** An API server that hangs counts as unreachable: waiting for it would outlast the deadline of the proof. */
async function readInTime(read: ReadNodeReadiness, clock: Clock): Promise<NodeReadiness> {
  try {
    return await withDeadline(timeoutMilliseconds, read, { clock });
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    return { kind: 'Unreachable', reason: `no answer within ${timeoutMilliseconds / 1000} s` };
  }
}

/** Makes the probe. @param since when the restart was requested: milliseconds on the machine's clock */
export type NodeReadinessSince = (since: number) => NodeReadinessProbe;
