/** Drains on a fleet in memory: what is done in which order, what keeps a drain, and a crash at each step. */

import { beforeEach, describe, expect, test } from 'vitest';
import { Drainer, type DrainState } from '../../../src/fleet/drain/drainer.ts';
import { drainingTaint } from '../../../src/fleet/drain/taint.ts';
import type { FleetNode, FleetPod } from '../../../src/fleet/fleet.ts';
import { type ManualClock, manualClock } from '../../fakes/clock.ts';
import { type FakeFleet, fakeFleet } from '../../fakes/fleet.ts';
import { node } from '../builders.ts';
import { bare, pod } from './pod.ts';

const options = { timeoutSeconds: 600, evictEmptyDir: false, evictUnmanaged: false };
const budget = 'The disruption budget web needs 2 healthy pods and has 2 currently';

let fleet: FakeFleet;
let clock: ManualClock;
let changes: number;
beforeEach(() => {
  fleet = fakeFleet();
  fleet.put(node('a'));
  clock = manualClock();
  changes = 0;
});

function newDrainer(): Drainer {
  const onChange = () => {
    changes += 1;
  };
  return new Drainer({ fleet, clock, onChange });
}

const stored = (name = 'a'): FleetNode => fleet.nodes.get(name) ?? node(name);
const drainOf = (name = 'a', partial = {}) => ({
  member: { name, node: stored(name) },
  request: `r-${name}`,
  options: { ...options, ...partial },
});
/** What the controller sees in its next pass. */
function look(drainer: Drainer, partial = {}): DrainState | undefined {
  return drainer.keep([drainOf('a', partial)]).get('r-a');
}
const put = (...pods: FleetPod[]) => void fleet.running.set('a', pods);

describe('a drain', () => {
  test('taints the node, evicts each pod once, waits for its end, and says what it does', async () => {
    put(pod('web'), pod('log', { controller: 'DaemonSet' }), bare('etcd', { isMirror: true }));
    const drainer = newDrainer();
    expect(look(drainer)).toEqual({ kind: 'Draining' });
    await clock.advance(0);
    expect(fleet.writes).toEqual(['taint a r-a', 'evict web']);
    expect(stored().taints).toEqual([drainingTaint('r-a')]);
    expect(look(drainer)).toEqual({ kind: 'Draining', left: 1 });
    await clock.advance(5_000);
    expect(look(drainer)).toEqual({ kind: 'Draining', left: 1, blockedBy: 'pod shop/web has not ended yet' });
    fleet.endPods();
    await clock.advance(5_000);
    expect(look(drainer)).toEqual({ kind: 'Empty' });
    expect(fleet.writes).toHaveLength(2);
    expect(changes).toBe(3);
    expect(clock.sleepers).toBe(0);
  });

  test('of a node without pods is over at once, with the taint', async () => {
    const drainer = newDrainer();
    look(drainer);
    await clock.advance(0);
    expect(look(drainer)).toEqual({ kind: 'Empty' });
    expect(fleet.writes).toEqual(['taint a r-a']);
  });

  test('keeps on asking a budget until it allows the eviction', async () => {
    put(pod('web'), pod('api'));
    fleet.budgets.set('web', budget);
    const drainer = newDrainer();
    look(drainer);
    await clock.advance(60_000);
    expect(look(drainer)).toEqual({ kind: 'Draining', left: 2, blockedBy: `pod shop/web is not evicted: ${budget}` });
    expect(fleet.writes).toEqual(['taint a r-a', 'evict api']);
    fleet.budgets.clear();
    await clock.advance(5_000);
    fleet.endPods();
    await clock.advance(5_000);
    expect(look(drainer)).toEqual({ kind: 'Empty' });
  });

  test('is given up after its time, with the name of the budget', async () => {
    put(pod('web'));
    fleet.budgets.set('web', budget);
    const drainer = newDrainer();
    look(drainer, { timeoutSeconds: 30 });
    await clock.advance(29_000);
    expect(look(drainer, { timeoutSeconds: 30 })?.kind).toBe('Draining');
    await clock.advance(5_000);
    const why = `the node was not empty after 30 s with 1 pod left: pod shop/web is not evicted: ${budget}`;
    expect(look(drainer, { timeoutSeconds: 30 })).toEqual({ kind: 'GivenUp', because: 'TimedOut', why });
    fleet.budgets.clear();
    await clock.advance(60_000);
    expect(fleet.writes).toEqual(['taint a r-a']);
  });

  test('refuses before it touches anything', async () => {
    put(pod('web'), bare('alone'));
    const drainer = newDrainer();
    look(drainer);
    await clock.advance(60_000);
    expect(look(drainer)).toMatchObject({ kind: 'GivenUp', because: 'Refused', why: expect.stringContaining('shop/alone') });
    expect(fleet.writes).toEqual([]);
  });

  test('evicts a pod that was scheduled before the taint was there, and leaves one that tolerates it', async () => {
    put(pod('web'));
    const drainer = newDrainer();
    fleet.afterList.push(() => put(pod('web'), pod('late')));
    look(drainer);
    await clock.advance(0);
    expect(fleet.writes).toEqual(['taint a r-a', 'evict web', 'evict late']);
    fleet.endPods();
    put(pod('again', { toleratesDraining: 'AsAnyTaint' }));
    await clock.advance(5_000);
    expect(look(drainer)).toEqual({ kind: 'Empty' });
  });

  test('goes on over errors, and says what they are', async () => {
    put(pod('web'));
    const drainer = newDrainer();
    fleet.beforeWrite = () => {
      throw new Error('patch nodes a: no answer');
    };
    look(drainer);
    await clock.advance(5_000);
    expect(look(drainer)).toEqual({ kind: 'Draining', blockedBy: 'patch nodes a: no answer' });
    fleet.beforeWrite = (words) => {
      if (words.startsWith('evict')) throw new Error('create pods/eviction web: more than one budget');
    };
    await clock.advance(5_000);
    expect(look(drainer)).toMatchObject({ left: 1, blockedBy: expect.stringContaining('more than one budget') });
    fleet.beforeWrite = () => undefined;
    await clock.advance(5_000);
    expect(fleet.writes).toEqual(['taint a r-a', 'evict web']);
  });

  test('sets the taint again if somebody takes it away', async () => {
    put(pod('web'));
    const drainer = newDrainer();
    look(drainer);
    await clock.advance(0);
    fleet.put({ ...stored(), taints: [] });
    look(drainer);
    await clock.advance(5_000);
    expect(fleet.writes).toEqual(['taint a r-a', 'evict web', 'taint a r-a']);
  });

  test('ends when it is not wanted any more, also between two evictions', async () => {
    put(pod('one'), pod('two'));
    const drainer = newDrainer();
    look(drainer);
    fleet.beforeWrite = (words) => {
      if (words === 'evict one') drainer.stop();
    };
    await clock.advance(60_000);
    expect(fleet.writes).toEqual(['taint a r-a', 'evict one']);
    expect(clock.sleepers).toBe(0);
    expect(drainer.keep([])).toEqual(new Map());
  });

  test('of one node waits for no other', async () => {
    fleet.put(node('b'));
    put(pod('web'));
    fleet.budgets.set('web', budget);
    const drainer = newDrainer();
    drainer.keep([drainOf('a'), drainOf('b')]);
    await clock.advance(0);
    const states = drainer.keep([drainOf('a'), drainOf('b')]);
    expect([...states].map(([request, { kind }]) => [request, kind])).toEqual([
      ['r-a', 'Draining'],
      ['r-b', 'Empty'],
    ]);
  });
});

