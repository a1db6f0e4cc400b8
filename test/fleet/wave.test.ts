import { expect, test } from 'vitest';
import { nothingRemembered } from '../../src/fleet/approval-memory.ts';
import { planApprovals } from '../../src/fleet/approve.ts';
import { membersOf } from '../../src/fleet/member.ts';
import { node, nodeKubelet, stored, viewOf } from './builders.ts';

const count = 5_000;
const pools = 20;

/** Every node of a large fleet asks at once, and one in a hundred is down. */
function largeFleet() {
  const rollout = { maxUnavailable: '2%' };
  const objects = Array.from({ length: pools }, (_, pool) =>
    stored(`pool-${pool}`, { rollout, nodeSelector: { matchLabels: { pool: `${pool}` } } }, { generation: 2 }),
  );
  objects.push(stored('all', { rollout }, { generation: 2 }));
  const places = Array.from({ length: count }, (_, index) => ({ name: `node-${index}`, pool: `${index % pools}`, index }));
  return viewOf(
    objects,
    places.map(({ name, pool, index }) =>
      node(name, { labels: { pool, 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' }, ready: index % 100 !== 0 }),
    ),
    places.map(({ name, pool }) =>
      nodeKubelet(name, { phase: 'Waiting', asks: 'r', runs: ['all', `pool-${pool}`], wants: ['all@2', `pool-${pool}@2`] }),
    ),
  );
}

test('a wave over 5,000 nodes takes the room that each object allows, and no more', () => {
  const view = largeFleet();
  const { grants } = planApprovals(view.kubeletConfigs, membersOf(view), 0, nothingRemembered);
  // 2 % of all, of which half are down already and may be cured.
  expect(grants.length).toBeGreaterThan(10);
  expect(grants.length).toBeLessThanOrEqual(count / 50);
});
