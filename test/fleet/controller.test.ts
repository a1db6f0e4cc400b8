import { describe, expect, onTestFinished, test } from 'vitest';
import { defaultAllowance } from '../../src/api/paths.ts';
import { Controller, type ControllerObserver } from '../../src/fleet/controller.ts';
import { makeValidator } from '../../src/fleet/object-health.ts';
import { claimWithin } from '../../src/fleet/plan/memory.ts';
import { writeEvery } from '../../src/fleet/publish.ts';
import { reactWithin } from '../../src/fleet/reaction.ts';
import { manualClock } from '../fakes/clock.ts';
import { type FakeFleet, fakeFleet, type Thing } from '../fakes/fleet.ts';
import { deleted, leader, node, nodeKubelet, notReady, type Report, situation, stored } from './builders.ts';

const workers = stored('workers');
const waiting: Report = { phase: 'Waiting', asks: 'r1', wants: ['workers'] };
const updated: Report = { phase: 'UpToDate', runs: ['workers'], wants: ['workers'] };

/** A controller that leads, over a fleet that the test has prepared. */
function leading(fleet: FakeFleet) {
  const clock = manualClock();
  const stopping = new AbortController();
  const said: string[] = [];
  const observer: ControllerObserver = {
    granted: (name, { approval }) => void said.push(`granted ${name} ${approval.request}`),
    revoked: (name) => void said.push(`revoked ${name}`),
    retried: (name) => void said.push(`retried ${name}`),
    released: (name) => void said.push(`released ${name}`),
    assessed: () => undefined,
    retry: (error) => void said.push(`retry ${error instanceof Error ? error.message : ''}`),
  };
  const validator = makeValidator(defaultAllowance);
  const time = () => new Date(clock.now()).toISOString().replace('.000', '');
  const controller = new Controller({
    fleet,
    term: leader,
    newNodeTaint: situation().newNodeTaint,
    validator,
    clock,
    time,
    random: () => 0,
    observer,
  });
  const ended = controller.run(stopping.signal);
  const stop = () => {
    stopping.abort();
    return ended;
  };
  onTestFinished(stop);
  return {
    clock,
    said,
    stop,
    /** Puts things there, says so, and lets the controller do what it does at once. */
    change: async (...things: readonly Thing[]) => {
      fleet.put(...things);
      controller.notice();
      await clock.advance(0);
    },
    notice: async () => {
      controller.notice();
      await clock.advance(0);
    },
  };
}

function fleetOf(reports: Readonly<Record<string, Report>>, ...objects: readonly ReturnType<typeof stored>[]): FakeFleet {
  const fleet = fakeFleet();
  fleet.put(...(objects.length > 0 ? objects : [workers]));
  for (const [name, report] of Object.entries(reports)) fleet.put(node(name), nodeKubelet(name, report));
  return fleet;
}

const grants = ({ writes }: FakeFleet) => writes.filter((write) => write.startsWith('approve'));
const statuses = ({ writes }: FakeFleet) => writes.filter((write) => write.startsWith('status'));

test('does nothing before everything has been listed', async () => {
  const fleet = fleetOf({ a: waiting });
  fleet.isSynced = false;
  const { clock, notice } = leading(fleet);
  await clock.advance(1_000);
  expect(fleet.writes).toEqual([]);
  fleet.isSynced = true;
  await notice();
  expect(grants(fleet)).toEqual(['approve a r1']);
});

test("the time without a view is nobody's delay", async () => {
  const fleet = fleetOf({ a: waiting });
  const { clock, said, notice } = leading(fleet);
  await clock.advance(claimWithin - 1_000);
  fleet.isSynced = false;
  await notice();
  await clock.advance(10 * claimWithin);
  fleet.isSynced = true;
  await notice();
  await clock.advance(999);
  expect(said).toEqual(['granted a r1']);
  await clock.advance(1);
  expect(said).toEqual(['granted a r1', 'revoked a']);
});

