/** Every step that may be next: each agent, each controller, the API server, and each fault that is left. */

import { Agent } from './agent.ts';
import { Changes } from './changes.ts';
import { controllerSteps } from './controller-steps.ts';
import { at, type Fault, type Layout, layoutFor, nodeField as N, presentTerm, type State } from './layout.ts';
import { Leader } from './leader.ts';
import { nodeSteps } from './node-steps.ts';
import { protocol, type Rules } from './rules.ts';

/** A bounded world, and what may go wrong in it, and how often. */
export interface World {
  readonly nodes: number;
  /** maxUnavailable. */
  readonly most: number;
  /** Ids of requests for each node. */
  readonly requests: number;
  readonly faults: Readonly<Partial<Record<Fault, number>>>;
  readonly mutant?: Partial<Rules>;
}

/** Takes the state after a step, which is overwritten by the next one. */
export type Sink = (state: State, isFault: boolean, label: () => string, violation: string | undefined) => void;

/** Returns false if the step is not possible after all, or what it violates; anything else says nothing. */
export type Change = (state: State) => unknown;

/** What the steps share. */
export interface Stage {
  readonly world: World;
  readonly rules: Rules;
  readonly layout: Layout;
  readonly changes: Changes;
  readonly agent: Agent;
  readonly leader: Leader;
  /** Makes one step from the present state. */
  step(label: () => string, change: Change): void;
  /** Likewise, for a fault, as often as its budget allows. */
  fault(fault: Fault, label: () => string, change: Change): void;
}

export interface Model {
  readonly layout: Layout;
  readonly leader: Leader;
  first(): State;
  next(state: State, sink: Sink): void;
  /** What must never be; undefined if all is well. */
  wrong(state: State): string | undefined;
  /** Every node has what it wants, or has no ids left. */
  isEnd(state: State): boolean;
}

export function modelOf(world: World): Model {
  const rules = { ...protocol, ...world.mutant };
  const layout = layoutFor(world.nodes);
  const changes = new Changes(layout, rules);
  const leader = new Leader(layout, rules, world.most);
  let present: State = new Uint8Array(layout.length);
  // One piece of memory for every step: whoever takes a state copies it.
  const state = new Uint8Array(layout.length);
  let sink: Sink = () => undefined;
  const take = (isFault: boolean, label: () => string, change: Change, use?: number) => {
    state.set(present);
    if (use !== undefined) state[use] = at(state, use) - 1;
    const result = change(state);
    if (result !== false) sink(state, isFault, label, typeof result === 'string' ? result : undefined);
  };
  const stage: Stage = {
    world,
    rules,
    layout,
    changes,
    agent: new Agent(layout),
    leader,
    step: (label, change) => take(false, label, change),
    fault: (fault, label, change) => {
      const budget = layout.budget(fault);
      if (at(present, budget) > 0) take(true, label, change, budget);
    },
  };
  return {
    layout,
    leader,
    first: () => changes.first(world.faults),
    next: (from, to) => {
      present = from;
      sink = to;
      for (let n = 0; n < world.nodes; n += 1) nodeSteps(stage, present, n);
      for (let c = 0; c < 2; c += 1) controllerSteps(stage, present, c);
    },
    wrong: (found) => wrong(found, layout, world.most),
    isEnd: (found) => isEnd(found, layout, world.requests),
  };
}

/** Whether the node holds a grant in truth: its change runs, or may begin without another approval. */
export function holds(state: State, layout: Layout, n: number): boolean {
  const o = layout.node(n);
  if (at(state, o + N.change) !== 0) return true;
  if (at(state, o + N.owner) === 0) return false;
  if (at(state, o + N.claim) !== 0 && at(state, o + N.isClaimFresh) !== 0) return true;
  const request = at(state, o + N.request);
  if (request === 0) return false;
  if (at(state, o + N.claimed) === request) return true;
  return at(state, o + N.approval) === request && at(state, o + N.term) === presentTerm;
}

function wrong(state: State, layout: Layout, most: number): string | undefined {
  let held = 0;
  let changing = 0;
  for (let n = 0; n < layout.nodes; n += 1) {
    if (holds(state, layout, n)) held += 1;
    if (at(state, layout.node(n) + N.change) !== 0) changing += 1;
    if (at(state, layout.node(n) + N.used) > 1) return `I2: an approval of n${n} is used twice`;
  }
  if (changing > most) return `F1: ${changing} nodes change, allowed are ${most}`;
  if (held > most) return `F1: ${held} nodes hold a grant, allowed are ${most}`;
  return undefined;
}

function isEnd(state: State, layout: Layout, requests: number): boolean {
  for (let n = 0; n < layout.nodes; n += 1) {
    const o = layout.node(n);
    if (at(state, o + N.isDone) !== 0) continue;
    const hasGivenUp = at(state, o + N.next) > requests && at(state, o + N.request) === 0;
    if (!hasGivenUp || at(state, o + N.change) !== 0) return false;
  }
  return true;
}
