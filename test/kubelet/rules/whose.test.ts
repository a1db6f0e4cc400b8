/** Without a release, what every kubelet of today's clusters refuses is an error, and what some refuse a warning. */

import { expect, test } from 'vitest';
import type { JsonMap } from '../../../src/api/json.ts';
import { ruleProblems, sourcesOf } from '../../../src/kubelet/rule-problems.ts';

function problemsOf(configuration: JsonMap): string[] {
  const kubelet = { flags: {}, configuration, configurationPath: '/etc/kubernetes/kubelet-config.yaml' };
  const spec = { kubelet, files: [] };
  const ruled = { release: undefined, sources: sourcesOf(spec).sources, isPart: true };
  return ruleProblems(spec, ruled).map(({ severity, reason }) => `${severity}: ${reason}`);
}

test.each<[string, JsonMap, string]>([
  ['by all of them', { maxPods: -1 }, '^error: .*: the kubelet does not start with it$'],
  ['by those of some releases', { containerLogMaxWorkers: 0 }, '^warning: .*: kubelets 1\\.30 to 1\\.\\d+ do not start with it$'],
  ['refused by some, and without use for the others: one mistake', { runOnce: true }, '^error: '],
])('refused %s', (_, configuration, expected) => {
  expect(problemsOf(configuration)).toEqual([expect.stringMatching(new RegExp(expected))]);
});
