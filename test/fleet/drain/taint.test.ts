import { describe, expect, test } from 'vitest';
import type { NodeKubelet } from '../../../src/api/types.ts';
import { drainingTaint, staleTaints } from '../../../src/fleet/drain/taint.ts';
import { membersOf } from '../../../src/fleet/member.ts';
import { node, nodeKubelet, viewOf } from '../builders.ts';

const report = (approval: object | undefined, status: object = {}): NodeKubelet => ({
  ...nodeKubelet('a', { asks: 'r1', ...status }),
  ...(approval && { spec: { approval: { request: 'r1', revision: 'r', ...approval } } }),
});
const members = (of: NodeKubelet | undefined, partial = {}) => membersOf(viewOf([], [node('a', partial)], of ? [of] : []));

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
