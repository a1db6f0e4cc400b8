import { describe, expect, test } from 'vitest';
import { contentOf } from '../../../src/api/content.ts';
import type { KubeletConfig, KubeletConfigSpec, NodeKubelet } from '../../../src/api/types.ts';
import type { FleetNode } from '../../../src/fleet/fleet.ts';
import { describeWaiting } from '../../../src/fleet/plan/waiting.ts';
import {
  failedReport,
  grantedIn,
  node,
  nodeKubelet,
  notReady,
  planFor,
  planStored,
  type Report,
  stored,
  waitingIn,
  withRollout,
} from '../builders.ts';

type Rollout = NonNullable<KubeletConfigSpec['rollout']>;

const start = Date.parse('2026-01-31T09:00:00Z');
const asks = (name: string, report: Report = {}) =>
  nodeKubelet(name, { phase: 'Waiting', asks: `${name}1`, runs: ['workers'], wants: ['workers@2'], ...report });
const has = (name: string, report: Report = {}) =>
  nodeKubelet(name, {
    granted: `${name}1`,
    claimed: `${name}1`,
    place: 'Rollout',
    runs: ['workers@2'],
    wants: ['workers@2'],
    ...report,
  });
const changing = (name: string, report: Report = {}) => asks(name, { granted: `${name}1`, claimed: `${name}1`, ...report });
const names = ['a', 'b', 'c', 'd', 'e', 'f'];
const nodes = names.map((name) => node(name));
const workers = (rollout: Rollout, spec: Partial<KubeletConfigSpec> = {}) =>
  stored('workers', { rollout, ...spec }, { generation: 2 });

function planned(object: KubeletConfig, reports: readonly NodeKubelet[], there: readonly FleetNode[] = nodes, time = start) {
  return planStored({ objects: [object], nodes: there, reports, time });
}

const words = (found: ReturnType<typeof planFor>, name: string) =>
  [...found.waiting].flatMap(([member, reason]) => (member.name === name ? [describeWaiting(reason)] : [])).join();

