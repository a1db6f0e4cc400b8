/**
 * The agent's memory from pass to pass: which run of the kubelet began with every file in order,
 * whether systemd may have loaded a unit file that is not there any more, and which files somebody else
 * changes again and again.
 */

import type { Problem } from '../api/problem.ts';
import { Flapping } from '../loop/flapping.ts';
import type { AgentState } from '../node/model/drift.ts';
import { isRepair, type Outcome } from '../node/model/outcome.ts';
import type { HostEvent } from '../node/ports/host-watch.ts';

const minute = 60_000;
/** Events of units carry no name, so they share one key. */
const anyUnit = '';

export class AgentStateTracker {
  readonly #now: () => number;
  /** Repairs without a restart. */
  readonly #repairs = new Flapping({ most: 5, windowMilliseconds: minute, restMilliseconds: 10_000 });
  /** Repairs with a restart of the kubelet: they cost more, so fewer of them are made. */
  readonly #restarts = new Flapping({ most: 3, windowMilliseconds: 10 * minute, restMilliseconds: minute });
  /**
   * Without it, a kubelet that crashes all the time makes its agent write to the API server every few
   * seconds.
   */
  readonly #unitEvents = new Flapping({ most: 8, windowMilliseconds: minute, restMilliseconds: 10_000 });
  /** The last invocation of the unit that is known to have begun with every file in order. */
  #goodInvocation: string | undefined;
  /** An invocation that began while files were being changed. */
  #suspectInvocation: string | undefined;
  #isFileTouched = false;
  #isUnitFileTouched = false;
  /** systemd has read its unit files while one of them was touched. */
  #isReloadNeeded = false;
  #isUnitEventNew = false;

  /** @param now milliseconds, monotonic */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns the milliseconds until the event needs a pass; undefined if it needs none */
  noticed(event: HostEvent): number | undefined {
    switch (event) {
      case 'UnitFile':
        this.#isUnitFileTouched = true;
        this.#isFileTouched = true;
        return 0;
      case 'File':
        this.#isFileTouched = true;
        return 0;
      case 'Reloaded':
        this.#isReloadNeeded ||= this.#isUnitFileTouched;
        return this.#isReloadNeeded ? 0 : undefined;
      case 'Unit':
        this.#isUnitEventNew = true;
        return this.#unitEvents.rest(anyUnit, this.#now());
      default:
        return event satisfies never;
    }
  }

  /** Call it after the agent, or the script of its undo, made systemd read the unit files, in order. */
  reloaded(): void {
    this.#isUnitFileTouched = false;
    this.#isReloadNeeded = false;
  }

  /** The part of the memory that the next pass needs. */
  agentState(): AgentState {
    const now = this.#now();
    const paths = [...this.#repairs.resting(now), ...this.#restarts.resting(now)];
    return {
      provenInvocations: this.#goodInvocation === undefined ? [] : [this.#goodInvocation],
      flapping: new Map(paths.map((path) => [path, flappingProblem(path)])),
    };
  }

  /** Call it after each pass, with what came of it. */
  passed(outcome: Outcome): void {
    const now = this.#now();
    // One restart comes as five events; all that came before one pass count as one.
    if (this.#isUnitEventNew) this.#unitEvents.count(anyUnit, now);
    this.#isUnitEventNew = false;
    if (isAsDesired(outcome)) this.#sawInOrder(outcome.invocation ?? '');
    if (!isRepair(outcome)) return;
    const counter = outcome.isUnnoticed ? this.#repairs : this.#restarts;
    for (const { path } of outcome.drifted ?? []) counter.count(path, now);
  }

  /**
   * @returns the milliseconds until the first flapping file is repaired again; undefined if none is flapping
   */
  nextLook(): number | undefined {
    const now = this.#now();
    const rests = [this.#repairs, this.#restarts].flatMap((each) => each.resting(now).map((path) => each.rest(path, now)));
    return rests.length === 0 ? undefined : Math.min(...rests);
  }

  /** Every file is in order, but systemd has loaded a unit file that was not. */
  isReloadDue(outcome: Outcome): boolean {
    return this.#isReloadNeeded && isAsDesired(outcome);
  }

  /**
   * An invocation that began while files were being changed may have read any of them, though they are in
   * order now.
   */
  #sawInOrder(invocation: string): void {
    const isOther = this.#goodInvocation !== undefined && invocation !== this.#goodInvocation;
    if (this.#isFileTouched && isOther) this.#suspectInvocation = invocation;
    if (invocation !== this.#suspectInvocation) this.#goodInvocation = invocation;
    this.#isFileTouched = false;
  }
}

type Unchanged = Extract<Outcome, { kind: 'Unchanged' }>;

/** The node has a revision of ours, and every file of it is in order. */
function isAsDesired(outcome: Outcome): outcome is Unchanged {
  return outcome.kind === 'Unchanged' && outcome.revision !== null;
}

function flappingProblem(path: string): Problem {
  return {
    severity: 'error',
    code: 'Contested',
    path: [],
    reason: `another program or a person changes ${path} each time it is brought back, so it is left alone for a while`,
    remedy: 'find the other tool or person: either they leave this file alone, or the objects leave it out',
  };
}
