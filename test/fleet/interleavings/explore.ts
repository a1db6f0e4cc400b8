/** Visits every state that can be reached, the nearest first, and asks of each whether the end is still in reach. */

import type { State } from './layout.ts';
import { type Model, modelOf, type World } from './steps.ts';
import { Numbers, StateStore } from './store.ts';

export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  readonly milliseconds: number;
  /** Different views that the planner was asked about. */
  readonly decisions: number;
  /** `safe and live`; or what is violated, or `stuck`. */
  readonly result: string;
  /** The shortest way there, if anything is wrong. */
  readonly trace: readonly string[];
}

export function explore(world: World): Exploration {
  const begin = performance.now();
  const search = new Search(modelOf(world));
  const { result, at } = search.run();
  return {
    states: search.states,
    transitions: search.transitions,
    milliseconds: performance.now() - begin,
    decisions: search.model.leader.asked,
    result,
    trace: at === undefined ? [] : search.traceTo(at),
  };
}

interface Verdict {
  readonly result: string;
  readonly at?: number;
}

class Search {
  readonly model: Model;
  readonly #store: StateStore;
  readonly #parents = new Numbers();
  readonly #from = new Numbers();
  readonly #to = new Numbers();
  readonly #ends = new Numbers();
  transitions = 0;

  constructor(model: Model) {
    this.model = model;
    this.#store = new StateStore(model.layout.length);
    this.#store.add(model.first());
    this.#parents.push(-1);
  }

  get states(): number {
    return this.#store.size;
  }

  run(): Verdict {
    for (let index = 0; index < this.#store.size; index += 1) {
      const violation = this.#visit(index);
      if (violation) return violation;
    }
    const stuck = this.#stuck();
    return stuck === undefined ? { result: 'safe and live' } : { result: 'stuck', at: stuck };
  }

  #visit(index: number): Verdict | undefined {
    const { model } = this;
    const state = this.#store.get(index);
    let violation: Verdict | undefined;
    model.next(state, (next, isFault, _label, wrong) => {
      this.transitions += 1;
      const known = this.#store.size;
      const to = this.#store.add(next);
      if (to === known) this.#parents.push(index);
      if (!isFault && to !== index) {
        this.#from.push(index);
        this.#to.push(to);
      }
      const found = wrong ?? (to === known ? model.wrong(next) : undefined);
      if (found !== undefined) violation ??= { result: found, at: to };
    });
    if (model.isEnd(state)) this.#ends.push(index);
    return violation;
  }

  /** The first state from which no end can be reached without a fault. */
  #stuck(): number | undefined {
    const { size } = this.#store;
    const starts = new Int32Array(size + 1);
    const edges = this.#to.length;
    for (let edge = 0; edge < edges; edge += 1) starts[this.#to.at(edge) + 1] = (starts[this.#to.at(edge) + 1] ?? 0) + 1;
    for (let index = 0; index < size; index += 1) starts[index + 1] = (starts[index + 1] ?? 0) + (starts[index] ?? 0);
    const places = starts.slice();
    const sources = new Int32Array(edges);
    for (let edge = 0; edge < edges; edge += 1) {
      const to = this.#to.at(edge);
      const place = places[to] ?? 0;
      sources[place] = this.#from.at(edge);
      places[to] = place + 1;
    }
    const isLive = new Uint8Array(size);
    const open = new Numbers();
    for (let i = 0; i < this.#ends.length; i += 1) {
      isLive[this.#ends.at(i)] = 1;
      open.push(this.#ends.at(i));
    }
    for (let i = 0; i < open.length; i += 1) {
      const to = open.at(i);
      for (let edge = starts[to] ?? 0; edge < (starts[to + 1] ?? 0); edge += 1) {
        const from = sources[edge] ?? 0;
        if (isLive[from] === 1) continue;
        isLive[from] = 1;
        open.push(from);
      }
    }
    const stuck = isLive.indexOf(0);
    return stuck === -1 ? undefined : stuck;
  }

  traceTo(index: number): string[] {
    const path: number[] = [];
    for (let i = index; i >= 0; i = this.#parents.at(i)) path.unshift(i);
    return path.slice(1).map((to, i) => this.#labelOf(path[i] ?? 0, to));
  }

  #labelOf(from: number, to: number): string {
    let found: string | undefined;
    this.model.next(this.#store.get(from), (next: State, _isFault, label) => {
      if (found === undefined && this.#store.add(next) === to) found = label();
    });
    return found ?? 'an unknown step';
  }
}
