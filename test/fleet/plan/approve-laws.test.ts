/** What must hold of approvals whatever happens, and in whatever order: checked on made-up fleets that know more than the controller sees. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeletConfig, NodeKubelet } from '../../../src/api/types.ts';
import type { FleetNode, FleetView } from '../../../src/fleet/fleet.ts';
import { membersOf } from '../../../src/fleet/member.ts';
import { planApprovals } from '../../../src/fleet/plan/approve.ts';
import { type ApprovalMemory, attempted, nothingRemembered } from '../../../src/fleet/plan/memory.ts';
import { node, nodeKubelet, type Report, situation, stored, viewOf } from '../builders.ts';

const zones = ['x', 'y', 'z'] as const;

type Step =
  | { readonly kind: 'Ask' | 'Claim' | 'Finish' | 'Flap' | 'Vanish'; readonly node: number }
  | { readonly kind: 'Relabel'; readonly node: number; readonly zone: string }
  | { readonly kind: 'Wait'; readonly milliseconds: number }
  /** How many versions the controller's view of Nodes, and of NodeKubelets, lags behind; and how many of its writes are answered. */
  | {
      readonly kind: 'Pass';
      readonly nodesLag: number;
      readonly reportsLag: number;
      readonly writes: number;
      readonly lost: Lost;
    };

/** What becomes of the write whose answer is lost. */
type Lost = 'Stored' | 'Dropped' | 'StoredLater';

const step = (nodes: number): fc.Arbitrary<Step> => {
  const index = fc.nat({ max: nodes - 1 });
  const one = <Kind extends Step['kind']>(kind: Kind) => fc.record({ kind: fc.constant(kind), node: index });
  return fc.oneof(
    { weight: 4, arbitrary: one('Ask') },
    { weight: 3, arbitrary: one('Claim') },
    { weight: 3, arbitrary: one('Finish') },
    { weight: 2, arbitrary: one('Flap') },
    { weight: 1, arbitrary: one('Vanish') },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('Relabel' as const), node: index, zone: fc.constantFrom(...zones) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('Wait' as const), milliseconds: fc.constantFrom(1_000, 70_000, 130_000) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('Pass' as const),
        nodesLag: fc.nat({ max: 3 }),
        reportsLag: fc.nat({ max: 3 }),
        writes: fc.nat({ max: 4 }),
        lost: fc.constantFrom<Lost>('Stored', 'Dropped', 'StoredLater'),
      }),
    },
  ) as fc.Arbitrary<Step>;
};

const limits = fc.constantFrom(1, 1, 2, 3, '10%', '40%', '100%');

const fleets = fc.integer({ min: 2, max: 7 }).chain((count) =>
  fc.record({
    count: fc.constant(count),
    // Mostly generous: else the objects of the zones would never have a say.
    all: fc.constantFrom(2, '100%', '100%'),
    byZone: fc.tuple(limits, limits),
    paused: fc.boolean(),
    zones: fc.array(fc.constantFrom(...zones), { minLength: count, maxLength: count }),
    steps: fc.array(step(count), { minLength: 20, maxLength: 80 }),
  }),
);

type Scenario = typeof fleets extends fc.Arbitrary<infer Value> ? Value : never;

interface TrueNode {
  node: FleetNode;
  isThere: boolean;
  report: Report;
  version: number;
}

/** The fleet as it is, its past as far as the controller may still see it, and the controller. */
class World {
  readonly objects: readonly KubeletConfig[];
  readonly truth: TrueNode[];
  now = 0;
  #requests = 0;
  #nodesSeen = 0;
  #reportsSeen = 0;
  #memory: ApprovalMemory = nothingRemembered;
  /** Grants that were sent, and may still be stored. */
  readonly #underWay: { readonly asked: NodeKubelet; readonly store: () => void }[] = [];
  readonly #pastNodes: (readonly FleetNode[])[] = [];
  readonly #pastReports: (readonly NodeKubelet[])[] = [];

  constructor(scenario: Scenario) {
    const inZone = (zone: string) => ({ nodeSelector: { matchLabels: { zone } } });
    const [x, y] = scenario.byZone;
    this.objects = [
      stored('all', { rollout: { maxUnavailable: scenario.all } }),
      stored('x', { ...inZone('x'), rollout: { maxUnavailable: x } }),
      stored('y', { ...inZone('y'), rollout: { maxUnavailable: y, paused: scenario.paused } }),
    ];
    this.truth = scenario.zones.map((zone, index) => ({
      node: node(`n${index}`, { labels: { zone } }),
      isThere: true,
      report: {},
      version: 1,
    }));
    this.#remember();
  }

