/**
 * Everything that one pass over the fleet is going to write. Pure: what the next pass needs goes in and comes
 * out.
 */

import type { KubeletConfig } from '../api/types.ts';
import { type AssessOptions, assess, earliest, type FleetMemory, noMemory, type ObjectReport } from './assess.ts';
import type { Drain } from './drain/drainer.ts';
import type { TaintRemoval } from './drain/taint.ts';
import type { FleetView } from './fleet.ts';
import type { Grant, Revocation } from './plan/approvals.ts';
import type { Failures } from './plan/failures.ts';
import { dueAt, type WriteTimes, withWrite } from './publish.ts';
import type { FinalizerStep } from './restore.ts';

export interface PassMemory {
  readonly fleet: FleetMemory;
  /** By uid of an object: when this controller has written its status. */
  readonly writes: ReadonlyMap<string, WriteTimes>;
}

export const noPassMemory: PassMemory = { fleet: noMemory, writes: new Map() };

/** To be written in the order of the fields. */
export interface PassPlan {
  readonly revocations: readonly Revocation[];
  readonly retries: Failures['retries'];
  readonly grants: readonly Grant[];
  /** Nodes that are to be emptied before their agents begin. */
  readonly drains: readonly Drain[];
  readonly taints: readonly TaintRemoval[];
  readonly finalizers: readonly FinalizerStep[];
  /** Statuses that are to be written now. */
  readonly publications: readonly ObjectReport[];
  /** Every object, also those whose status need not be written. */
  readonly reports: readonly ObjectReport[];
  readonly memory: PassMemory;
  /** When the plan may be another one although nothing happens; undefined for never. */
  readonly wakeAt: number | undefined;
}

/** @param options of which `now` is contact time: milliseconds, monotonic */
export function planPass(view: FleetView, before: PassMemory, options: AssessOptions): PassPlan {
  const { now } = options;
  const { approvals, reports, taints, memory, wakeAt } = assess(view, before.fleet, options);
  const due = reports.flatMap((report) => {
    const at = dueAt(report.object.status, report.status, before.writes.get(uidOf(report.object)) ?? []);
    return at === undefined ? [] : [{ report, at }];
  });
  const uids = new Set(reports.map(({ object }) => uidOf(object)));
  return {
    revocations: approvals.revocations,
    retries: approvals.retries,
    grants: approvals.grants,
    drains: approvals.drains,
    taints,
    finalizers: reports.flatMap(({ finalizer }) => finalizer ?? []),
    publications: due.filter(({ at }) => at <= now).map(({ report }) => report),
    reports,
    memory: { fleet: memory, writes: new Map([...before.writes].filter(([uid]) => uids.has(uid))) },
    wakeAt: earliest([wakeAt, ...due.map(({ at }) => at).filter((at) => at > now)]),
  };
}

/** To be called when the status of the object has been written. */
export function published(memory: PassMemory, object: KubeletConfig, now: number): PassMemory {
  const uid = uidOf(object);
  return { ...memory, writes: new Map(memory.writes).set(uid, withWrite(memory.writes.get(uid) ?? [], now)) };
}

function uidOf({ metadata }: KubeletConfig): string {
  return metadata.uid ?? metadata.name;
}