describe('a controller that dies after any write, or instead of it', () => {
  const pods = [pod('web'), pod('api'), pod('log', { controller: 'DaemonSet' }), bare('etcd', { isMirror: true })];
  const whole = ['taint a r-a', 'evict web', 'evict api'];

  test.each([0, 1, 2, 3])('after %i of 3 writes: the next one ends with the same', async (survived) => {
    put(...pods);
    const first = newDrainer();
    fleet.beforeWrite = () => {
      if (fleet.writes.length < survived) return;
      first.stop();
      throw new Error('the process is gone');
    };
    look(first);
    await clock.advance(60_000);
    first.stop();
    expect(fleet.writes).toEqual(whole.slice(0, survived));

    fleet.beforeWrite = () => undefined;
    const second = newDrainer();
    look(second);
    await clock.advance(0);
    expect(fleet.writes).toEqual(whole);
    fleet.endPods();
    await clock.advance(5_000);
    expect(look(second)).toEqual({ kind: 'Empty' });
    expect(fleet.writes).toEqual(whole);
    expect(stored().taints).toEqual([drainingTaint('r-a')]);
    expect(fleet.running.get('a')?.map(({ name }) => name)).toEqual(['log', 'etcd']);
  });

  test('a new one has the whole time again', async () => {
    put(pod('web'));
    fleet.budgets.set('web', budget);
    const first = newDrainer();
    look(first, { timeoutSeconds: 30 });
    await clock.advance(20_000);
    first.stop();
    const second = newDrainer();
    look(second, { timeoutSeconds: 30 });
    await clock.advance(20_000);
    expect(look(second, { timeoutSeconds: 30 })?.kind).toBe('Draining');
    await clock.advance(15_000);
    expect(look(second, { timeoutSeconds: 30 })?.kind).toBe('GivenUp');
  });
});
