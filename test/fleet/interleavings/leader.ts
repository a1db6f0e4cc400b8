/**
 * What a controller decides in a state: the real planner, asked once for each different view. Its memory is
 * built from the bytes of the state before each question, and written back after it.
 */

import { canonicalJson } from '../../../src/api/json.ts';
import type { KubeletConfig, NodeKubelet } from '../../../src/api/types.ts';
import type { FleetNode } from '../../../src/fleet/fleet.ts';
import { membersOf } from '../../../src/fleet/member.ts';
import type { Approvals } from '../../../src/fleet/plan/approvals.ts';
import { planApprovals } from '../../../src/fleet/plan/approve.ts';
import type { Holder } from '../../../src/fleet/plan/holders.ts';
import { type ApprovalMemory, askAgainAfter, attempted, claimWithin, nothingRemembered } from '../../../src/fleet/plan/memory.ts';
import { rfc3339 } from '../../../src/loop/time.ts';
import { leader, node, references, situation, stored, viewOf } from '../builders.ts';
import { approves, at, earlier, idIn, type Layout, revisionIn, revoked, revokes, type State, viewField as V } from './layout.ts';
import type { Given, Rules } from './rules.ts';

const places = ['Rollout', 'Cure', 'NewNode'] as const;

/** What the controller takes the time to be: nothing is due; whoever lapsed may be asked; or one approval is overdue. */
export type Moment = 'Now' | 'Later' | { readonly overdue: number };

/** One write, of what the plan saw of the node. */
export interface PlannedWrite {
  readonly kind: typeof approves | typeof revokes;
  readonly node: number;
  readonly place: number;
  readonly isRenewal: boolean;
}

export interface Decision {
  /** In the order in which they are sent. */
  readonly writes: readonly PlannedWrite[];
  /** For each node the entries of the memory, as in `viewField`. */
  readonly memory: readonly (readonly [sent: number, unclaimed: number, lapsed: number, holder: number])[];
  /** Nodes that the plan counts as granted, or that may be changing unseen. */
  readonly known: ReadonlySet<number>;
}

/** The date of a test. */
const time = Date.parse('2026-01-01T12:00:00Z');
const inOffice = time - 300_000;
/** Of Nodes that have been there for long; that were registered shortly before the takeover; and after it. */
const registered = [time - 86_400_000, time - 400_000, time - 100_000].map(rfc3339);

export class Leader {
  readonly #layout: Layout;
  readonly #rules: Rules;
  readonly #objects: readonly KubeletConfig[];
  readonly #plans = new Map<string, Decision>();
  readonly #attempts = new Map<string, Decision['memory']>();

  constructor(layout: Layout, rules: Rules, maxUnavailable: number) {
    this.#layout = layout;
    this.#rules = rules;
    // Nothing but the budget says who changes: batches and failures could only take grants away.
    this.#objects = [stored('workers', { rollout: { maxUnavailable, batches: 'Full', maxFailures: 100 } })];
  }

  /** How many different views the planner was asked about. */
  get asked(): number {
    return this.#plans.size;
  }

  decide(state: State, c: number, moment: Moment): Decision {
    const key = `${typeof moment === 'string' ? moment : moment.overdue} ${this.#keyOf(state, c)}`;
    const known = this.#plans.get(key);
    if (known) return known;
    const given = this.#rules.given(this.#given(state, c, moment));
    const { objects, members, memory } = given;
    const plan = this.#rules.decided(planApprovals(objects, members, memory, given.situation), given);
    const decision = this.#decisionOf(plan, state, c);
    this.#plans.set(key, decision);
    return decision;
  }

  /** The memory after an approval of the node is sent. */
  remember(state: State, c: number, n: number): Decision['memory'] {
    const key = `${n} ${this.#keyOf(state, c)}`;
    const known = this.#attempts.get(key);
    if (known) return known;
    const { memory } = this.#given(state, c, 'Now');
    const seen = this.#nodeKubelet(state, c, n);
    const after = seen ? attempted(memory, seen, seen.status?.request?.id ?? '', 0) : memory;
    const found = this.#compact(after, state, c);
    this.#attempts.set(key, found);
    return found;
  }

  /** Everything that the planner may see. Of terms only whether one is the controller's own. */
  #keyOf(state: State, c: number): string {
    const o = this.#layout.view(c, 0);
    const end = this.#layout.view(c, this.#layout.nodes);
    const own = at(state, this.#layout.controller(c) + 1);
    const bytes: number[] = [];
    for (let n = 0; n < this.#layout.nodes; n += 1) {
      const v = this.#layout.view(c, n);
      for (let i = v; i < v + V.inOffice + 1; i += 1) bytes.push(at(state, i));
      const first = v - o;
      const term = at(state, v + V.term);
      if (term !== 0) bytes[first + V.term] = term === own ? 2 : 1;
      // Whether the copy is of the present version, nobody knows.
      bytes[first + V.isFresh] = 0;
    }
    if (bytes.length !== end - o) throw new RangeError('a view has another size than its fields');
    return String.fromCharCode(...bytes);
  }

