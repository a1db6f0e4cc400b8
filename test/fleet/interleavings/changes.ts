/** What changes a state: the API server's part of every step. */

import {
  approves,
  at,
  decides,
  earlier,
  type Fault,
  faults,
  follows,
  formerTerm,
  type Layout,
  nodeField as N,
  orphans,
  presentTerm,
  revoked,
  revokes,
  type State,
  viewField as V,
  writeField as W,
  writeSize,
} from './layout.ts';
import type { Rules } from './rules.ts';

export class Changes {
  readonly layout: Layout;
  readonly #rules: Rules;

  constructor(layout: Layout, rules: Rules) {
    this.layout = layout;
    this.#rules = rules;
  }

  first(budgets: Readonly<Partial<Record<Fault, number>>>): State {
    const { layout } = this;
    const state = new Uint8Array(layout.length);
    for (let n = 0; n < layout.nodes; n += 1) {
      state[layout.node(n) + N.owner] = 1;
      state[layout.node(n) + N.node] = 1;
      state[layout.node(n) + N.next] = 1;
    }
    const leader = layout.controller(0);
    state[leader] = decides;
    state[leader + 1] = presentTerm;
    this.seeAll(state, 0);
    for (let n = 0; n < layout.nodes; n += 1) state[layout.view(0, n) + V.inOffice] = 1;
    if (!this.#rules.listsAfterTakeover) this.seeAll(state, 1);
    for (const fault of faults) state[layout.budget(fault)] = budgets[fault] ?? 0;
    return state;
  }

  /** The NodeKubelet of a node has a new version: whatever is based on the former one is not fresh any more. */
  touch(state: State, n: number): void {
    const { layout } = this;
    const o = layout.node(n);
    state[o + N.isClaimFresh] = 0;
    if (at(state, o + N.claim) === 2) state[o + N.claim] = 0;
    for (let c = 0; c < 2; c += 1) {
      state[layout.view(c, n) + V.isFresh] = 0;
      for (let i = -1; i < layout.nodes; i += 1) {
        const write = layout.queued(c, i);
        if (at(state, write + W.kind) !== 0 && at(state, write + W.node) === n) state[write + W.isFresh] = 0;
      }
    }
    for (let i = orphans - 1; i >= 0; i -= 1) {
      const orphan = layout.orphan(i);
      if (at(state, orphan) !== 0 && at(state, orphan + W.node) === n) this.dropOrphan(state, i);
    }
  }

  /** The NodeKubelet is gone. */
  remove(state: State, n: number): void {
    const o = this.layout.node(n);
    for (const field of [N.request, N.approval, N.term, N.place, N.claimed, N.owner]) state[o + field] = 0;
    this.touch(state, n);
  }

  /** A report with another request, or with none. What an earlier one was approved or claimed for is history. */
  report(state: State, n: number, request: number): void {
    const o = this.layout.node(n);
    state[o + N.request] = request;
    state[o + N.claimed] = 0;
    state[o + N.used] = 0;
    state[o + N.term] = 0;
    const approval = at(state, o + N.approval);
    if (approval !== 0 && approval !== revoked) state[o + N.approval] = earlier;
    this.touch(state, n);
  }

  /** @returns whether the version of the object has changed */
  land(state: State, write: number): boolean {
    if (at(state, write + W.isFresh) === 0) return false;
    const n = at(state, write + W.node);
    const o = this.layout.node(n);
    const [kind, request, place, term] = [W.kind, W.request, W.place, W.term].map((field) => at(state, write + field));
    if (at(state, o + N.owner) === 0 || !this.#isAdmitted(kind, term)) return false;
    const before = at(state, o + N.approval);
    // There are two ways to say that nothing is approved, and the one that is not there already is written.
    const taken = this.#rules.revocationChanges && before !== revoked ? revoked : 0;
    // A write that changes nothing makes no new version.
    if (kind === revokes && before === taken) return false;
    state[o + N.approval] = kind === approves ? (request ?? 0) : taken;
    state[o + N.term] = kind === approves ? (term ?? 0) : 0;
    state[o + N.place] = kind === approves ? (place ?? 0) : 0;
    this.touch(state, n);
    return true;
  }

  /** For a write that is no longer a part of the state. */
  landCopy(state: State, write: Uint8Array): void {
    const scratch = new Uint8Array(state.length + writeSize);
    scratch.set(state);
    scratch.set(write, state.length);
    this.land(scratch, state.length);
    state.set(scratch.subarray(0, state.length));
  }

  #isAdmitted(kind: number | undefined, term = 0): boolean {
    if (kind === revokes || this.#rules.admission === 'None') return true;
    return this.#rules.admission === 'Exact' ? term === presentTerm : term > 1;
  }

  /** The controller's copy of the NodeKubelet becomes what it is. */
  see(state: State, c: number, n: number): void {
    const o = this.layout.node(n);
    const v = this.layout.view(c, n);
    const isSameReport =
      at(state, v + V.request) === at(state, o + N.request) && at(state, v + V.claimed) === at(state, o + N.claimed);
    if (at(state, v + V.request) !== at(state, o + N.request)) state[v + V.unclaimed] = 0;
    if (!isSameReport || at(state, o + N.owner) === 0) state[v + V.lapsed] = 0;
    if (at(state, v + V.isFresh) === 0) state[v + V.sent] = 0;
    for (let field = 0; field <= V.owner; field += 1) state[v + field] = at(state, o + field);
    state[v + V.isFresh] = 1;
  }

  /** Its copy of the Node. */
  seeNode(state: State, c: number, n: number): void {
    const v = this.layout.view(c, n);
    state[v + V.node] = at(state, this.layout.node(n) + N.node);
    state[v + V.isDown] = at(state, this.layout.node(n) + N.isDown);
  }

  seeAll(state: State, c: number): void {
    for (let n = 0; n < this.layout.nodes; n += 1) {
      this.see(state, c, n);
      this.seeNode(state, c, n);
    }
  }

  /** No grant is sent once the view is another one than that of its plan. */
  dropGrants(state: State, c: number): boolean {
    const { layout } = this;
    let kept = 0;
    let dropped = false;
    for (let i = 0; i < layout.nodes; i += 1) {
      const write = layout.queued(c, i);
      if (at(state, write) === 0) continue;
      if (at(state, write) === approves) dropped = true;
      else if (kept !== i) state.copyWithin(layout.queued(c, kept), write, write + writeSize);
      if (at(state, write) !== approves) kept += 1;
    }
    state.fill(0, layout.queued(c, kept), layout.queued(c, layout.nodes));
    return dropped;
  }

  /** What the controller has sent may land at any time later. @returns false if there is no room to say so */
  abandon(state: State, c: number): boolean {
    const { layout } = this;
    const write = layout.write(c);
    if (at(state, write + W.isFresh) !== 0) {
      const [first, second] = [layout.orphan(0), layout.orphan(1)];
      if (at(state, second) !== 0) return false;
      state.copyWithin(second, first, first + writeSize);
      state.copyWithin(first, write, write + writeSize);
      this.#sortOrphans(state);
    }
    state.fill(0, write, write + writeSize);
    return true;
  }

  dropOrphan(state: State, index: number): void {
    const { layout } = this;
    if (index === 0) state.copyWithin(layout.orphan(0), layout.orphan(1), layout.orphan(1) + writeSize);
    state.fill(0, layout.orphan(1), layout.orphan(1) + writeSize);
  }

  /** Their order means nothing. */
  #sortOrphans(state: State): void {
    const [first, second] = [this.layout.orphan(0), this.layout.orphan(1)];
    if (at(state, second) === 0) return;
    for (let i = 0; i < writeSize; i += 1) {
      const difference = at(state, first + i) - at(state, second + i);
      if (difference > 0) return;
      if (difference === 0) continue;
      const copy = state.slice(first, first + writeSize);
      state.copyWithin(first, second, second + writeSize);
      state.set(copy, second);
      return;
    }
  }

  /** The process has ended, or begins anew: it remembers nothing. */
  blank(state: State, c: number): void {
    const { layout } = this;
    const o = layout.controller(c);
    state[o] = follows;
    state[o + 1] = 0;
    // A mutant never lists: its informers run while it follows.
    const until = this.#rules.listsAfterTakeover ? layout.view(c, layout.nodes) : layout.view(c, 0);
    state.fill(0, layout.write(c), until);
    for (let n = 0; n < layout.nodes; n += 1) {
      const v = layout.view(c, n);
      state.fill(0, v + V.sent, v + V.inOffice + 1);
    }
    this.#renameTerms(state, (term) => (term === formerTerm(c) ? 1 : term));
  }

  /** The controller gets the Lease; the term that was is over. */
  newTerm(state: State, c: number): void {
    const { layout } = this;
    const other = layout.controller(1 - c);
    const isOtherPresent = at(state, other + 1) === presentTerm;
    if (isOtherPresent) state[other + 1] = formerTerm(1 - c);
    this.#renameTerms(state, (term) => {
      if (term === presentTerm) return isOtherPresent ? formerTerm(1 - c) : 1;
      return term;
    });
    state[layout.lease] = c;
    state[layout.controller(c) + 1] = presentTerm;
  }

  #renameTerms(state: State, rename: (term: number) => number): void {
    const { layout } = this;
    const change = (index: number) => {
      const term = at(state, index);
      if (term !== 0) state[index] = rename(term);
    };
    for (let n = 0; n < layout.nodes; n += 1) {
      change(layout.node(n) + N.term);
      change(layout.node(n) + N.readEarlier);
      for (let c = 0; c < 2; c += 1) change(layout.view(c, n) + V.term);
    }
    for (let c = 0; c < 2; c += 1) change(layout.write(c) + W.term);
    for (let i = 0; i < orphans; i += 1) change(layout.orphan(i) + W.term);
    this.#sortOrphans(state);
  }
}
