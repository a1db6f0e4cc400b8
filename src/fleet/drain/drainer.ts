/**
 * Drains nodes: taints a node, evicts its pods as their budgets allow, and waits until they are gone. It
 * keeps no state that matters: a new one finds the taint and the pods that are left, and goes on.
 */

import type { Clock } from '../../loop/clock.ts';
import type { Fleet, FleetPod } from '../fleet.ts';
import type { Member } from '../member.ts';
import { type DrainOptions, nameOf, sortPods } from './pods.ts';
import { drainingTaint, hasTaint } from './taint.ts';

/** A node that is to be drained for its approved request. */
export interface Drain {
  readonly member: Pick<Member, 'name' | 'node'>;
  /** Id of the request. */
  readonly request: string;
  readonly options: DrainOptions;
}

/** How far the drain of one node is. */
export type DrainState =
  /** `left` pods still run; undefined until they were counted. `blockedBy` says what keeps one of them. */
  | { readonly kind: 'Draining'; readonly left?: number; readonly blockedBy?: string }
  /** No pod runs that the drain has to evict. */
  | { readonly kind: 'Empty' }
  /**
   * TimedOut: its time is over; `why` names the pod and, if one refused, the budget. Refused: a pod is there
   * that may not be evicted; `why` names it and the option. Nothing more is evicted.
   */
  | { readonly kind: 'GivenUp'; readonly because: 'TimedOut' | 'Refused'; readonly why: string };

export interface DrainerOptions {
  readonly fleet: Pick<Fleet, 'setTaint' | 'pods' | 'evict'>;
  readonly clock: Clock;
  /** The state of a drain has changed. */
  readonly onChange: () => void;
}

/** As `kubectl drain`: so long after a refusal the eviction is tried again. */
const retryMilliseconds = 5_000;

interface Running {
  drain: Drain;
  readonly since: number;
  readonly stopping: AbortController;
  state: DrainState;
  /** The uids of the pods that ran when the taint was there first. */
  known: ReadonlySet<string> | undefined;
}

/** All calls come from one loop; the work goes on between them, a worker for each node. */
export class Drainer {
  readonly #options: DrainerOptions;
  readonly #running = new Map<string, Running>();

  constructor(options: DrainerOptions) {
    this.#options = options;
  }

  /**
   * Begins the drains that are new, goes on with the others, and stops those that are not wanted any more. To
   * be called in each pass with all of them. Never waits.
   *
   * @returns the state of each drain, by the id of its request
   */
  keep(drains: readonly Drain[]): ReadonlyMap<string, DrainState> {
    const wanted = new Map(drains.map((drain) => [drain.request, drain]));
    for (const [request, running] of this.#running) {
      if (wanted.has(request)) continue;
      running.stopping.abort();
      this.#running.delete(request);
    }
    for (const [request, drain] of wanted) {
      const running = this.#running.get(request);
      if (running) running.drain = drain;
      else this.#begin(drain);
    }
    return new Map([...this.#running].map(([request, { state }]) => [request, state]));
  }

  /** To be called when this process no longer leads. A write that is under way is finished. */
  stop(): void {
    this.keep([]);
  }

  #begin(drain: Drain): void {
    const running: Running = {
      drain,
      since: this.#options.clock.now(),
      stopping: new AbortController(),
      state: { kind: 'Draining' },
      known: undefined,
    };
    this.#running.set(drain.request, running);
    void this.#work(running);
  }

  /** Never throws: what fails is tried again until the time is over. */
  async #work(running: Running): Promise<void> {
    const { clock } = this.#options;
    const { signal } = running.stopping;
    while (!signal.aborted && running.state.kind === 'Draining') {
      const found = await this.#round(running).catch(
        (error: unknown): DrainState => ({
          ...running.state,
          kind: 'Draining',
          blockedBy: error instanceof Error ? error.message : String(error),
        }),
      );
      if (signal.aborted) return;
      this.#set(running, this.#isOver(running) ? givenUp(found, running.drain) : found);
      if (running.state.kind === 'Draining') await clock.sleep(retryMilliseconds, signal).catch(() => undefined);
    }
  }

  /** One look at the node, and what can be done now. */
  async #round(running: Running): Promise<DrainState> {
    const { fleet } = this.#options;
    const { member, request, options } = running.drain;
    const { signal } = running.stopping;
    const { node } = member;
    if (!node) return running.state;
    let pods = await fleet.pods(node.name);
    const before = sortPods(pods, options, running.known);
    if (before.kind === 'Refused') return refused(before.why);
    const taint = drainingTaint(request);
    if (!hasTaint(node, taint)) {
      if (signal.aborted || (await fleet.setTaint(node, taint)) === 'Stale') return running.state;
      // Only from now on no further pod comes.
      pods = await fleet.pods(node.name);
    }
    running.known ??= new Set(pods.map(({ uid }) => uid));
    const sorted = sortPods(pods, options, running.known);
    return sorted.kind === 'Refused' ? refused(sorted.why) : this.#evict(running, sorted.evict, sorted.ending);
  }

  /** Asks for all evictions once. */
  async #evict(running: Running, evict: readonly FleetPod[], ending: readonly FleetPod[]): Promise<DrainState> {
    const { signal } = running.stopping;
    let left = ending.length + evict.length;
    let blockedBy: string | undefined;
    for (const pod of evict) {
      if (signal.aborted) return running.state;
      const answer = await this.#evictOne(pod);
      if (answer === 'Gone') left -= 1;
      else if (answer !== 'Evicted') blockedBy ??= `pod ${nameOf(pod)} is not evicted: ${answer.refused}`;
    }
    if (left === 0) return { kind: 'Empty' };
    const [first] = ending;
    const waits = first && `pod ${nameOf(first)} has not ended yet`;
    const reason = blockedBy ?? waits;
    return { kind: 'Draining', left, ...(reason !== undefined && { blockedBy: reason }) };
  }

  /** An error about one pod, such as that two budgets select it, must not keep the others. */
  #evictOne(pod: FleetPod): ReturnType<Fleet['evict']> {
    return this.#options.fleet
      .evict(pod)
      .catch((error: unknown) => ({ refused: error instanceof Error ? error.message : String(error) }));
  }

  #isOver({ since, drain }: Running): boolean {
    return this.#options.clock.now() - since >= drain.options.timeoutSeconds * 1000;
  }

  #set(running: Running, state: DrainState): void {
    const isNews = JSON.stringify(state) !== JSON.stringify(running.state);
    running.state = state;
    if (isNews) this.#options.onChange();
  }
}

function refused(why: string): DrainState {
  return { kind: 'GivenUp', because: 'Refused', why };
}

function givenUp(state: DrainState, { options: { timeoutSeconds } }: Drain): DrainState {
  if (state.kind !== 'Draining') return state;
  const { left, blockedBy } = state;
  const pods = left === undefined ? '' : ` with ${left} ${left === 1 ? 'pod' : 'pods'} left`;
  const why = blockedBy === undefined ? '' : `: ${blockedBy}`;
  return { kind: 'GivenUp', because: 'TimedOut', why: `the node was not empty after ${timeoutSeconds} s${pods}${why}` };
}