  take(what: Step): void {
    if (what.kind === 'Pass') {
      this.pass(this.seen(what.nodesLag, what.reportsLag), what);
    } else if (what.kind === 'Wait') {
      this.now += what.milliseconds;
      if (what.milliseconds > 60_000) this.#arrive();
    } else this.#change(what);
    this.#remember();
  }

  #change(what: Extract<Step, { node: number }>): void {
    const one = this.truth[what.node];
    if (!one) throw new RangeError(`no node ${what.node}`);
    const { report } = one;
    switch (what.kind) {
      case 'Ask':
        if (report.asks === undefined) this.report(one, { asks: `r${++this.#requests}`, wants: this.#selecting(one) });
        return;
      case 'Claim':
        if (report.asks !== undefined && report.granted === report.asks) this.report(one, { claimed: report.asks });
        return;
      case 'Finish': {
        if (report.asks === undefined || report.claimed !== report.asks) return;
        const { asks: _asks, ...finished } = report;
        one.report = {};
        this.report(one, { ...finished, runs: this.#selecting(one) });
        return;
      }
      case 'Flap':
        one.node = { ...one.node, ready: !one.node.ready };
        return;
      case 'Vanish':
        one.isThere = !one.isThere;
        return;
      case 'Relabel':
        one.node = { ...one.node, labels: { zone: what.zone } };
        return;
      default:
        what satisfies never;
    }
  }

  report(one: TrueNode, partial: Report): void {
    one.report = { ...one.report, ...partial };
    one.version += 1;
  }

  #selecting({ node: { labels } }: TrueNode): string[] {
    return ['all', ...(labels['zone'] === 'x' || labels['zone'] === 'y' ? [labels['zone']] : [])];
  }

  /** A cache never goes back in time. */
  seen(nodesLag: number, reportsLag: number): FleetView {
    this.#nodesSeen = Math.max(this.#nodesSeen, this.#pastNodes.length - 1 - nodesLag);
    this.#reportsSeen = Math.max(this.#reportsSeen, this.#pastReports.length - 1 - reportsLag);
    return viewOf(this.objects, this.#pastNodes[this.#nodesSeen] ?? [], this.#pastReports[this.#reportsSeen] ?? []);
  }

  #remember(): void {
    this.#pastNodes.push(this.truth.filter(({ isThere }) => isThere).map((one) => one.node));
    this.#pastReports.push(this.truth.map((one) => nodeKubelet(one.node.name, { ...one.report, version: String(one.version) })));
  }

  /** After `writes` answers one is lost, and the controller gives up. */
  pass(view: FleetView, { writes, lost }: Pick<Extract<Step, { kind: 'Pass' }>, 'writes' | 'lost'>): void {
    const now = situation({ now: this.now });
    const { grants, revocations, memory } = planApprovals(this.objects, membersOf(view), this.#memory, now);
    this.#memory = memory;
    for (const { nodeKubelet: asked } of revocations.slice(0, writes)) {
      const one = this.#ifUnchanged(asked.metadata);
      if (!one) continue;
      const { granted: _granted, ...report } = one.report;
      one.report = {};
      this.report(one, report);
    }
    for (const [index, { nodeKubelet: asked, approval, isRenewal }] of grants.slice(0, writes + 1).entries()) {
      this.#memory = attempted(this.#memory, asked, approval.request, this.now);
      const one = this.#ifUnchanged(asked.metadata);
      if (!one) continue;
      expect(one.report.asks).toBe(approval.request);
      if (!isRenewal) this.checkBudgets(one, view);
      const store = () => {
        if (this.#ifUnchanged(asked.metadata)) this.report(one, { granted: approval.request });
      };
      if (index < writes || lost === 'Stored') store();
      else if (lost === 'StoredLater') this.#underWay.push({ asked, store });
    }
  }

  #arrive(): void {
    for (const { store } of this.#underWay.splice(0)) store();
  }

  /** Compare-and-swap. */
  #ifUnchanged({ name, resourceVersion }: NodeKubelet['metadata']): TrueNode | undefined {
    return this.truth.find((one) => one.node.name === name && String(one.version) === resourceVersion);
  }

  get granted(): TrueNode[] {
    return this.truth.filter(({ report }) => report.asks !== undefined && [report.granted, report.claimed].includes(report.asks));
  }

  /** Before a grant is sent, of every object that the node counts for: what is granted in truth, or may be, with what is known to be down. */
  checkBudgets({ node: { name } }: TrueNode, view: FleetView): void {
    const sent = this.#underWay.filter(({ asked }) => this.#ifUnchanged(asked.metadata));
    const busy = new Set([name, ...this.granted.map((one) => one.node.name), ...sent.map(({ asked }) => asked.metadata.name)]);
    const down = new Set(view.nodes.filter(({ ready }) => !ready).map((one) => one.name));
    const isCure = down.has(name);
    expect(view.nodes.map((one) => one.name)).toContain(name);
    for (const object of this.objects) {
      const counted = countedIn(view, object);
      if (!counted.has(name)) continue;
      expect(object.spec.rollout?.paused ?? false).toBe(false);
      const most = room(object, view.nodes.filter((one) => counted.has(one.name)).length);
      const taken = [...counted].filter(
        (one) => busy.has(one) || (!isCure && down.has(one) && view.nodes.some((n) => n.name === one)),
      );
      expect(taken.length).toBeLessThanOrEqual(most);
    }
  }
}

function countedIn(view: FleetView, object: KubeletConfig): ReadonlySet<string> {
  const selected = view.nodes.filter(({ labels }) => selects(object, labels['zone'])).map(({ name }) => name);
  const running = view.nodeKubelets.filter(({ status }) => names(status?.inputs, object)).map(({ metadata }) => metadata.name);
  return new Set([...selected, ...running]);
}

function selects({ metadata }: KubeletConfig, zone: string | undefined): boolean {
  return metadata.name === 'all' || metadata.name === zone;
}

function names(references: readonly { readonly uid: string }[] | undefined, { metadata }: KubeletConfig): boolean {
  return references?.some(({ uid }) => uid === metadata.uid) ?? false;
}

function room({ spec }: KubeletConfig, counted: number): number {
  const most = spec.rollout?.maxUnavailable ?? 1;
  return typeof most === 'number' ? most : Math.max(1, Math.floor((Number.parseInt(most, 10) * counted) / 100));
}

test('no order of events, no lag and no lost answer makes a grant exceed a budget', () => {
  let granted = 0;
  fc.assert(
    fc.property(fleets, (scenario) => {
      const world = new World(scenario);
      for (const what of scenario.steps) world.take(what);
      granted += world.granted.length;
    }),
  );
  // Else the law would have been tested on fleets where nothing happens.
  expect(granted).toBeGreaterThan(50);
});

test('every node that asks is granted in the end, when the others finish and nothing is paused', () => {
  fc.assert(
    fc.property(fleets, (scenario) => {
      const world = new World({ ...scenario, paused: false });
      for (const what of scenario.steps) world.take(what);
      for (const one of world.truth) {
        one.node = { ...one.node, ready: true };
        one.isThere = true;
      }
      for (const [index] of world.truth.entries()) world.take({ kind: 'Ask', node: index });
      // Whoever let an approval lapse is asked again after a while.
      const rounds = 2 * world.truth.length;
      for (let round = 0; round < rounds; round += 1) {
        world.now += 700_000;
        world.take({ kind: 'Pass', nodesLag: 0, reportsLag: 0, writes: Number.POSITIVE_INFINITY, lost: 'Stored' });
        for (const [index] of world.truth.entries()) {
          world.take({ kind: 'Claim', node: index });
          world.take({ kind: 'Finish', node: index });
        }
      }
      expect(world.truth.filter(({ report }) => report.asks !== undefined)).toEqual([]);
    }),
  );
});

test('the order in which nodes and reports were listed makes no difference', () => {
  fc.assert(
    fc.property(fleets, fc.infiniteStream(fc.nat()), (scenario, chance) => {
      const world = new World(scenario);
      for (const what of scenario.steps) world.take(what);
      const view = world.seen(0, 0);
      const shuffled = viewOf(view.kubeletConfigs, shuffle(view.nodes, chance), shuffle(view.nodeKubelets, chance));
      const [one, other] = [view, shuffled].map((seen) =>
        planApprovals(world.objects, membersOf(seen), nothingRemembered, situation({ now: world.now })),
      );
      expect(other?.grants).toEqual(one?.grants);
    }),
  );
});

function shuffle<Item>(items: readonly Item[], chance: fc.Stream<number>): Item[] {
  const keyed = items.map((item) => ({ item, key: chance.next().value }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
