import { expect, test } from 'vitest';
import { sortPods } from '../../../src/fleet/drain/pods.ts';
import type { FleetPod } from '../../../src/fleet/fleet.ts';
import { bare, pod } from './pod.ts';

const careful = { timeoutSeconds: 600, evictEmptyDir: false, evictUnmanaged: false };

test.each<[string, FleetPod, 'Evict' | 'Wait' | 'Leave' | RegExp, RegExp | undefined]>([
  ['of a ReplicaSet', pod('a'), 'Evict', undefined],
  ['of a Job', pod('a', { controller: 'Job' }), 'Evict', undefined],
  ['of a DaemonSet', pod('a', { controller: 'DaemonSet', hasEmptyDir: true }), 'Leave', undefined],
  ['that the kubelet runs from a file', bare('a', { isMirror: true }), 'Leave', undefined],
  ['that has ended', bare('a', { isFinished: true, hasEmptyDir: true }), 'Leave', undefined],
  ['that tolerates our taint by its name, as our controller', pod('a', { toleratesDraining: 'ByName' }), 'Leave', undefined],
  ['that tolerates every taint', pod('a', { toleratesDraining: 'AsAnyTaint' }), 'Evict', undefined],
  ['that is being deleted', bare('a', { deleting: true, hasEmptyDir: true }), 'Wait', undefined],
  ['with an emptyDir', pod('a', { hasEmptyDir: true }), /^pod shop\/a has an emptyDir.*evictEmptyDir: true/, /^Evict$/],
  ['without a controller', bare('a'), /^pod shop\/a has no controller.*evictUnmanaged: true/, /^Evict$/],
  [
    'without a controller, and with an emptyDir',
    bare('a', { hasEmptyDir: true }),
    /^pod shop\/a has no controller.*evictUnmanaged: true/,
    /^Evict$/,
  ],
])('a pod %s', (_what, one, expected, allowed) => {
  expect(outcome(one, careful)).toMatch(expected);
  const bold = { ...careful, evictEmptyDir: true, evictUnmanaged: true };
  expect(outcome(one, bold)).toMatch(allowed ?? expected);
});

function outcome(one: FleetPod, options: typeof careful, known?: ReadonlySet<string>): string {
  const sorted = sortPods([one], options, known);
  if (sorted.kind === 'Refused') return sorted.why;
  if (sorted.evict.includes(one)) return 'Evict';
  return sorted.ending.includes(one) ? 'Wait' : 'Leave';
}

test('each of the two options allows its own loss only', () => {
  const both = bare('a', { hasEmptyDir: true });
  expect(outcome(both, { ...careful, evictUnmanaged: true })).toContain('evictEmptyDir');
  expect(outcome(both, { ...careful, evictEmptyDir: true })).toContain('evictUnmanaged');
});

test('one refusal refuses the whole node, names the pod and counts the others', () => {
  const sorted = sortPods([pod('a'), bare('b'), pod('c', { hasEmptyDir: true })], careful);
  expect(sorted).toMatchObject({
    kind: 'Refused',
    why: expect.stringMatching(/^pod shop\/b .*; the same holds for 1 other pod/),
  });
});

test('a pod that came later is evicted too, unless it tolerates the taint', () => {
  const known = new Set(['uid-a']);
  expect(outcome(pod('a', { toleratesDraining: 'AsAnyTaint' }), careful, known)).toBe('Evict');
  expect(outcome(pod('b'), careful, known)).toBe('Evict');
  expect(outcome(pod('b', { toleratesDraining: 'AsAnyTaint' }), careful, known)).toBe('Leave');
});