test('takes a fleet through a rollout, one node after the other, and says so', async () => {
  const fleet = fleetOf({ a: waiting, b: { ...waiting, asks: 'r2' } });
  const { clock, change, said } = leading(fleet);
  await clock.advance(0);
  expect(grants(fleet)).toEqual(['approve a r1']);
  const applying: Report = { ...waiting, phase: 'Applying', granted: 'r1', claimed: 'r1' };
  await change(nodeKubelet('a', applying));
  expect(grants(fleet)).toHaveLength(1);
  await change(nodeKubelet('a', updated));
  expect(grants(fleet)).toEqual(['approve a r1', 'approve b r2']);
  await change(nodeKubelet('b', updated));
  expect(statuses(fleet)).toEqual(['status workers RollingOut', 'status workers AllNodesUpdated']);
  expect(fleet.events).toEqual([
    { object: 'workers', type: 'Normal', action: 'RollingOut', reason: 'AllNodesUpdated', message: 'All 2 nodes run it.' },
  ]);
  expect(said).toEqual(['granted a r1', 'granted b r2']);
});

test('at rest it writes nothing, whatever it is told, and sleeps', async () => {
  const fleet = fleetOf({ a: updated });
  const { clock, notice } = leading(fleet);
  await clock.advance(0);
  const before = [...fleet.writes];
  await notice();
  await clock.advance(3_600_000);
  await notice();
  expect(fleet.writes).toEqual(before);
  expect(clock.sleepers).toBe(0);
});

describe('an event', () => {
  const failed: Report = {
    phase: 'Failed',
    wants: ['workers'],
    lastError: { code: 'KubeletDown', message: 'it does not start' },
  };
  const reasons = ({ events }: FakeFleet) => events.map(({ reason }) => reason);

  test('is recorded once, however often the controller looks and however many nodes it is about', async () => {
    const fleet = fleetOf({ a: failed, b: waiting });
    const { clock, change, notice } = leading(fleet);
    await clock.advance(0);
    expect(reasons(fleet)).toEqual(['NodesFailed']);
    await notice();
    await change(nodeKubelet('b', failed));
    await clock.advance(writeEvery);
    expect(fleet.kubeletConfigs.get('workers')?.status?.nodes).toMatchObject({ failed: 2 });
    expect(reasons(fleet)).toEqual(['NodesFailed']);
  });

  test('is not recorded again by the next leader', async () => {
    const fleet = fleetOf({ a: failed });
    const first = leading(fleet);
    await first.clock.advance(0);
    await first.stop();
    const second = leading(fleet);
    await second.clock.advance(0);
    await second.change(nodeKubelet('a', updated));
    expect(reasons(fleet)).toEqual(['NodesFailed', 'AllNodesUpdated']);
    await second.stop();
    const third = leading(fleet);
    await third.clock.advance(writeEvery);
    expect(reasons(fleet)).toEqual(['NodesFailed', 'AllNodesUpdated']);
  });

  test('is recorded only with the status that it is about', async () => {
    const fleet = fleetOf({ a: updated });
    let refusals = 2;
    fleet.beforeWrite = (write) => {
      if (!write.startsWith('status') || refusals === 0) return;
      refusals -= 1;
      throw new Error('no answer');
    };
    const { clock } = leading(fleet);
    await clock.advance(0);
    expect(reasons(fleet)).toEqual([]);
    await clock.advance(60_000);
    expect(refusals).toBe(0);
    expect(reasons(fleet)).toEqual(['AllNodesUpdated']);
  });
});

describe('writes that only change counts', () => {
  test('wait for 15 s, and come by themselves', async () => {
    const fleet = fleetOf({ a: waiting, b: waiting, c: waiting });
    const { clock, change } = leading(fleet);
    await clock.advance(1_000);
    await change(nodeKubelet('a', updated));
    await change(nodeKubelet('b', updated));
    expect(statuses(fleet)).toHaveLength(1);
    await clock.advance(writeEvery - 1_001);
    expect(statuses(fleet)).toHaveLength(1);
    await clock.advance(1);
    expect(statuses(fleet)).toHaveLength(2);
    expect(fleet.kubeletConfigs.get('workers')?.status?.nodes).toMatchObject({ updated: 2 });
  });
});

