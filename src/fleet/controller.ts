/**
 * The controller's loop over the whole fleet: one pass whenever something has changed; what could not be
 * written is tried again. Only one controller may run at a time, so it runs for as long as it leads.
 */

import { isDeepStrictEqual } from 'node:util';
import type { KubeletConfig } from '../api/types.ts';
import type { Clock } from '../loop/clock.ts';
import { WorkQueue } from '../loop/work-queue.ts';
import type { ObjectReport } from './assess.ts';
import { ContactTime } from './contact-time.ts';
import { type Drain, Drainer } from './drain/drainer.ts';
import type { TaintRemoval } from './drain/taint.ts';
import type { Fleet } from './fleet.ts';
import type { Validator } from './object-health.ts';
import { noPassMemory, type PassPlan, planPass, published } from './pass.ts';
import type { Grant, Revocation } from './plan/approvals.ts';
import type { Failures } from './plan/failures.ts';
import { type ApprovalMemory, attempted } from './plan/memory.ts';
import { eventsBetween } from './publish.ts';
import type { FinalizerStep } from './restore.ts';

export interface ControllerOptions {
  readonly fleet: Fleet;
  /** The term in which this controller leads; agents claim only what carries the present one. */
  readonly term: string;
  /** Key of the taint with which new nodes register. */
  readonly newNodeTaint: string;
  readonly validator: Validator;
  /** Loads what the validator needs for these objects. */
  readonly prepare?: (objects: readonly KubeletConfig[]) => Promise<void>;
  readonly clock: Clock;
  /** The date, RFC 3339. */
  readonly time: () => string;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly observer: ControllerObserver;
}

/** Logs and counts what the controller does. */
export interface ControllerObserver {
  granted(node: string, grant: Grant): void;
  /** An approval was taken back. */
  revoked(node: string, because: Revocation['because']): void;
  /** The agent of a node may try again what failed as this request. */
  retried(node: string, request: string): void;
  /** The finalizer of a deleted object was removed: its nodes have gone back, as far as they could. */
  released(object: string, message: string): void;
  /** Called in each pass, with every object. */
  assessed(reports: readonly ObjectReport[]): void;
  /** A pass could not write everything and is going to be repeated. */
  retry(error: unknown, delayMilliseconds: number): void;
}

const everything = 'fleet';