describe('canaries', () => {
  const object = workers({ maxUnavailable: 6, batches: 'Full', canary: { count: 2, soakSeconds: 600 } });
  const others = names.slice(2).map((name) => asks(name));

  test('are places: at most so many nodes have or get the content before it is proven', () => {
    expect(
      grantedIn(
        planned(
          object,
          names.map((name) => asks(name)),
        ),
      ),
    ).toEqual(['a', 'b']);
    expect(grantedIn(planned(object, [has('a'), asks('b'), ...others]))).toEqual(['b']);
    const found = planned(object, [changing('a'), has('b'), ...others]);
    expect(waitingIn(found)).toEqual(['c: Canary workers', 'd: Canary workers', 'e: Canary workers', 'f: Canary workers']);
    expect(words(found, 'c')).toBe('the canaries of workers change first: b, a');
  });

  test('soak on the clock of the API server, which is stored', () => {
    const begun = planned(object, [has('a'), has('b'), ...others]);
    expect([...begun.rollouts.values()][0]?.state).toMatchObject({ soakSince: '2026-01-31T09:00:00Z' });
    expect(words(begun, 'c')).toBe('the canaries of workers soak, 10 min left');
    expect(begun.wakeAt).toBe(600_000);
    const soaking = withRollout(object, [...begun.rollouts.values()][0]?.state);
    const reports = [has('a'), has('b'), ...others];
    expect(words(planned(soaking, reports, nodes, start + 599_000), 'c')).toBe('the canaries of workers soak, 1 s left');
    expect(grantedIn(planned(soaking, reports, nodes, start + 599_000))).toEqual([]);
    const over = planFor({ objects: [soaking], nodes, reports, time: start + 600_000 });
    expect(over.rollouts.get(soaking)).toMatchObject({ isStored: false, state: { provenAt: '2026-01-31T09:10:00Z' } });
    expect(grantedIn(over)).toEqual([]);
    expect(grantedIn(planned(soaking, reports, nodes, start + 600_000))).toEqual(['c', 'd', 'e', 'f']);
  });

  test('begin to soak anew when one is not available, leaves, or is another one; and when the clock was put back', () => {
    const begun = planned(object, [has('a'), has('b'), ...others]);
    const soaking = withRollout(object, [...begun.rollouts.values()][0]?.state);
    const late = start + 500_000;
    const stateOf = (reports: readonly NodeKubelet[], there = nodes, time = late) =>
      planFor({ objects: [soaking], nodes: there, reports, time }).rollouts.get(soaking)?.state;
    const down = stateOf([has('a'), has('b'), ...others], [node('a', notReady), ...nodes.slice(1)]);
    expect(down?.soakSince).toBeUndefined();
    expect(stateOf([has('a'), ...others], nodes.slice(0, 1))?.soakSince).toBeUndefined();
    expect(stateOf([has('a'), has('c'), asks('d')])?.soakSince).toBe('2026-01-31T09:08:20Z');
    expect(stateOf([has('a'), has('b')], nodes, start - 3_600_000)?.soakSince).toBe('2026-01-31T08:00:00Z');
    expect(stateOf([has('a'), has('b')])?.soakSince).toBe('2026-01-31T09:00:00Z');
  });

  test('do not soak while the clock of the API server is not known', () => {
    const found = planFor({ objects: [object], nodes, reports: [has('a'), has('b'), ...others] });
    expect(grantedIn(found)).toEqual([]);
    expect(found.rollouts.get(object)?.state).toBeUndefined();
  });

  test('are no nodes that were down, no new ones, and none that joined with the content', () => {
    const cured = has('a', { place: 'Cure' });
    const joined = nodeKubelet('b', { runs: ['workers@2'], wants: ['workers@2'] });
    expect(grantedIn(planned(object, [cured, joined, ...others]))).toEqual(['c', 'd']);
  });

  test('keep their place when they are down and change for another object: that is no cure', () => {
    const other = stored('other', { rollout: { maxUnavailable: 6 } }, { generation: 2 });
    const sick = has('a', { asks: 'a2', runs: ['workers@2', 'other'], wants: ['workers@2', 'other@2'] });
    const there = [node('a', notReady), ...nodes.slice(1)];
    const found = planStored({ objects: [object, other], nodes: there, reports: [sick, has('b'), asks('c')], time: start });
    expect(found.grants).toMatchObject([{ approval: { request: 'a2', place: 'Rollout' } }]);
  });

  test('keep their place while they change for another object', () => {
    const busy = has('a', { asks: 'a2', granted: 'a2', claimed: 'a2' });
    const found = planned(object, [busy, has('b'), asks('c')]);
    expect(waitingIn(found)).toEqual(['c: Canary workers']);
    expect([...found.rollouts.values()][0]?.state).toBeUndefined();
  });

  test('keep their place, and soak, when a later approval was taken back', () => {
    const revoked = nodeKubelet('a', { granted: '', runs: ['workers@2'], wants: ['workers@2'] });
    const found = planned(object, [revoked, has('b'), asks('c')]);
    expect(waitingIn(found)).toEqual(['c: Canary workers']);
    expect([...found.rollouts.values()][0]?.state?.soakSince).toBeDefined();
  });

  test('keep no node from a change that does not bring the content', () => {
    const drifted = has('c', { asks: 'c2', granted: 'c1' });
    expect(grantedIn(planned(object, [has('a'), has('b'), drifted, asks('d')]))).toEqual(['c']);
  });
});

