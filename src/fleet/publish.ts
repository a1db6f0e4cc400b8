/** When a status is written, and of what an event tells: every write of a status goes to every agent of the fleet (design F5). Pure. */

import { isDeepStrictEqual } from 'node:util';
import type { Condition, KubeletConfigStatus } from '../api/types.ts';
import type { FleetEvent } from './fleet.ts';

/** Between two writes that only change counts and words, and on average between any two. */
export const writeEvery = 15_000;

/** Of those that cannot wait, so many may come in a row: a node that comes and goes all the time must not be told to the whole fleet each time. */
export const burst = 20;

/** When the last writes of one status were made, the latest last, no more than `burst`. */
export type WriteTimes = readonly number[];

export function withWrite(times: WriteTimes, now: number): WriteTimes {
  return [...times, now].slice(-burst);
}

/**
 * When `next` is to be written: now or earlier, later, or never.
 * @param times by the same clock as `now`; none when this controller has not written it yet
 */
export function dueAt(
  previous: KubeletConfigStatus | undefined,
  next: KubeletConfigStatus,
  times: WriteTimes,
): number | undefined {
  if (isDeepStrictEqual(ours(previous, next), ours(next, next))) return undefined;
  const isTurn =
    previous?.observedGeneration !== next.observedGeneration || !isDeepStrictEqual(essence(previous, next), essence(next, next));
  const [since, writes] = isTurn ? [times.at(-burst), burst] : [times.at(-1), 1];
  return since === undefined ? Number.NEGATIVE_INFINITY : since + writes * writeEvery;
}

/** What programs act on. Why it is still going on may change with every node; that can wait. */
function essence(status: KubeletConfigStatus | undefined, next: KubeletConfigStatus) {
  const conditions = ours(status, next)?.conditions;
  return conditions?.map(({ type, status: holds, reason }) => [type, holds, type === 'Stalled' ? reason : '']);
}

/** Others may have added conditions of their own, and the order of the list is the server's. */
function ours(status: KubeletConfigStatus | undefined, next: KubeletConfigStatus): KubeletConfigStatus | undefined {
  return status && { ...status, conditions: next.conditions?.flatMap(({ type }) => conditionOf(status, type) ?? []) ?? [] };
}

/** What has come about since the last status that was written. */
export function eventsBetween(previous: KubeletConfigStatus | undefined, next: KubeletConfigStatus): FleetEvent[] {
  const [stalled, stalledBefore] = [conditionOf(next, 'Stalled'), conditionOf(previous, 'Stalled')];
  const [ready, readyBefore] = [conditionOf(next, 'Ready'), conditionOf(previous, 'Ready')];
  if (stalled?.status === 'True') {
    const isKnown = stalledBefore?.status === 'True' && stalledBefore.reason === stalled.reason;
    return isKnown ? [] : [{ type: 'Warning', action: 'RollingOut', ...told(stalled) }];
  }
  if (ready?.status !== 'True') return [];
  const isKnown = readyBefore?.status === 'True' && readyBefore.reason === ready.reason;
  const isSameGeneration = previous?.observedGeneration === next.observedGeneration;
  return isKnown && isSameGeneration ? [] : [{ type: 'Normal', action: 'RollingOut', ...told(ready) }];
}

function conditionOf(status: KubeletConfigStatus | undefined, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

function told({ reason, message }: Condition): Pick<FleetEvent, 'reason' | 'message'> {
  return { reason, message };
}