describe('an approval that nobody claims', () => {
  test('is taken back by itself after two minutes, and the next node is granted at once', async () => {
    const fleet = fleetOf({ a: waiting, b: { ...waiting, asks: 'r2' } });
    const { clock, said } = leading(fleet);
    await clock.advance(claimWithin - 1);
    expect(grants(fleet)).toEqual(['approve a r1']);
    await clock.advance(1);
    expect(said).toEqual(['granted a r1', 'revoked a', 'granted b r2']);
    expect(fleet.kubeletConfigs.get('workers')?.status?.nodes).toMatchObject({ withoutAgent: 1, updating: 1 });
  });

  test('stays with an agent that was faster to claim it', async () => {
    const fleet = fleetOf({ a: waiting });
    const { clock, said } = leading(fleet);
    fleet.beforeWrite = (write) => {
      const claimed = { ...waiting, granted: 'r1', claimed: 'r1' };
      if (write === 'revoke a') fleet.put(nodeKubelet('a', claimed));
    };
    await clock.advance(claimWithin);
    expect(said).toEqual(['granted a r1']);
    await clock.advance(10 * claimWithin);
    expect(fleet.writes).not.toContain('revoke a');
  });
});

describe('a write that fails', () => {
  test('is tried again, and nobody else gets the room meanwhile', async () => {
    const fleet = fleetOf({ a: waiting, b: { ...waiting, asks: 'r2' } });
    let fails = true;
    fleet.beforeWrite = (write) => {
      if (fails && write.startsWith('approve')) throw new Error('no answer');
    };
    const { clock, said, notice } = leading(fleet);
    await clock.advance(0);
    expect(said).toEqual(['retry no answer']);
    fleet.put(nodeKubelet('0', { ...waiting, asks: 'r3' }), node('0'));
    await notice();
    expect(grants(fleet)).toEqual([]);
    fails = false;
    await clock.advance(10_000);
    expect(grants(fleet)).toEqual(['approve a r1']);
  });

  test('and for which there is no room any more is ended by another write, and then makes room', async () => {
    const fleet = fleetOf({ a: waiting, c: updated });
    fleet.beforeWrite = (write) => {
      if (write.startsWith('approve')) throw new Error('no answer');
    };
    const { clock, change, said } = leading(fleet);
    await clock.advance(0);
    fleet.beforeWrite = () => undefined;
    await change(node('c', notReady), node('b', notReady), nodeKubelet('b', { ...waiting, asks: 'r2' }));
    expect(said).toContain('revoked a');
    expect(grants(fleet)).toEqual(['approve b r2']);
  });

  test('does not keep the rest from being written', async () => {
    const objects = [stored('workers', { rollout: { maxUnavailable: 2, batches: 'Full' } }, { finalizers: [] })];
    const fleet = fleetOf({ a: waiting, b: { ...waiting, asks: 'r2' } }, ...objects);
    fleet.beforeWrite = (write) => {
      if (write === 'approve a r1' || write.startsWith('add finalizer')) throw new Error('forbidden');
    };
    const { clock, said } = leading(fleet);
    await clock.advance(0);
    expect(fleet.writes).toEqual(['approve b r2', 'status workers RollingOut']);
    expect(said).toEqual(['granted b r2', 'retry forbidden']);
  });

  test('as the object has changed is no error: its event brings the next pass', async () => {
    const fleet = fleetOf({ a: waiting });
    fleet.beforeWrite = () => {
      fleet.beforeWrite = () => undefined;
      fleet.put(nodeKubelet('a', { ...waiting, asks: 'r2' }));
    };
    const { clock, said, notice } = leading(fleet);
    await clock.advance(0);
    expect(grants(fleet)).toEqual([]);
    await notice();
    expect(said).toEqual(['granted a r2']);
  });
});