describe('batches', () => {
  test('double with the nodes that were approved and have proved the content', () => {
    const object = workers({ maxUnavailable: 6 });
    expect(
      grantedIn(
        planned(
          object,
          names.map((name) => asks(name)),
        ),
      ),
    ).toEqual(['a']);
    const second = planned(object, [has('a'), ...names.slice(1).map((name) => asks(name))]);
    expect(grantedIn(second)).toEqual(['b', 'c']);
    expect(words(second, 'd')).toBe('2 nodes at a time change to workers, since 1 node has proved it so far');
  });

  test('begin with maxFailures, and count no node that joined with the content', () => {
    const joined = nodeKubelet('a', { runs: ['workers@2'], wants: ['workers@2'] });
    const reports = [joined, ...names.slice(1).map((name) => asks(name))];
    expect(grantedIn(planned(workers({ maxUnavailable: 6 }), reports))).toEqual(['b']);
    expect(grantedIn(planned(workers({ maxUnavailable: 6, maxFailures: 3 }), reports))).toEqual(['b', 'c', 'd']);
  });

  test('never exceed maxUnavailable', () => {
    const object = workers({ maxUnavailable: 2 });
    const reports = [has('a'), has('b'), has('c'), ...names.slice(3).map((name) => asks(name))];
    expect(grantedIn(planned(object, reports))).toEqual(['d', 'e']);
  });
});

describe('a topology', () => {
  const object = workers({ maxUnavailable: 6, batches: 'Full', topologyKey: 'zone' });
  const zoned = ['x', 'y', 'x', 'y', '', 'x'].map((zone, index) =>
    node(names[index] ?? '', { labels: zone === '' ? {} : { zone } }),
  );

  test('finishes one part before the next, nodes without the label last', () => {
    const first = planned(
      object,
      names.map((name) => asks(name)),
      zoned,
    );
    expect(grantedIn(first)).toEqual(['a', 'c', 'f']);
    expect(words(first, 'b')).toBe('the nodes of workers with zone: x are finished first');
    const next = planned(object, [has('a'), has('c'), has('f'), asks('b'), asks('d'), asks('e')], zoned);
    expect(grantedIn(next)).toEqual(['b', 'd']);
    expect(grantedIn(planned(object, [...['a', 'b', 'c', 'd', 'f'].map((name) => has(name)), asks('e')], zoned))).toEqual(['e']);
  });

  test.each<[string, NodeKubelet[], Partial<FleetNode>]>([
    ['failed with maxFailures left', [nodeKubelet('c', { phase: 'Failed', runs: ['workers'], wants: ['workers@2'] })], {}],
    ['held', [nodeKubelet('c', { phase: 'Held', runs: ['workers'], wants: ['workers@2'] })], {}],
    ['without an agent', [], {}],
    ['down and does not ask', [nodeKubelet('c', { phase: 'UpToDate', runs: ['workers'], wants: ['workers'] })], notReady],
  ])('is not held up by a node that is %s', (_what, third, partial) => {
    const there = zoned.map((one) => (one.name === 'c' ? { ...one, ...partial } : one));
    const wide = workers({ maxUnavailable: 6, batches: 'Full', topologyKey: 'zone', maxFailures: 2 });
    const found = planned(wide, [has('a'), has('f'), ...third, asks('b'), asks('d'), asks('e')], there);
    expect(grantedIn(found)).toEqual(['b', 'd']);
  });

  test('is held up by a node that changes, and by one whose agent has still to ask', () => {
    const slow = nodeKubelet('c', { phase: 'UpToDate', runs: ['workers'], wants: ['workers'] });
    for (const third of [changing('c'), slow])
      expect(grantedIn(planned(object, [has('a'), has('f'), third, asks('b')], zoned))).toEqual([]);
  });

  test('of the object with the higher priority decides, so that two orders cannot wait for each other', () => {
    const zone = stored(
      'zone',
      { rollout: { maxUnavailable: 6, batches: 'Full', topologyKey: 'zone' }, priority: 1 },
      { generation: 2 },
    );
    const rack = stored('rack', { rollout: { maxUnavailable: 6, batches: 'Full', topologyKey: 'rack' } }, { generation: 2 });
    const there = [node('n1', { labels: { zone: 'b', rack: '1' } }), node('n2', { labels: { zone: 'a', rack: '2' } })];
    const both = { runs: ['zone', 'rack'], wants: ['zone@2', 'rack@2'] };
    const reports = [asks('n1', both), asks('n2', both)];
    expect(grantedIn(planStored({ objects: [zone, rack], nodes: there, reports, time: start }))).toEqual(['n2']);
  });
});

