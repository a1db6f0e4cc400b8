import { describe, expect, test } from 'vitest';
import type { NodeKubelet } from '../../../src/api/types.ts';
import { drainOptionsFor, drainsOf } from '../../../src/fleet/drain/drains.ts';
import { drainingTaint, staleTaints } from '../../../src/fleet/drain/taint.ts';
import { membersOf } from '../../../src/fleet/member.ts';
import { node, nodeKubelet, stored, viewOf } from '../builders.ts';

const request = { id: 'r1', revision: 'r', reason: 'Change' } as const;
const needing = { ...request, needsEmptyNode: true };
const defaults = { timeoutSeconds: 600, evictEmptyDir: false, evictUnmanaged: false };
const drains = (drain: 'Never' | 'WhenRequired' | 'Always', drainOptions = {}) =>
  stored('x', { rollout: { drain, drainOptions } });

describe('whether and how a node is drained', () => {
  test.each([
    ['no object asks', [stored('x')], needing, undefined],
    ['Never', [drains('Never')], needing, undefined],
    ['WhenRequired, and it is', [drains('WhenRequired')], needing, defaults],
    ['WhenRequired, and it is not', [drains('WhenRequired')], request, undefined],
    ['Always', [drains('Always')], request, defaults],
    ['one of two', [drains('Never'), drains('Always', { evictEmptyDir: true })], request, { ...defaults, evictEmptyDir: true }],
    [
      'two that differ: the strictest options',
      [
        drains('Always', { evictEmptyDir: true, evictUnmanaged: true, timeoutSeconds: 900 }),
        drains('Always', { evictUnmanaged: true, timeoutSeconds: 60 }),
      ],
      request,
      { timeoutSeconds: 60, evictEmptyDir: false, evictUnmanaged: true },
    ],
  ] as const)('%s', (_what, objects, asked, expected) => {
    expect(drainOptionsFor(objects, asked, node('a'))).toEqual(expected);
  });

  test('a node that is not ready is not drained: its kubelet would stop no pod', () => {
    expect(drainOptionsFor([drains('Always')], request, node('a', { ready: false }))).toBeUndefined();
  });
});

const report = (approval: object | undefined, status: object = {}): NodeKubelet => ({
  ...nodeKubelet('a', { asks: 'r1', ...status }),
  ...(approval && { spec: { approval: { request: 'r1', revision: 'r', ...approval } } }),
});
const members = (of: NodeKubelet | undefined, partial = {}) =>
  membersOf(viewOf([drains('Always')], [node('a', partial)], of ? [of] : []));

test.each<[string, NodeKubelet | undefined, boolean]>([
  ['approved for the drain', report({ stage: 'Drain' }), true],
  ['approved for the change', report({ stage: 'Go' }), false],
  ['approved without a stage', report({}), false],
  ['not approved', report(undefined), false],
  ['approved for an earlier request', report({ stage: 'Drain', request: 'r0' }), false],
  ['claimed', report({ stage: 'Drain' }, { claimed: 'r1' }), false],
  ['without an agent', undefined, false],
])('a node is being drained if its request is %s', (_what, of, expected) => {
  expect(drainsOf(members(of))).toEqual(expected ? [{ node: node('a'), request: 'r1', options: defaults }] : []);
});

describe('a draining taint', () => {
  const other = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const;
  const taints = [other, drainingTaint('r1')];

  test.each<[string, NodeKubelet | undefined, boolean]>([
    ['stays while the node is drained', report({ stage: 'Drain' }), false],
    ['stays until the change begins', report({ stage: 'Go' }), false],
    ['stays while it runs, even if the approval is not to be seen', report(undefined, { claimed: 'r1' }), false],
    ['goes when the approval is taken back', report({ request: '' }), true],
    ['goes when the change is over', nodeKubelet('a'), true],
    ['goes when the next request has begun', report({ request: 'r2', stage: 'Drain' }, { asks: 'r2' }), true],
    ['goes when the NodeKubelet is gone', undefined, true],
  ])('%s', (_what, of, expected) => {
    const found = node('a', { taints });
    expect(staleTaints(members(of, { taints }))).toEqual(expected ? [{ node: found, taint: drainingTaint('r1') }] : []);
  });
});