test('what happens in the middle of a wave counts for the rest of it', async () => {
  const three = stored('workers', { rollout: { maxUnavailable: 3, batches: 'Full' } });
  const asking = { a: waiting, b: { ...waiting, asks: 'r2' }, c: { ...waiting, asks: 'r3' } };
  const fleet = fleetOf(asking, three);
  fleet.isSynced = false;
  const { clock, change } = leading(fleet);
  await clock.advance(0);
  const paused = stored('workers', { rollout: { maxUnavailable: 3, paused: true } }, { generation: 2 });
  fleet.beforeWrite = () => {
    fleet.beforeWrite = () => undefined;
    void change(paused);
  };
  fleet.isSynced = true;
  await change();
  expect(fleet.writes.filter((write) => !write.startsWith('status'))).toEqual(['approve a r1', 'revoke a']);
  await change(three);
  expect(grants(fleet).slice(1)).toEqual(['approve a r1', 'approve b r2', 'approve c r3']);
});

test('stopped in the middle of a pass it writes nothing more', async () => {
  const objects = [stored('workers', { rollout: { maxUnavailable: 2 } })];
  const fleet = fleetOf({ a: waiting, b: { ...waiting, asks: 'r2' } }, ...objects);
  let stop: () => unknown = () => undefined;
  fleet.beforeWrite = () => void stop();
  fleet.isSynced = false;
  const controller = leading(fleet);
  const { clock, notice } = controller;
  stop = controller.stop;
  fleet.isSynced = true;
  await notice();
  expect(fleet.writes).toEqual(['approve a r1']);
  expect(clock.sleepers).toBe(0);
});