describe('reasons of their own', () => {
  const one = [asks('a')];

  test.each<[Rollout, Partial<FleetNode>, string]>([
    [{ respect: { cordons: true } }, { schedulable: false }, 'it has a cordon, which rollout.respect of workers names'],
    [
      { respect: { taints: ['maintenance'] } },
      { taints: [{ key: 'maintenance', effect: 'NoSchedule' }] },
      'it has the taint maintenance, which rollout.respect of workers names',
    ],
    [
      { respect: { conditions: ['MaintenancePending'] } },
      { conditions: ['Ready', 'MaintenancePending'] },
      'it has the condition MaintenancePending, which rollout.respect of workers names',
    ],
  ])('%j: maintenance by another tool', (rollout, partial, expected) => {
    const there = [node('a', partial)];
    expect(words(planned(workers(rollout), one, there), 'a')).toBe(expected);
    expect(grantedIn(planned(workers({}), one, there))).toEqual(['a']);
    expect(grantedIn(planned(workers(rollout), one, [node('a')]))).toEqual(['a']);
  });

  test('a dry run grants nothing', () => {
    expect(waitingIn(planned(workers({ dryRun: true }), one))).toEqual(['a: DryRun workers']);
  });

  test('manual approval lets as many nodes have the content as a person has said, and only this content', () => {
    const manual = (approve?: string) => {
      const annotations = approve === undefined ? {} : { 'kubelet-config.dev/approve': approve };
      return stored(
        'workers',
        { rollout: { approval: 'Manual', maxUnavailable: 6, batches: 'Full' } },
        { generation: 2, annotations },
      );
    };
    const content = contentOf(manual());
    const reports = names.map((name) => asks(name));
    expect(words(planned(manual(), reports), 'a')).toContain(
      'a person has approved workers for 0 nodes; for more: kubelet-config rollout approve workers',
    );
    expect(grantedIn(planned(manual(`${content}:2`), reports))).toEqual(['a', 'b']);
    expect(grantedIn(planned(manual(`${content}:2`), [has('a'), changing('b'), asks('c')]))).toEqual([]);
    expect(grantedIn(planned(manual(`${content}:all`), reports))).toEqual(names);
    const sick = [node('a', notReady), node('b', notReady)];
    expect(grantedIn(planned(manual(`${content}:1`), [asks('a'), asks('b')], sick))).toEqual(['a']);
    for (const other of ['other:all', `${content}:many`, content]) expect(grantedIn(planned(manual(other), reports))).toEqual([]);
  });

  test('windows: nothing outside, and what is granted inside ends with it', () => {
    const object = workers({ windows: [{ schedule: '0 22 * * 6', duration: '4h', timeZone: 'Europe/Berlin' }] });
    const closed = planned(object, one);
    expect(words(closed, 'a')).toBe('the window of workers opens Saturday 22:00 Europe/Berlin');
    expect(closed.wakeAt).toBe(12 * 3_600_000);
    const open = planned(object, one, nodes, Date.parse('2026-01-31T21:30:00Z'));
    expect(open.grants).toMatchObject([{ approval: { request: 'a1', until: '2026-02-01T01:00:00Z' } }]);
    const given = asks('a', { granted: 'a1', until: '2026-02-01T01:00:00Z' });
    const over = planned(object, [given], nodes, Date.parse('2026-02-01T01:00:00Z'));
    expect(over.revocations.map(({ because }) => because)).toEqual(['Stopped']);
  });
});

