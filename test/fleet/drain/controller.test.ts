/** A rollout that drains, with the whole controller: from the request to the end, and with a new controller after each write. */

import { expect, onTestFinished, test } from 'vitest';
import { defaultAllowance } from '../../../src/api/paths.ts';
import type { NodeKubelet } from '../../../src/api/types.ts';
import { Controller } from '../../../src/fleet/controller.ts';
import { makeValidator } from '../../../src/fleet/object-health.ts';
import { manualClock } from '../../fakes/clock.ts';
import { type FakeFleet, fakeFleet } from '../../fakes/fleet.ts';
import { node, nodeKubelet, situation, stored } from '../builders.ts';
import { bare, pod } from './pod.ts';

const budget = 'The disruption budget web needs 2 healthy pods and has 2 currently';

function fleetThatDrains(drainOptions = {}): FakeFleet {
  const fleet = fakeFleet();
  const workers = stored('workers', { rollout: { drain: 'Always', drainOptions } });
  fleet.put(workers, node('a'), nodeKubelet('a', { phase: 'Waiting', asks: 'r1', wants: ['workers'] }));
  fleet.running.set('a', [pod('web'), pod('log', { controller: 'DaemonSet' })]);
  return fleet;
}

/** A controller that leads for a term of its own. */
function leading(fleet: FakeFleet, term: string) {
  const clock = manualClock();
  const stopping = new AbortController();
  const nothing = () => undefined;
  const observer = { granted: nothing, revoked: nothing, retried: nothing, released: nothing, assessed: nothing, retry: nothing };
  const { newNodeTaint } = situation();
  const time = () => '2026-01-31T09:00:00Z';
  const common = { fleet, term, newNodeTaint, clock, time, random: () => 0, observer };
  const controller = new Controller({ ...common, validator: makeValidator(defaultAllowance) });
  const ended = controller.run(stopping.signal);
  const stop = () => {
    stopping.abort();
    return ended;
  };
  onTestFinished(stop);
  /** The watch tells of every write, also of our own: here a pass each second does. */
  const pass = async (seconds = 6) => {
    for (let second = 0; second < seconds; second += 1) {
      controller.notice();
      await clock.advance(1_000);
    }
  };
  return { pass, stop };
}

const report = ({ nodeKubelets }: FakeFleet): NodeKubelet => nodeKubelets.get('a') ?? nodeKubelet('a');
const stageOf = (fleet: FakeFleet) => report(fleet).spec?.approval?.stage ?? 'Go';
const taints = ({ nodes }: FakeFleet) => (nodes.get('a')?.taints ?? []).map(({ value }) => value);
/** Without statuses and finalizers. */
const writes = (fleet: FakeFleet) => fleet.writes.filter((write) => /^(approve|revoke|taint|untaint|evict)/.test(write));

/** The agent claims what is granted, and has made its change. */
function finish(fleet: FakeFleet): void {
  fleet.put({
    ...nodeKubelet('a', { phase: 'UpToDate', runs: ['workers'], wants: ['workers'] }),
    spec: report(fleet).spec ?? {},
  });
}

test('approved to drain, tainted, emptied, approved to begin, and free again when the change is over', async () => {
  const fleet = fleetThatDrains();
  const { pass } = leading(fleet, 'lease/1');
  await pass();
  expect([stageOf(fleet), taints(fleet)]).toEqual(['Drain', ['r1']]);
  expect(writes(fleet)).toEqual(['approve a r1', 'taint a r1', 'evict web']);
  fleet.endPods();
  await pass();
  await pass();
  expect([stageOf(fleet), taints(fleet)]).toEqual(['Go', ['r1']]);
  finish(fleet);
  await pass();
  expect(taints(fleet)).toEqual([]);
  expect(writes(fleet)).toEqual([
    'approve a r1',
    'taint a r1',
    'evict web',
    'approve a r1',
    'untaint a kubelet-config.dev/draining',
  ]);
});

test('given up: the approval is taken back, the taint goes, the object says the budget', async () => {
  const fleet = fleetThatDrains({ timeoutSeconds: 30 });
  fleet.budgets.set('web', budget);
  const { pass } = leading(fleet, 'lease/1');
  await pass(40);
  await pass();
  expect(report(fleet).spec?.approval?.request).toBe('');
  expect(taints(fleet)).toEqual([]);
  expect(writes(fleet)).toEqual(['approve a r1', 'taint a r1', 'revoke a', 'untaint a kubelet-config.dev/draining']);
});

test('refused: nothing is touched, and the approval is taken back', async () => {
  const fleet = fleetThatDrains();
  fleet.running.set('a', [pod('web'), bare('alone')]);
  const { pass } = leading(fleet, 'lease/1');
  await pass();
  await pass();
  expect(writes(fleet)).toEqual(['approve a r1', 'revoke a']);
});

test.each([0, 1, 2, 3, 4, 5, 6])(
  'a controller that dies after %i writes: the next one comes to the same end',
  async (survived) => {
    const fleet = fleetThatDrains();
    const first = leading(fleet, 'lease/1');
    fleet.beforeWrite = () => {
      if (fleet.writes.length >= survived) throw new Error('the process is gone');
    };
    await first.pass();
    fleet.endPods();
    await first.pass();
    await first.pass();
    await first.stop();
    expect(fleet.writes.length).toBeLessThanOrEqual(survived);

    fleet.beforeWrite = () => undefined;
    const second = leading(fleet, 'lease/2');
    await second.pass();
    fleet.endPods();
    await second.pass();
    await second.pass();
    await second.pass();
    expect([stageOf(fleet), report(fleet).spec?.approval?.term]).toEqual(['Go', 'lease/2']);
    expect(fleet.running.get('a')?.map(({ name }) => name)).toEqual(['log']);
    finish(fleet);
    await second.pass();
    expect(taints(fleet)).toEqual([]);
    expect(writes(fleet).filter((write) => write.startsWith('evict'))).toEqual(['evict web']);
  },
);
