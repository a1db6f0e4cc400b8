/** An object that is a part of a kubelet is told of what is wrong whatever the others say, and of nothing else. */

import { expect, test } from 'vitest';
import type { JsonMap } from '../../../src/api/json.ts';
import { knownRelease } from '../../../src/kubelet/release.ts';
import { ruleProblems, sourcesOf } from '../../../src/kubelet/rule-problems.ts';

function problemsOf(configuration: JsonMap, isPart: boolean): number {
  const kubelet = { flags: {}, configuration, configurationPath: '/etc/kubernetes/kubelet-config.yaml' };
  const spec = { kubelet, files: [] };
  const { sources } = sourcesOf(spec);
  return ruleProblems(spec, { release: knownRelease('1.36'), sources, isPart }).length;
}

test.each<[string, JsonMap]>([
  ['a threshold that is no quantity, beside another field of the same rule', { evictionHard: { 'memory.available': '5Q' } }],
  ['a signal that is none', { evictionMinimumReclaim: { 'memory.free': '1Gi' } }],
  ['a resource that cannot be reserved', { systemReserved: { disk: '1Gi' } }],
  ['an endpoint of another kind', { imageServiceEndpoint: 'tcp://127.0.0.1:1' }],
  ['a port that is taken by the same object', { port: 10_250, healthzPort: 10_250 }],
  ['a value out of its range', { maxPods: -1 }],
])('told: %s', (_, configuration) => {
  expect(problemsOf(configuration, true)).toBe(1);
});

test.each<[string, JsonMap]>([
  ['a soft threshold, whose grace period another object may bring', { evictionSoft: { 'memory.available': '1Gi' } }],
  ['a port that only the default of another one takes', { healthzPort: 10_250 }],
  ['groups to enforce, which another object may name', { enforceNodeAllocatable: ['pods', 'system-reserved'] }],
])('told of the whole alone: %s', (_, configuration) => {
  expect(problemsOf(configuration, true)).toBe(0);
  expect(problemsOf(configuration, false)).toBeGreaterThan(0);
});