test('windows do not hold up a retry that a person asks for', () => {
  const object = workers({ windows: [{ schedule: '0 22 * * 6', duration: '4h' }], maxFailures: 2 });
  const again = { ...failedReport('a0', ['workers'], ['workers@2']), phase: 'Waiting' as const, asks: 'a1', retry: 'a0' };
  const found = planned(object, [nodeKubelet('a', again), asks('b')]);
  expect(found.grants).toMatchObject([{ approval: { request: 'a1' } }]);
  expect(found.grants[0]?.approval.until).toBeUndefined();
  expect(waitingIn(found)).toEqual(['b: Window workers']);
});

describe('a node that is not ready', () => {
  test('is cured once for each revision, and then needs room as any other', () => {
    const object = workers({ maxUnavailable: 1 });
    const there = [node('a', notReady), node('b', notReady)];
    expect(planned(object, [asks('a'), asks('b')], there).grants).toMatchObject([{ approval: { place: 'Cure' } }]);
    const again = asks('a', { asks: 'a2', granted: 'a1', claimed: 'a1', place: 'Cure' });
    expect(planned(object, [again, asks('b')], there).grants).toMatchObject([{ approval: { request: 'b1', place: 'Cure' } }]);
  });

  test('a cordon is no illness: such a node has its turn with the others, and takes a place', () => {
    const there = [node('a'), node('b', { schedulable: false })];
    const found = planned(workers({ maxUnavailable: 1 }), [asks('a'), asks('b')], there);
    expect(found.grants).toMatchObject([{ approval: { request: 'b1', place: 'Rollout' } }]);
    expect(words(found, 'a')).toBe('rollout.maxUnavailable of workers is 1 here, used by b (changing)');
  });
});

describe('new nodes', () => {
  const taint = { key: 'kubelet-config.dev/unconfigured', effect: 'NoSchedule' as const };
  const fresh = (name: string, partial: Partial<FleetNode> = {}) => node(name, { taints: [taint], ...partial });
  const first = (name: string) => asks(name, { runs: [] });

  test('take no place of their objects, and wait for no window', () => {
    const object = workers({ maxUnavailable: 1, windows: [{ schedule: '0 22 * * 6', duration: '4h' }] });
    const found = planned(object, [changing('a'), first('x')], [node('a'), fresh('x', notReady)]);
    expect(found.grants).toMatchObject([{ approval: { request: 'x1', place: 'NewNode' } }]);
    const rolling = planned(
      workers({ maxUnavailable: 1 }),
      [asks('a'), asks('x', { runs: [], granted: 'x1', claimed: 'x1' })],
      [node('a'), fresh('x', notReady)],
    );
    expect(grantedIn(rolling)).toEqual(['a']);
  });

  test('ten at once', () => {
    const many = Array.from({ length: 12 }, (_, index) => `x${String(index).padStart(2, '0')}`);
    const found = planned(
      workers({}),
      many.map(first),
      many.map((name) => fresh(name)),
    );
    expect(grantedIn(found)).toHaveLength(10);
    expect(words(found, 'x11')).toBe('10 new nodes are set up at a time');
  });

  test('are new only until they have committed something, and wait for a pause and for failures', () => {
    const object = workers({ maxUnavailable: 1 });
    expect(grantedIn(planned(object, [changing('a'), asks('x')], [node('a'), fresh('x')]))).toEqual([]);
    expect(waitingIn(planned(workers({ paused: true }), [first('x')], [fresh('x')]))).toEqual(['x: Paused workers']);
  });
});

