import { describe, expect, test } from 'vitest';
import { contentOf } from '../../../src/api/content.ts';
import type { KubeletConfig } from '../../../src/api/types.ts';
import {
  failedReport,
  grantedIn,
  node,
  nodeKubelet,
  planFor,
  planStored,
  type Report,
  stored,
  waitingIn,
  withRollout,
} from '../builders.ts';

const spec = { kubelet: { flags: { v: 3 } } };
const workers = stored('workers', spec, { generation: 2 });
const asks = (name: string, report: Report = {}) =>
  nodeKubelet(name, { phase: 'Waiting', asks: `${name}1`, runs: ['workers'], wants: ['workers@2'], ...report });
const failed = nodeKubelet('a', failedReport('a0', ['workers'], ['workers@2']));
const nodes = [node('a'), node('b'), node('c')];
/** As the status has it after the failure of node a was counted. */
const counted = { content: contentOf(workers), failed: { count: 1, nodes: [{ name: 'a', request: 'a0' }] } };

describe('a failure', () => {
  test('is stored before anything else is granted', () => {
    const two = stored('workers', { ...spec, rollout: { maxFailures: 2 } }, { generation: 2 });
    const first = planFor({ objects: [two], nodes, reports: [failed, asks('b')] });
    expect(first.rollouts.get(two)).toMatchObject({ isStored: false, state: counted });
    expect(waitingIn(first)).toEqual(['b: Recording workers']);
    expect(grantedIn(planStored({ objects: [two], nodes, reports: [failed, asks('b')] }))).toEqual(['b']);
  });

  test.each<[string, Parameters<typeof planFor>[0]['nodes'], readonly ReturnType<typeof asks>[]]>([
    ['whose node was deleted', [node('b'), node('c')], [asks('b'), asks('c')]],
    ['whose node asks for something else', nodes, [asks('a', { wants: [] }), asks('b'), asks('c')]],
  ])('%s stays counted, also for the next controller', (_what, there, reports) => {
    const found = planFor({ objects: [withRollout(workers, counted)], nodes: there, reports });
    expect(waitingIn(found).filter((line) => line.includes('Stopped'))).toEqual(['b: Stopped workers', 'c: Stopped workers']);
  });

  test('of a request that no controller approved counts for nothing', () => {
    const forged = nodeKubelet('a', { ...failedReport('a0', ['workers'], ['workers@2']), granted: 'other' });
    expect(grantedIn(planStored({ objects: [workers], nodes, reports: [forged, asks('b')] }))).toEqual(['b']);
  });

  test('of a node that was down before proves nothing', () => {
    const cure = nodeKubelet('a', { ...failedReport('a0', ['workers'], ['workers@2']), place: 'Cure' });
    const two = stored('workers', { ...spec, rollout: { maxUnavailable: 2 } }, { generation: 2 });
    expect(grantedIn(planStored({ objects: [two], nodes, reports: [cure, asks('b')] }))).toEqual(['b']);
  });

  test('counts once, whoever counts it', () => {
    const first = planFor({ objects: [workers], nodes, reports: [failed, asks('b')] });
    const again = planFor({ objects: [withRollout(workers, counted)], nodes, reports: [failed], memory: first.memory });
    const other = planFor({ objects: [withRollout(workers, counted)], nodes, reports: [failed] });
    for (const found of [again, other]) expect([...found.failures.counted.values()].map(({ count }) => count)).toEqual([1]);
  });

  test('is forgotten with its content, and not by a pause', () => {
    const corrected = withRollout(stored('workers', { kubelet: { flags: { v: 4 } } }, { generation: 3 }), counted);
    const wants = ['workers@3'];
    expect(grantedIn(planStored({ objects: [corrected], nodes, reports: [asks('b', { wants })] }))).toEqual(['b']);
    const resumed = withRollout(stored('workers', { ...spec, rollout: { paused: false } }, { generation: 4 }), counted);
    const found = planFor({ objects: [resumed], nodes, reports: [asks('b', { wants: ['workers@4'] })] });
    expect(waitingIn(found)).toEqual(['b: Stopped workers']);
  });

  test('of a Node that goes while its change runs and it is not ready: node repair hides nothing', () => {
    const busy = nodeKubelet('a', {
      asks: 'a0',
      granted: 'a0',
      claimed: 'a0',
      place: 'Rollout',
      runs: ['workers'],
      wants: ['workers@2'],
    });
    const before = planFor({ objects: [workers], nodes: [node('a', { ready: false }), node('b')], reports: [busy, asks('b')] });
    const after = planFor({ objects: [workers], nodes: [node('b')], reports: [asks('b')], memory: before.memory });
    expect(after.rollouts.get(workers)?.state).toEqual(counted);
    const healthy = planFor({ objects: [workers], nodes: [node('a'), node('b')], reports: [busy, asks('b')] });
    const repaired = planFor({ objects: [workers], nodes: [node('b')], reports: [asks('b')], memory: healthy.memory });
    expect(repaired.rollouts.get(workers)?.state).toBeUndefined();
  });

  test('of a NodeKubelet that was made anew counts by the grant that it had before', () => {
    const busy = nodeKubelet('a', { asks: 'a0', granted: 'a0', claimed: 'a0', runs: ['workers'], wants: ['workers@2'] });
    const before = planFor({ objects: [workers], nodes, reports: [busy, asks('b')] });
    const { granted: _granted, ...anew } = failedReport('a0', ['workers'], ['workers@2']);
    const { status: _status, ...empty } = nodeKubelet('a', anew);
    const between = planFor({ objects: [workers], nodes, reports: [empty, asks('b')], memory: before.memory });
    const after = planFor({ objects: [workers], nodes, reports: [nodeKubelet('a', anew), asks('b')], memory: between.memory });
    expect(after.rollouts.get(workers)?.state).toEqual(counted);
  });

  test('is taken off when its node has the content after all', () => {
    const objects = [withRollout(workers, counted)];
    const proved = nodeKubelet('a', { granted: 'a2', claimed: 'a2', runs: ['workers@2'], wants: ['workers@2'] });
    const found = planStored({ objects, nodes, reports: [proved, asks('b')] });
    expect(waitingIn(found)).toEqual([]);
    expect(grantedIn(found)).toEqual(['b']);
  });
});