/** One worker runs one pass at a time; events only put the fleet into its queue. */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #queue: WorkQueue<string>;
  readonly #contact: ContactTime;
  #memory = noPassMemory;
  /** Ends the sleep until the next time that matters. */
  #alarm = new AbortController();
  /**
   * False as soon as this process has to stop: a controller that no longer leads must not write, not even the
   * rest of a pass.
   */
  #leads: () => boolean = () => false;
  /** Something has changed since the view of this pass was taken. */
  #isViewStale = false;
  /** The clock of the API server when this controller saw the fleet first. */
  #inOffice: number | undefined;
  readonly #drainer: Drainer;
  #drains: readonly Drain[] = [];

  constructor(options: ControllerOptions) {
    const { clock, random, observer } = options;
    this.#options = options;
    this.#contact = new ContactTime(() => clock.now());
    this.#drainer = new Drainer({ fleet: options.fleet, clock, onChange: () => this.notice() });
    this.#queue = new WorkQueue<string>({
      work: () => this.#pass(),
      clock,
      random,
      onError: (_key, error, delay) => observer.retry(error, delay),
    });
    this.#queue.add(everything);
  }

  /** Something in the fleet may have changed. */
  notice(): void {
    this.#isViewStale = true;
    this.#queue.add(everything);
  }

  /** Runs until `stop` is aborted; a write that is under way is finished first. */
  async run(stop: AbortSignal): Promise<void> {
    this.#leads = () => !stop.aborted;
    await this.#queue.run(stop);
    this.#drainer.stop();
    this.#alarm.abort();
  }

  async #pass(): Promise<void> {
    const { fleet, validator, prepare, time, observer, term, newNodeTaint } = this.#options;
    this.#isViewStale = false;
    const view = fleet.view();
    if (!view) {
      this.#contact.lost();
      return;
    }
    this.#contact.found();
    await prepare?.(view.kubeletConfigs);
    const now = this.#contact.now();
    this.#inOffice ??= view.time;
    const drains = this.#drainer.keep(this.#drains);
    const office = { term, inOffice: this.#inOffice, newNodeTaint, drains };
    const plan = planPass(view, this.#memory, { now, date: time(), validator, ...office });
    this.#memory = plan.memory;
    this.#drains = plan.drains;
    this.#drainer.keep(plan.drains);
    observer.assessed(plan.reports);
    this.#wakeAt(plan.wakeAt, now);
    await this.#write(plan, now);
  }

  /**
   * @throws the first error, after everything else has been tried: say, a right that is missing for one kind
   * of write
   */
  async #write({ revocations, retries, grants, taints, finalizers, publications }: PassPlan, now: number): Promise<void> {
    const errors: unknown[] = [];
    const writeEach = async <Item>(items: readonly Item[], write: (item: Item) => Promise<unknown>): Promise<void> => {
      for (const item of items) if (this.#leads()) await write(item).catch((error: unknown) => errors.push(error));
    };
    await writeEach(revocations, (revocation) => this.#revoke(revocation));
    await writeEach(retries, (retry) => this.#allowRetry(retry));
    await writeEach(grants, (grant) => this.#approve(grant));
    await writeEach(taints, (removal) => this.#removeTaint(removal));
    const changed = new Set<KubeletConfig>();
    await writeEach(finalizers, async (step) => (await this.#writeFinalizer(step)) && changed.add(step.object));
    // An object that has just got or lost its finalizer is another version, or gone: the next pass writes its
    // status.
    await writeEach(
      publications.filter(({ object }) => !changed.has(object)),
      (report) => this.#publish(report, now),
    );
    if (errors.length > 0) throw errors[0];
  }

  async #revoke({ nodeKubelet, because }: Revocation): Promise<void> {
    if ((await this.#options.fleet.revoke(nodeKubelet)) === 'Stale') return;
    this.#options.observer.revoked(nodeKubelet.metadata.name, because);
    // The next pass can give the room to another node.
    this.#queue.add(everything);
  }

  async #allowRetry({ member, request }: Failures['retries'][number]): Promise<void> {
    if (!member.nodeKubelet || (await this.#options.fleet.allowRetry(member.nodeKubelet, request)) === 'Stale') return;
    this.#options.observer.retried(member.name, request);
    this.#queue.add(everything);
  }

  /**
   * Grants nothing once the view is stale: a plan for hundreds of nodes goes on in the next pass, with fresh
   * data.
   */
  async #approve(grant: Grant): Promise<void> {
    if (this.#isViewStale) return;
    const { nodeKubelet, approval } = grant;
    const { fleet, observer } = this.#options;
    this.#remember((approvals) => attempted(approvals, nodeKubelet, approval.request, this.#contact.now()));
    if ((await fleet.approve(nodeKubelet, approval)) === 'Written') observer.granted(nodeKubelet.metadata.name, grant);
  }

  async #removeTaint({ node, taint }: TaintRemoval): Promise<void> {
    await this.#options.fleet.removeTaint(node, taint);
  }

  /** @returns whether it was written */
  async #writeFinalizer({ kind, object, event }: FinalizerStep): Promise<boolean> {
    const { fleet, observer } = this.#options;
    if ((await fleet.setFinalizer(object, kind === 'Add')) === 'Stale') return false;
    this.#queue.add(everything);
    if (event) {
      fleet.event(object, event);
      observer.released(object.metadata.name, event.message);
    }
    return true;
  }

  async #publish({ object, status }: ObjectReport, now: number): Promise<void> {
    const { fleet } = this.#options;
    if ((await fleet.writeStatus(object, status)) === 'Stale') return;
    this.#memory = published(this.#memory, object, now);
    // A state that is stored may let nodes go on, and the watch does not report what the answer has brought.
    if (!isDeepStrictEqual(object.status?.rollout, status.rollout)) this.#queue.add(everything);
    for (const event of eventsBetween(object.status, status)) fleet.event(object, event);
  }

  #remember(change: (approvals: ApprovalMemory) => ApprovalMemory): void {
    const { fleet } = this.#memory;
    this.#memory = { ...this.#memory, fleet: { ...fleet, approvals: change(fleet.approvals) } };
  }

  /** Replaces the alarm of the pass before. */
  #wakeAt(due: number | undefined, now: number): void {
    this.#alarm.abort();
    if (due === undefined) return;
    this.#alarm = new AbortController();
    void this.#options.clock.sleep(Math.max(0, due - now), this.#alarm.signal).then(
      () => this.#queue.add(everything),
      () => undefined,
    );
  }
}