describe('the finalizer', () => {
  const bare = { finalizers: ['example.com/theirs'] };
  const removal = 'remove finalizer workers';

  test('is held on what is to be restored, beside those of others', async () => {
    const fleet = fleetOf({}, stored('workers', {}, bare), stored('loose', { deletionPolicy: 'Orphan' }, bare));
    const { clock } = leading(fleet);
    await clock.advance(0);
    expect(fleet.kubeletConfigs.get('workers')?.metadata.finalizers).toEqual([
      'example.com/theirs',
      'kubelet-config.dev/restore',
    ]);
    expect(fleet.kubeletConfigs.get('loose')?.metadata.finalizers).toEqual(['example.com/theirs']);
  });

  test('goes when the policy becomes Orphan, also of an object that is being deleted', async () => {
    const fleet = fleetOf({ a: updated });
    const { clock, change } = leading(fleet);
    await clock.advance(0);
    const orphan = stored('workers', { deletionPolicy: 'Orphan' });
    await change(orphan);
    expect(fleet.writes).toContain(removal);
    await change(deleted(orphan));
    expect(fleet.kubeletConfigs.has('workers')).toBe(false);
    expect(fleet.events.filter(({ reason }) => reason !== 'AllNodesUpdated')).toEqual([]);
  });

  test('waits until every node has gone back, each in its turn, and then says so', async () => {
    const fleet = fleetOf({ a: updated, b: updated }, deleted(workers));
    const { clock, change, said } = leading(fleet);
    await clock.advance(0);
    const leaving: Report = { phase: 'Waiting', runs: ['workers'] };
    await change(nodeKubelet('a', { ...leaving, asks: 'r1' }), nodeKubelet('b', { ...leaving, asks: 'r2' }));
    await change(nodeKubelet('a', { phase: 'Unmanaged' }));
    expect(grants(fleet)).toEqual(['approve a r1', 'approve b r2']);
    expect(statuses(fleet).at(-1)).toBe('status workers Restoring');
    expect(fleet.writes).not.toContain(removal);
    await change(nodeKubelet('b', { phase: 'Unmanaged' }));
    expect(fleet.kubeletConfigs.size).toBe(0);
    expect(fleet.events.at(-1)).toMatchObject({ object: 'workers', type: 'Normal', reason: 'Restored' });
    expect(said.at(-1)).toBe('released workers');
  });

  /** What a person adds to the object as it is stored now. */
  const leftBehind = (fleet: FakeFleet, names: string) => {
    const object = fleet.kubeletConfigs.get('workers');
    if (!object) throw new RangeError('workers is gone');
    return { ...object, metadata: { ...object.metadata, annotations: { 'kubelet-config.dev/leave-behind': names } } };
  };
  const shown = (fleet: FakeFleet) => fleet.kubeletConfigs.get('workers')?.status?.conditions;

  test('waits for nodes that cannot answer until a person says that they are left behind, each by its name', async () => {
    const leaving: Report = { phase: 'Waiting', runs: ['workers'], asks: 'r1' };
    const fleet = fleetOf({ silent: updated, failed: { phase: 'Failed', runs: ['workers'] }, gone: updated }, deleted(workers));
    fleet.nodes.delete('gone');
    fleet.put(node('bare'));
    const { clock, change } = leading(fleet);
    // As long as an agent may still answer, the word of a person is not enough.
    await change(leftBehind(fleet, 'silent,failed,bare'));
    await clock.advance(reactWithin - 1);
    expect(fleet.writes).not.toContain(removal);
    await change(leftBehind(fleet, ''));
    await clock.advance(10 * reactWithin);
    expect(fleet.writes).not.toContain(removal);
    const message = expect.stringMatching(
      /Going back failed on failed: .*retry.*No agent answers on bare, silent: .*leave-behind=failed/,
    );
    expect(shown(fleet)).toMatchObject([
      { type: 'Ready', status: 'False', reason: 'NodesFailed', message },
      { type: 'Reconciling', status: 'False' },
      { type: 'Stalled', status: 'True', reason: 'NodesFailed', message },
    ]);
    await change(leftBehind(fleet, 'silent, bare'));
    expect(fleet.writes).not.toContain(removal);
    await change(leftBehind(fleet, 'silent bare failed'));
    expect(fleet.writes).toContain(removal);
    expect(fleet.events.at(-1)).toMatchObject({
      type: 'Warning',
      reason: 'NotRestoredEverywhere',
      message: expect.stringMatching(/^3 nodes .*: failed, bare, silent\./),
    });
    await change(nodeKubelet('silent', leaving));
    expect(grants(fleet)).toEqual(['approve silent r1']);
  });

  test('goes when the Nodes of agents that do not answer are deleted', async () => {
    const fleet = fleetOf({ silent: updated }, deleted(workers));
    const { clock, notice } = leading(fleet);
    await clock.advance(10 * reactWithin);
    expect(fleet.writes).not.toContain(removal);
    fleet.nodes.delete('silent');
    await notice();
    expect(fleet.writes).toContain(removal);
  });

  test('waits for an agent that lets its approval lapse, and says that it does not answer', async () => {
    const fleet = fleetOf({ a: { phase: 'Waiting', runs: ['workers'], asks: 'r1' } }, deleted(workers));
    const { clock } = leading(fleet);
    await clock.advance(claimWithin);
    expect(fleet.writes).toEqual(expect.arrayContaining(['approve a r1', 'revoke a']));
    expect(fleet.writes).not.toContain(removal);
    expect(shown(fleet)).toMatchObject([{ reason: 'WithoutAgent' }, { status: 'False' }, { status: 'True' }]);
  });

  test('waits for a node that a person holds, and names it', async () => {
    const fleet = fleetOf({ a: { phase: 'Held', runs: ['workers'] } }, deleted(workers));
    const { clock } = leading(fleet);
    await clock.advance(10 * reactWithin);
    expect(fleet.writes).not.toContain(removal);
    const message = expect.stringContaining('Held by a person: a.');
    expect(shown(fleet)).toMatchObject([{ reason: 'Held', message }, { status: 'True' }, { status: 'False' }]);
  });

  test('is not taken from an object because no agent has reported yet: they may all have it', async () => {
    const fleet = fleetOf({ made: {} }, deleted(stored('workers', { nodeSelector: { matchLabels: { role: 'worker' } } })));
    const { status: _status, ...made } = nodeKubelet('made');
    fleet.put(made, node('joined', { labels: { role: 'worker' } }), node('unlabelled'));
    const { clock, change } = leading(fleet);
    await clock.advance(reactWithin - 1);
    expect(fleet.writes).not.toContain(removal);
    // This agent runs the object on a Node that has lost its labels.
    await change(nodeKubelet('unlabelled', { phase: 'Waiting', runs: ['workers'], asks: 'r1' }));
    await change(nodeKubelet('joined', { phase: 'Unmanaged' }), nodeKubelet('made', { phase: 'Unmanaged' }));
    expect(grants(fleet)).toEqual(['approve unlabelled r1']);
    expect(fleet.writes).not.toContain(removal);
    await change(nodeKubelet('unlabelled', { phase: 'Unmanaged' }));
    expect(fleet.writes).toContain(removal);
  });

  test('does not wait for ever for Nodes that never have an agent and that the object does not select', async () => {
    const fleet = fleetOf({}, deleted(stored('workers', { nodeSelector: { matchLabels: { role: 'worker' } } })));
    fleet.put(node('other'));
    const { clock } = leading(fleet);
    await clock.advance(reactWithin - 1);
    expect(fleet.writes).not.toContain(removal);
    await clock.advance(1);
    expect(fleet.writes).toContain(removal);
  });

  test('waits for a node whose trouble is older than the deletion', async () => {
    const trouble: Report = { phase: 'Failed', runs: ['workers'], wants: ['workers'] };
    const fleet = fleetOf({ a: trouble }, deleted(workers));
    const { clock, change } = leading(fleet);
    await clock.advance(1_000);
    expect(fleet.writes).not.toContain(removal);
    expect(shown(fleet)?.[0]).toMatchObject({ reason: 'Restoring' });
    await change(nodeKubelet('a', { ...trouble, wants: [] }));
    expect(shown(fleet)?.[0]).toMatchObject({ reason: 'NodesFailed' });
    expect(fleet.writes).not.toContain(removal);
    await change(nodeKubelet('a', { phase: 'Unmanaged' }));
    expect(fleet.writes).toContain(removal);
  });

  test('waits for a node that is getting the object at this moment, and for its way back', async () => {
    const arriving: Report = { phase: 'Applying', asks: 'r1', granted: 'r1', claimed: 'r1', wants: ['workers'] };
    const fleet = fleetOf({ a: arriving }, deleted(workers));
    const { clock, change } = leading(fleet);
    await clock.advance(10 * reactWithin);
    expect(fleet.writes).not.toContain(removal);
    expect(fleet.kubeletConfigs.get('workers')?.status).toMatchObject({ nodes: { updating: 1 } });
    await change(nodeKubelet('a', { phase: 'Waiting', asks: 'r2', runs: ['workers'] }));
    expect(fleet.writes).not.toContain(removal);
    await change(nodeKubelet('a', { phase: 'Unmanaged' }));
    expect(fleet.writes).toContain(removal);
  });

  test('waits as long as a node waits for its turn, and says what for', async () => {
    const fleet = fleetOf({ a: { phase: 'Waiting', runs: ['workers'], asks: 'r1' }, b: updated }, deleted(workers));
    fleet.put(node('b', notReady));
    const { clock } = leading(fleet);
    await clock.advance(10 * reactWithin);
    expect(fleet.writes).not.toContain(removal);
    expect(shown(fleet)?.[1]).toMatchObject({
      reason: 'Restoring',
      message: expect.stringContaining('used by b (not ready).'),
    });
  });
});