describe('a retry', () => {
  const wide = { ...spec, rollout: { maxUnavailable: 3, batches: 'Full' as const } };
  const asked = (rollout: KubeletConfig['status']) => ({
    ...withRollout(
      stored('workers', wide, { generation: 2, annotations: { 'kubelet-config.dev/retry': 'now' } }),
      rollout?.rollout,
    ),
  });

  test('is first passed on to the nodes that failed, and then the failures are forgotten', () => {
    const objects = [asked({ rollout: counted })];
    const first = planFor({ objects, nodes, reports: [failed, asks('b')] });
    expect(first.retries.map(({ member, request }) => [member.name, request])).toEqual([['a', 'a0']]);
    expect(grantedIn(first)).toEqual([]);
    const told = nodeKubelet('a', { ...failedReport('a0', ['workers'], ['workers@2']), retry: 'a0' });
    const second = planFor({ objects, nodes, reports: [told, asks('b')], memory: first.memory });
    expect(second.retries).toEqual([]);
    expect([...second.rollouts.values()][0]?.state).toEqual({ content: contentOf(workers), retried: 'now', onTrial: true });
  });

  const onTrial = { content: contentOf(workers), retried: 'now', onTrial: true } as const;
  const again = { ...failedReport('a0', ['workers'], ['workers@2']), retry: 'a0' };

  test('lets one node try at a time until one has proved the content, and then all', () => {
    const objects = [asked({ rollout: onTrial })];
    const trying = nodeKubelet('a', { ...again, phase: 'Waiting', asks: 'a1' });
    expect(grantedIn(planStored({ objects, nodes, reports: [trying, asks('b'), asks('c')] }))).toEqual(['a']);
    const proved = nodeKubelet('a', { granted: 'a1', claimed: 'a1', retry: 'a0', runs: ['workers@2'], wants: ['workers@2'] });
    expect(grantedIn(planStored({ objects, nodes, reports: [proved, asks('b'), asks('c')] }))).toEqual(['b', 'c']);
  });

  test('that fails again stops again, and the same annotation does not help any more', () => {
    const objects = [asked({ rollout: onTrial })];
    const failedAgain = nodeKubelet('a', { ...failedReport('a1', ['workers'], ['workers@2']), retry: 'a0' });
    const found = planStored({ objects, nodes, reports: [failedAgain, asks('b')] });
    expect(waitingIn(found)).toEqual(['b: Stopped workers']);
    expect(found.retries).toEqual([]);
  });

  test('by the command on the node lets only that node try again', () => {
    const objects = [withRollout(stored('workers', wide, { generation: 2 }), counted)];
    const again = asks('a');
    const request = { id: 'a1', revision: 'r', reason: 'Retry' as const };
    const retrying = { ...again, status: { ...again.status, request } };
    const found = planStored({ objects, nodes, reports: [retrying, asks('b'), asks('c')] });
    expect(grantedIn(found)).toEqual(['a']);
    // The same content in other company is no retry.
    expect(grantedIn(planStored({ objects, nodes, reports: [again, asks('b')] }))).toEqual([]);
    expect(waitingIn(found)).toEqual(['b: Stopped workers', 'c: Stopped workers']);
  });
});
