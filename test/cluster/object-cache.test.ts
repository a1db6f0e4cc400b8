import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../src/cluster/kubernetes-api.ts';
import { ObjectCache } from '../../src/cluster/object-cache.ts';
import { isOlder } from '../../src/cluster/resource-version.ts';

test.each([
  ['9', '10', true],
  ['10', '9', false],
  ['10', '10', false],
  ['18446744073709551614', '18446744073709551615', true],
  ['x', '10', false],
  ['9', 'x', false],
  [undefined, '10', false],
  ['9', undefined, false],
])('%s is older than %s: %j', (version, than, verdict) => {
  expect(isOlder(version, than)).toBe(verdict);
});

/**
 * What really happened to one object, and the events and answers about it, which may arrive late, in any
 * order, or twice.
 */
const history = fc.array(fc.constantFrom('put', 'remove'), { minLength: 1, maxLength: 12 });

test('in whatever order and however often the news come, the newest stands', () => {
  const cases = history.chain((steps) =>
    fc.record({
      steps: fc.constant(steps),
      order: fc.array(fc.nat({ max: steps.length - 1 }), { maxLength: 20 }),
    }),
  );
  fc.assert(
    fc.property(cases, ({ steps, order }) => {
      const cache = new ObjectCache<KubernetesObject>(() => 0);
      const tell = (step: number) => {
        const resourceVersion = String(step + 8);
        if (steps[step] === 'put') cache.put({ metadata: { name: 'a', resourceVersion } });
        else cache.remove('a', resourceVersion);
      };
      for (const step of [...order, steps.length - 1, ...order]) tell(step);
      const stands = steps.at(-1) === 'put' ? String(steps.length + 7) : undefined;
      expect(cache.objects.get('a')?.metadata.resourceVersion).toBe(stands);
    }),
  );
});

test('what is gone is remembered for as long as an answer may be under way, and no longer', () => {
  let now = 0;
  const cache = new ObjectCache<KubernetesObject>(() => now);
  cache.remove('a', '5');
  cache.remove('b', '6');
  now = 299_999;
  cache.remove('c', '7');
  cache.put({ metadata: { name: 'a', resourceVersion: '4' } });
  expect([...cache.objects.keys()]).toEqual([]);
  now = 300_000;
  cache.remove('d', '8');
  cache.put({ metadata: { name: 'a', resourceVersion: '4' } });
  cache.put({ metadata: { name: 'c', resourceVersion: '4' } });
  expect([...cache.objects.keys()]).toEqual(['a']);
});
