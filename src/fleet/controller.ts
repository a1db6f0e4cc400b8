/**
 * The controller's loop over the whole fleet: whenever something has changed, one pass; what could not be written is tried again. Only one may
 * run at a time, so it runs for as long as it leads.
 */

import type { DisruptionRequest, KubeletConfig, NodeKubelet } from '../api/types.ts';
import type { Clock } from '../loop/clock.ts';
import { WorkQueue } from '../loop/work-queue.ts';
import { attempted, settled } from './approval-memory.ts';
import type { Grant } from './approve.ts';
import { assess, earliest, noMemory, type ObjectReport } from './assess.ts';
import type { Fleet, Written } from './fleet.ts';
import { dueAt, eventsBetween, type WriteTimes, withWrite } from './publish.ts';
import type { FinalizerStep } from './restore.ts';
import type { Judge } from './verdict.ts';

export interface ControllerOptions {
  readonly fleet: Fleet;
  readonly judge: Judge;
  readonly clock: Clock;
  /** RFC 3339, of the clock on the wall. */
  readonly time: () => string;
  readonly random: () => number;
  readonly observer: ControllerObserver;
}

/** Who logs and counts what the controller does. */
export interface ControllerObserver {
  granted(node: string, request: DisruptionRequest): void;
  /** An approval that nobody has claimed. */
  revoked(node: string): void;
  /** The object may go: its nodes have gone back, as far as they could. */
  released(object: string, message: string): void;
  assessed(reports: readonly ObjectReport[]): void;
  retry(error: unknown, delayMilliseconds: number): void;
}

export interface Controller {
  /** Something may have changed. */
  notice(): void;
  run(stop: AbortSignal): Promise<void>;
}

const everything = 'fleet';

export function makeController(options: ControllerOptions): Controller {
  const { fleet, judge, clock, time, random, observer } = options;
  let memory = noMemory;
  /** By uid of an object, when this controller has written its status. */
  let written: ReadonlyMap<string, WriteTimes> = new Map();
  let alarm = new AbortController();
  /** What agents do while we cannot see it is not held against them: the time without a view does not count. */
  let away = 0;
  let lostSince: number | undefined;
  const timeInContact = () => clock.now() - away;
  /** Whoever no longer leads writes nothing more, also in the middle of a pass. */
  let leads: () => boolean = () => false;
  /** Something has changed since the view of this pass was taken. */
  let isOld = false;

  const pass = async (): Promise<void> => {
    isOld = false;
    const view = fleet.view();
    if (!view) {
      lostSince ??= clock.now();
      return;
    }
    away += lostSince === undefined ? 0 : clock.now() - lostSince;
    lostSince = undefined;
    const now = timeInContact();
    const assessment = assess(view, memory, { now, time: time(), judge });
    memory = assessment.memory;
    observer.assessed(assessment.reports);
    const publications = plannedWrites(assessment.reports, written);
    written = new Map([...written].filter(([uid]) => publications.has(uid)));
    const later = [...publications.values()].map(({ at }) => at).filter((at) => at !== undefined && at > now);
    wakeAt(earliest([assessment.wakeAt, ...later]), now);

    const failures: unknown[] = [];
    /** One after the other. What is wrong with one of them, say a right that is missing, does not keep the others from being written. */
    const writeEach = async <Item>(items: Iterable<Item>, write: (item: Item) => Promise<unknown>): Promise<void> => {
      for (const item of items) if (leads()) await write(item).catch((error: unknown) => failures.push(error));
    };
    await writeEach(assessment.approvals.doubtful, reread);
    await writeEach(assessment.approvals.revocations, revoke);
    // Of a wave of hundreds the last must not be granted by what was true before the first; the next pass, which waits already, goes on.
    await writeEach(assessment.approvals.grants, async (grant) => void (isOld || (await approve(grant))));
    const finalizers = assessment.reports.map(({ finalizer }) => finalizer).filter((step) => step !== undefined);
    const touched = new Set<KubeletConfig>();
    await writeEach(finalizers, async (step) => (await writeFinalizer(step)) === 'Written' && touched.add(step.object));
    // What has got or lost its finalizer just now is another version, or gone: the next pass tells of it.
    const due = [...publications.values()].filter(
      ({ at, report }) => at !== undefined && at <= now && !touched.has(report.object),
    );
    await writeEach(due, ({ report }) => publish(report, now));
    if (failures.length > 0) throw failures[0];
  };

  const reread = async (nodeKubelet: NodeKubelet): Promise<void> => {
    await fleet.reread(nodeKubelet);
    memory = { ...memory, approvals: settled(memory.approvals, nodeKubelet) };
    queue.add(everything);
  };

  const revoke = async (nodeKubelet: NodeKubelet): Promise<void> => {
    if ((await fleet.revoke(nodeKubelet)) === 'Stale') return;
    observer.revoked(nodeKubelet.metadata.name);
    // There is room now.
    queue.add(everything);
  };

  const approve = async ({ nodeKubelet, request }: Grant): Promise<void> => {
    memory = { ...memory, approvals: attempted(memory.approvals, nodeKubelet, request.id, timeInContact()) };
    if ((await fleet.approve(nodeKubelet, request)) === 'Written') observer.granted(nodeKubelet.metadata.name, request);
  };

  const writeFinalizer = async ({ kind, object, event }: FinalizerStep): Promise<Written> => {
    const result = await fleet.setFinalizer(object, kind === 'Add');
    if (result === 'Stale') return result;
    queue.add(everything);
    if (event) {
      fleet.event(object, event);
      observer.released(object.metadata.name, event.message);
    }
    return result;
  };

  const publish = async ({ object, status }: ObjectReport, now: number): Promise<void> => {
    if ((await fleet.writeStatus(object, status)) === 'Stale') return;
    const uid = uidOf(object);
    written = new Map(written).set(uid, withWrite(written.get(uid) ?? [], now));
    for (const event of eventsBetween(object.status, status)) fleet.event(object, event);
  };

  const wakeAt = (due: number | undefined, now: number): void => {
    alarm.abort();
    if (due === undefined) return;
    alarm = new AbortController();
    void clock.sleep(Math.max(0, due - now), alarm.signal).then(
      () => queue.add(everything),
      () => undefined,
    );
  };

  const queue = new WorkQueue<string>({
    work: pass,
    clock,
    random,
    onError: (_key, error, delay) => observer.retry(error, delay),
  });
  queue.add(everything);
  return {
    notice: () => {
      isOld = true;
      queue.add(everything);
    },
    run: async (stop) => {
      leads = () => !stop.aborted;
      await queue.run(stop);
      alarm.abort();
    },
  };
}

interface Publication {
  readonly report: ObjectReport;
  /** When its status is to be written; undefined when it says the same already. */
  readonly at: number | undefined;
}

/** By uid. */
function plannedWrites(
  reports: readonly ObjectReport[],
  written: ReadonlyMap<string, WriteTimes>,
): ReadonlyMap<string, Publication> {
  return new Map(
    reports.map((report) => {
      const uid = uidOf(report.object);
      return [uid, { report, at: dueAt(report.object.status, report.status, written.get(uid) ?? []) }];
    }),
  );
}

function uidOf({ metadata }: KubeletConfig): string {
  return metadata.uid ?? metadata.name;
}