  #given(state: State, c: number, moment: Moment): Given {
    const indexes = Array.from({ length: this.#layout.nodes }, (_, n) => n);
    const nodes = indexes.map((n) => this.#node(state, c, n));
    const nodeKubelets = indexes.flatMap((n) => this.#nodeKubelet(state, c, n) ?? []);
    return {
      objects: this.#objects,
      members: membersOf(viewOf(this.#objects, nodes, nodeKubelets)),
      memory: this.#memory(state, c, moment),
      situation: situation({ time, inOffice }),
    };
  }

  #node(state: State, c: number, n: number): FleetNode {
    const v = this.#layout.view(c, n);
    const which = at(state, v + V.node);
    const age = which === 1 ? 0 : which <= at(state, v + V.inOffice) ? 1 : 2;
    const createdAt = registered[age] ?? '';
    return node(`n${n}`, { uid: `node-n${n}-${which}`, ready: at(state, v + V.isDown) === 0, createdAt });
  }

  #nodeKubelet(state: State, c: number, n: number): NodeKubelet | undefined {
    const v = this.#layout.view(c, n);
    const [request, approval, term, place, claimed, owner] = [0, 1, 2, 3, 4, 5].map((field) => at(state, v + field));
    if (!owner) return undefined;
    const own = at(state, this.#layout.controller(c) + 1);
    const asked = request ? { id: idIn(request), revision: revisionIn(request), reason: 'Change' as const } : undefined;
    return {
      apiVersion: 'kubelet-config.dev/v1alpha1',
      kind: 'NodeKubelet',
      metadata: {
        name: `n${n}`,
        uid: `nk-n${n}-${owner}`,
        resourceVersion: 'seen',
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: `n${n}`, uid: `node-n${n}-${owner}` }],
      },
      ...(approval && {
        spec: { approval: approvalIn(approval, asked?.revision, term === own ? leader : 'lease/other', places[place ?? 0]) },
      }),
      status: {
        ...(asked && { request: asked }),
        ...(claimed && { claimed: idIn(claimed) }),
        inputs: [],
        desired: references('workers'),
      },
    };
  }

  #memory(state: State, c: number, moment: Moment): ApprovalMemory {
    const memory = {
      ...nothingRemembered,
      sent: new Map<string, { resourceVersion: string }>(),
      unclaimed: new Map<string, { request: string; since: number }>(),
      lapsed: new Map<string, { report: string; since: number }>(),
      holders: new Map<string, Holder>(),
    };
    for (let n = 0; n < this.#layout.nodes; n += 1) {
      const v = this.#layout.view(c, n);
      const has = (field: number) => at(state, v + field) !== 0;
      if (has(V.holder)) memory.holders.set(`n${n}`, holder(`n${n}`));
      const seen = this.#nodeKubelet(state, c, n);
      const id = seen?.metadata.uid;
      if (!seen || id === undefined) continue;
      if (has(V.sent)) memory.sent.set(id, { resourceVersion: 'seen' });
      const isOverdue = typeof moment === 'object' && moment.overdue === n;
      if (has(V.unclaimed))
        memory.unclaimed.set(id, { request: seen.status?.request?.id ?? '', since: isOverdue ? -claimWithin : 0 });
      if (has(V.lapsed))
        memory.lapsed.set(id, { report: canonicalJson(seen.status), since: moment === 'Later' ? -askAgainAfter : 0 });
    }
    return memory;
  }

  #compact(memory: ApprovalMemory, state: State, c: number): Decision['memory'] {
    return Array.from({ length: this.#layout.nodes }, (_, n) => {
      const seen = this.#nodeKubelet(state, c, n);
      const id = seen?.metadata.uid ?? '';
      const isUnclaimed = memory.unclaimed.get(id)?.request === seen?.status?.request?.id;
      return [
        memory.sent.has(id) ? 1 : 0,
        memory.unclaimed.has(id) && isUnclaimed ? 1 : 0,
        memory.lapsed.has(id) ? 1 : 0,
        memory.holders.has(`n${n}`) ? 1 : 0,
      ] as const;
    });
  }

  #decisionOf(plan: Approvals, state: State, c: number): Decision {
    const indexOf = (name: string) => Number(name.slice(1));
    const known = new Set<number>();
    for (const { taken, granted } of plan.budgets.ofObjects.values()) {
      for (const name of granted) known.add(indexOf(name));
      for (const [name, cause] of taken) if (cause === 'WithoutReport') known.add(indexOf(name));
    }
    return {
      writes: [
        ...plan.revocations.map(({ nodeKubelet }) => ({
          kind: revokes as typeof revokes,
          node: indexOf(nodeKubelet.metadata.name),
          place: 0,
          isRenewal: false,
        })),
        ...plan.grants.map(({ nodeKubelet, approval, isRenewal }) => ({
          kind: approves as typeof approves,
          node: indexOf(nodeKubelet.metadata.name),
          place: places.indexOf(approval.place ?? 'Rollout'),
          isRenewal,
        })),
      ],
      memory: this.#compact(plan.memory, state, c),
      known,
    };
  }
}

function approvalIn(code: number, asked: string | undefined, term: string, place: (typeof places)[number] | undefined) {
  if (code === revoked) return { request: '' };
  if (code === earlier) return { request: 'earlier', revision: asked ?? revisionIn(0), ...(place && { place }) };
  return { request: idIn(code), revision: revisionIn(code), term, ...(place && { place }) };
}

/** Of a holder only that it is one says anything here: its Node is never gone for longer than a moment. */
function holder(name: string): Holder {
  return {
    name,
    id: '',
    objects: references('workers'),
    desired: references('workers'),
    request: '',
    isClaimed: true,
    isCure: false,
    wasReady: true,
    node: undefined,
    deadline: 600_000,
    version: undefined,
    since: 0,
  };
}
