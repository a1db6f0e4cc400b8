/**
 * When a status is written, and which events are recorded: every write goes to every agent of the fleet
 * (design F5). Pure.
 */

import { isDeepStrictEqual } from 'node:util';
import type { Condition, KubeletConfigStatus, Warning } from '../api/types.ts';
import type { FleetEvent } from './fleet.ts';

/** Milliseconds between two writes that only change counts and words, and on average between any two. */
export const writeEvery = 15_000;

/**
 * So many urgent writes may come in a row: a node that comes and goes all the time must not reach the whole
 * fleet each time.
 */
export const burst = 20;

/** When the last writes of one status were made, the latest last, no more than `burst`. */
export type WriteTimes = readonly number[];

/** Adds a write and forgets those that matter no more. */
export function withWrite(times: WriteTimes, now: number): WriteTimes {
  return [...times, now].slice(-burst);
}

/**
 * When `next` is to be written, in contact time; undefined if `previous` says the same already.
 * @param times of earlier writes; none if this controller has not written this status yet
 */
export function dueAt(
  previous: KubeletConfigStatus | undefined,
  next: KubeletConfigStatus,
  times: WriteTimes,
): number | undefined {
  if (isDeepStrictEqual(ours(previous, next), ours(next, next))) return undefined;
  const isUrgent =
    previous?.observedGeneration !== next.observedGeneration ||
    !isDeepStrictEqual(previous?.rollout, next.rollout) ||
    !isDeepStrictEqual(actedOn(previous, next), actedOn(next, next));
  const [since, writes] = isUrgent ? [times.at(-burst), burst] : [times.at(-1), 1];
  return since === undefined ? Number.NEGATIVE_INFINITY : since + writes * writeEvery;
}

/** The part that programs act on. The reason of Reconciling may change with every node, so it can wait. */
function actedOn(status: KubeletConfigStatus | undefined, next: KubeletConfigStatus) {
  const conditions = ours(status, next)?.conditions;
  return conditions?.map(({ type, status: holds, reason }) => [type, holds, type === 'Stalled' ? reason : '']);
}

/** Leaves out conditions that others have added, and puts ours in the order of `next`. */
function ours(status: KubeletConfigStatus | undefined, next: KubeletConfigStatus): KubeletConfigStatus | undefined {
  return status && { ...status, conditions: next.conditions?.flatMap(({ type }) => conditionOf(status, type) ?? []) ?? [] };
}

/** For people: there are new warnings, and the object has stalled for a new reason, or has become ready. */
export function eventsBetween(previous: KubeletConfigStatus | undefined, next: KubeletConfigStatus): FleetEvent[] {
  return [...newWarnings(previous, next), ...turnsBetween(previous, next)];
}

/** The length of a text depends on the rest of the status, so only code and field tell warnings apart. */
function newWarnings(previous: KubeletConfigStatus | undefined, next: KubeletConfigStatus): FleetEvent[] {
  const isKnown = ({ code, path }: Warning) => previous?.warnings?.some((one) => one.code === code && one.path === path);
  const fresh = (next.warnings ?? []).filter((warning) => !isKnown(warning));
  return fresh.map(({ code, path, message }) => ({
    type: 'Warning',
    action: 'RollingOut',
    reason: code,
    message: path === '' ? message : `${path}: ${message}`,
  }));
}

function turnsBetween(previous: KubeletConfigStatus | undefined, next: KubeletConfigStatus): FleetEvent[] {
  const [stalled, stalledBefore] = [conditionOf(next, 'Stalled'), conditionOf(previous, 'Stalled')];
  const [ready, readyBefore] = [conditionOf(next, 'Ready'), conditionOf(previous, 'Ready')];
  if (stalled?.status === 'True') {
    const isKnown = stalledBefore?.status === 'True' && stalledBefore.reason === stalled.reason;
    return isKnown ? [] : [{ type: 'Warning', action: 'RollingOut', ...reported(stalled) }];
  }
  if (ready?.status !== 'True') return [];
  const isKnown = readyBefore?.status === 'True' && readyBefore.reason === ready.reason;
  const isSameGeneration = previous?.observedGeneration === next.observedGeneration;
  return isKnown && isSameGeneration ? [] : [{ type: 'Normal', action: 'RollingOut', ...reported(ready) }];
}

function conditionOf(status: KubeletConfigStatus | undefined, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

function reported({ reason, message }: Condition): Pick<FleetEvent, 'reason' | 'message'> {
  return { reason, message };
}
