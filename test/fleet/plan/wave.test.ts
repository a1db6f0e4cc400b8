import { expect, test } from 'vitest';
import { grantedIn, node, nodeKubelet, planFor, stored } from '../builders.ts';

const count = 5_000;
const pools = 20;

/** Every node of a large fleet asks at once, and one in a hundred is down. */
function largeFleet() {
  const rollout = { maxUnavailable: '2%', batches: 'Full' as const };
  const objects = Array.from({ length: pools }, (_, pool) =>
    stored(`pool-${pool}`, { rollout, nodeSelector: { matchLabels: { pool: `${pool}` } } }, { generation: 2 }),
  );
  objects.push(stored('all', { rollout }, { generation: 2 }));
  const places = Array.from({ length: count }, (_, index) => ({ name: `node-${index}`, pool: `${index % pools}`, index }));
  return {
    objects,
    nodes: places.map(({ name, pool, index }) =>
      node(name, { labels: { pool, 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' }, ready: index % 100 !== 0 }),
    ),
    reports: places.map(({ name, pool }) =>
      nodeKubelet(name, { phase: 'Waiting', asks: 'r', runs: ['all', `pool-${pool}`], wants: ['all@2', `pool-${pool}@2`] }),
    ),
  };
}

test('a wave over 5,000 nodes takes the room that each object allows, and no more', () => {
  const granted = grantedIn(planFor(largeFleet()));
  // 2 % of all, of which half are down already and may be cured.
  expect(granted.length).toBeGreaterThan(10);
  expect(granted.length).toBeLessThanOrEqual(count / 50);
});
