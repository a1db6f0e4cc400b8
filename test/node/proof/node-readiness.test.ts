import { expect, test } from 'vitest';
import type { Shortfall } from '../../../src/node/model/health.ts';
import type { NodeReadiness } from '../../../src/node/ports/node-readiness.ts';
import { nodeReadinessBefore } from '../../../src/node/proof/node-readiness.ts';
import { manualClock } from '../../fakes/clock.ts';

type Seen = Extract<NodeReadiness, { kind: 'Seen' }>;

const ready: Seen = { kind: 'Seen', isReady: true, message: '', heartbeat: '09:00:00', heartbeatAge: 60_000 };
const unreachable: NodeReadiness = { kind: 'Unreachable', reason: 'connect ECONNREFUSED' };
const unheard = 'the kubelet has not reported to the API server since its restart; the Node was Ready before';

test.each<[string, NodeReadiness]>([
  ['was not Ready', { ...ready, isReady: false }],
  ['was not there', { kind: 'Absent' }],
  ['could not be asked for', unreachable],
])('a Node that %s need not be Ready afterwards', async (_what, sight) => {
  expect(await nodeReadinessBefore(async () => sight, manualClock())).toBeUndefined();
});

/** The kubelet was restarted 10 s ago. */
async function afterwards(sight: NodeReadiness): Promise<Shortfall | undefined> {
  const clock = manualClock();
  const sights = [ready, sight];
  const since = await nodeReadinessBefore(async () => sights.shift() as NodeReadiness, clock);
  if (!since) throw new Error('it was Ready before');
  const nodeReadiness = since(clock.now());
  await clock.advance(10_000);
  return nodeReadiness.shortfall();
}

test.each<[string, NodeReadiness, Shortfall | undefined]>([
  ['Ready by a heartbeat of now', { ...ready, heartbeat: '09:01:09', heartbeatAge: 1_000 }, undefined],
  ['Ready by one in the second of the restart', { ...ready, heartbeat: '09:01:00', heartbeatAge: 10_900 }, undefined],
  ['Ready by the heartbeat of before', ready, { kind: 'Failed', reason: unheard }],
  [
    'Ready by a last heartbeat of the kubelet before',
    { ...ready, heartbeat: '09:00:50', heartbeatAge: 20_000 },
    { kind: 'Failed', reason: unheard },
  ],
  [
    'not Ready',
    { ...ready, isReady: false, message: 'no network', heartbeat: '09:01:09', heartbeatAge: 1_000 },
    { kind: 'Failed', reason: 'the Node is not Ready: no network' },
  ],
  [
    'gone',
    { kind: 'Absent' },
    { kind: 'Interrupted', reason: 'the Node is gone from the cluster, or no longer has the condition Ready' },
  ],
  [
    'not to be asked for',
    unreachable,
    { kind: 'Unproven', reason: 'the API server could not be asked whether the Node is Ready: connect ECONNREFUSED' },
  ],
])('afterwards it is %s', async (_what, sight, shortfall) => {
  expect(await afterwards(sight)).toEqual(shortfall);
});

test('the API server is not asked more often than once a second', async () => {
  const clock = manualClock();
  let looks = 0;
  const look = async () => {
    looks += 1;
    return ready;
  };
  const nodeReadiness = (await nodeReadinessBefore(look, clock))?.(0);
  for (let poll = 0; poll < 9; poll += 1) {
    await nodeReadiness?.shortfall();
    await clock.advance(250);
  }
  expect(looks).toBe(1 + 3);
});

test('one that hangs is not waited for', async () => {
  const clock = manualClock();
  let hangs = false;
  const look = () => (hangs ? new Promise<never>(() => undefined) : Promise.resolve(ready));
  const nodeReadiness = (await nodeReadinessBefore(look, clock))?.(0);
  hangs = true;
  const shortfall = nodeReadiness?.shortfall();
  await clock.advance(5_000);
  expect(await shortfall).toMatchObject({ kind: 'Unproven', reason: expect.stringContaining('no answer within 5 s') });
  expect(clock.sleepers).toBe(0);
});