describe('the control plane', () => {
  const role = { labels: { 'node-role.kubernetes.io/control-plane': '' } };
  const wide = workers({ maxUnavailable: 6, batches: 'Full' });

  test('changes one node at a time, whatever the objects say', () => {
    const there = [node('a', role), node('b', role), node('c')];
    const found = planned(wide, [asks('a'), asks('b'), asks('c')], there);
    expect(grantedIn(found)).toEqual(['a', 'c']);
    expect(words(found, 'b')).toBe('nodes of the control plane change one at a time, and the place is used by a (changing)');
  });

  test('waits for a node of it that is down, also one that no object selects', () => {
    const some = workers({ maxUnavailable: 6, batches: 'Full' }, { nodeSelector: { matchLabels: { role: 'w' } } });
    const there = [node('a', { labels: { ...role.labels, role: 'w' } }), node('z', { ...role, ...notReady })];
    expect(grantedIn(planned(some, [asks('a')], there))).toEqual([]);
  });
});

describe('a drain', () => {
  const always = workers({ drain: 'Always', drainOptions: { timeoutSeconds: 60 }, batches: 'Full' });
  const drainingA = [asks('a', { granted: 'a1', stage: 'Drain', place: 'Rollout' }), asks('b')];

  test.each<[Rollout, Report, 'Drain' | undefined]>([
    [{ drain: 'Always' }, {}, 'Drain'],
    [{ drain: 'WhenRequired' }, { needsEmptyNode: true }, 'Drain'],
    [{ drain: 'WhenRequired' }, {}, undefined],
    [{ drain: 'Never' }, { needsEmptyNode: true }, undefined],
    [{}, { needsEmptyNode: true }, undefined],
  ])('%j, and the change %j: stage %s', (rollout, report, stage) => {
    expect(planned(workers(rollout), [asks('a', report)]).grants[0]?.approval.stage).toBe(stage);
  });

  test('begins when its approval is stored, takes the place of the node, and does not lapse', () => {
    const found = planFor({ objects: [always], nodes, reports: drainingA });
    expect(found.drains).toMatchObject([
      { request: 'a1', options: { timeoutSeconds: 60, evictEmptyDir: false, evictUnmanaged: false } },
    ]);
    expect(waitingIn(found)).toEqual(['b: NoRoom workers']);
    const later = planFor({ objects: [always], nodes, reports: drainingA, now: 3_600_000, memory: found.memory });
    expect(later.revocations).toEqual([]);
  });

  test('that is done lets the agent begin, for which no room is needed', () => {
    const drains = new Map([['a1', { kind: 'Empty' as const }]]);
    const there = [node('a'), node('b', notReady), ...nodes.slice(2)];
    const found = planFor({ objects: [always], nodes: there, reports: drainingA, drains });
    expect(found.grants.find(({ approval }) => approval.request === 'a1')).toMatchObject({
      isRenewal: true,
      approval: { place: 'Rollout' },
    });
    expect(found.grants[0]?.approval.stage).toBeUndefined();
    expect(found.drains.map(({ request }) => request)).toEqual(['a1']);
  });

  test('that is given up gives the place back, and the node waits with the reason', () => {
    const drains = new Map([['a1', { kind: 'GivenUp' as const, because: 'TimedOut' as const, why: 'the budget web refuses' }]]);
    const found = planFor({ objects: [always], nodes, reports: drainingA, drains });
    expect(found.revocations.map(({ because }) => because)).toEqual(['NotDrained']);
    const after = planFor({ objects: [always], nodes, reports: [asks('a', { version: '2' }), asks('b')], memory: found.memory });
    expect(grantedIn(after)).toEqual(['b']);
    expect(words(after, 'a')).toBe('it could not be drained: the budget web refuses');
    const again = planFor({
      objects: [always],
      nodes,
      reports: [asks('a', { version: '2' })],
      memory: found.memory,
      now: 600_000,
    });
    expect(grantedIn(again)).toEqual(['a']);
  });

  test('is not begun for a node that is down: no pod ends there', () => {
    expect(planned(always, [asks('a')], [node('a', notReady)]).grants).toMatchObject([{ approval: { place: 'Cure' } }]);
    expect(planned(always, [asks('a')], [node('a', notReady)]).grants[0]?.approval.stage).toBeUndefined();
  });
});
