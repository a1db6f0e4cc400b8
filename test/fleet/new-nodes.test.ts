import { expect, test } from 'vitest';
import type { NodeKubelet } from '../../src/api/types.ts';
import { membersOf } from '../../src/fleet/member.ts';
import { configuredNodes, unconfiguredTaintKey } from '../../src/fleet/new-nodes.ts';
import { deleted, node, nodeKubelet, stored, viewOf } from './builders.ts';

const taint = { key: unconfiguredTaintKey, effect: 'NoSchedule' } as const;
const other = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' } as const;
const fresh = node('a', { taints: [other, taint] });
const workers = stored('workers');

test.each<[string, NodeKubelet | undefined, readonly ReturnType<typeof stored>[], boolean]>([
  ['runs what selects it', nodeKubelet('a', { phase: 'UpToDate', runs: ['workers'], wants: ['workers'] }), [workers], true],
  ['is selected by nothing', nodeKubelet('a', { phase: 'Unmanaged' }), [], true],
  ['has not seen what selects it', nodeKubelet('a', { phase: 'Unmanaged' }), [workers], false],
  [
    'runs another object, and has not seen this one',
    nodeKubelet('a', { phase: 'UpToDate', runs: ['base'], wants: ['base'] }),
    [stored('base'), workers],
    false,
  ],
  ['is selected by a deleted object', nodeKubelet('a', { phase: 'Unmanaged' }), [deleted(workers)], true],
  ['waits for its change', nodeKubelet('a', { phase: 'Waiting', wants: ['workers'] }), [workers], false],
  ['is held', nodeKubelet('a', { phase: 'Held', wants: ['workers'] }), [workers], false],
  ['failed', nodeKubelet('a', { phase: 'Failed', wants: ['workers'] }), [workers], false],
  ['has no agent', undefined, [workers], false],
])('a new node that %s', (_what, report, objects, expected) => {
  const members = membersOf(viewOf(objects, [fresh], report ? [report] : []));
  expect(configuredNodes(members, unconfiguredTaintKey)).toEqual(expected ? [{ node: fresh, taint }] : []);
});

test('the key can be another one, and any effect and value of it goes', () => {
  const key = 'startup-taint.cluster-autoscaler.kubernetes.io/kubelet-config';
  const taints = [taint, { key, effect: 'NoExecute', value: 'yes' }, { key, effect: 'NoSchedule' }] as const;
  const members = membersOf(viewOf([], [node('a', { taints }), node('b')], [nodeKubelet('a', { phase: 'Unmanaged' })]));
  expect(configuredNodes(members, key).map((one) => one.taint)).toEqual(taints.slice(1));
});
