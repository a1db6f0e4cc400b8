import { describe, expect, test } from 'vitest';
import type { KubeletConfig, NodeKubelet } from '../../../src/api/types.ts';
import { deleted, failedReport, grantedIn, node, nodeKubelet, planStored, type Report, references, stored } from '../builders.ts';

const workers = stored('workers', {}, { generation: 2 });
const three = [node('a'), node('b'), node('c')];
const failed = failedReport('a0', ['workers'], ['workers@2']);
const undoing: Report = { phase: 'Undoing', granted: 'a0', claimed: 'a0', runs: ['workers'], wants: ['workers@2'] };
const asks = (name: string, report: Report = {}) =>
  nodeKubelet(name, { phase: 'Waiting', asks: `${name}1`, runs: ['workers'], wants: ['workers@2'], ...report });

function plan(reports: readonly NodeKubelet[], objects: readonly KubeletConfig[] = [workers]) {
  const approvals = planStored({ objects, nodes: three, reports });
  return { granted: grantedIn(approvals), waiting: [...approvals.waiting.values()].map(({ kind }) => kind) };
}

describe('an object that failed', () => {
  test('on one node is tried on no other', () => {
    expect(plan([nodeKubelet('a', failed), asks('b'), asks('c')])).toEqual({ granted: [], waiting: ['Stopped', 'Stopped'] });
  });

  test('on a node that is not back yet, likewise', () => {
    expect(plan([nodeKubelet('a', undoing), asks('b')]).granted).toEqual([]);
  });

  test('on fewer nodes than maxFailures goes on', () => {
    const objects = [stored('workers', { rollout: { maxFailures: 2 } }, { generation: 2 })];
    expect(plan([nodeKubelet('a', failed), asks('b')], objects).granted).toEqual(['b']);
    expect(
      plan(
        [
          nodeKubelet('a', failed),
          nodeKubelet('b', { ...failed, granted: 'b0', failures: failedReport('b0', [], ['workers@2']).failures }),
          asks('c'),
        ],
        objects,
      ).granted,
    ).toEqual([]);
  });

  test('goes on with its next generation', () => {
    const corrected = [stored('workers', {}, { generation: 3 })];
    const again = [
      nodeKubelet('a', { ...failed, wants: ['workers@3'], asks: 'a2', phase: 'Waiting' }),
      asks('b', { wants: ['workers@3'] }),
    ];
    expect(plan(again, corrected).granted).toEqual(['a']);
    expect(plan([nodeKubelet('a', failed), asks('b', { wants: ['workers@3'] })], corrected).granted).toEqual(['b']);
  });

  test('is not tried once more because its correction has been seen here before its agents saw it', () => {
    const reports = [nodeKubelet('a', failed), asks('b')];
    expect(plan(reports, [stored('workers', {}, { generation: 3 })]).granted).toEqual([]);
    expect(plan(reports, [deleted(workers)]).granted).toEqual([]);
    expect(plan(reports, []).granted).toEqual([]);
  });

  test('is remembered while the node asks for something else, or cannot carry that out', () => {
    const failures = [{ inputs: 'i', revision: 'r', reason: 'no', request: 'a0', objects: references('workers@2', 'others') }];
    const granted = 'a0';
    const objects = [workers, stored('others', {}, { generation: 2 })];
    const wants = ['workers@2', 'others@2'];
    const again = nodeKubelet('a', { phase: 'Waiting', asks: 'a2', runs: ['workers', 'others'], wants, granted, failures });
    expect(plan([again, asks('b', { wants })], objects).granted).toEqual([]);
    const stalled = nodeKubelet('a', { phase: 'Stalled', runs: ['workers', 'others'], wants, granted, failures });
    expect(plan([stalled, asks('b', { wants })], objects).granted).toEqual([]);
  });

  test('on a node that it selects no longer stops the others all the same', () => {
    const elsewhere = [stored('workers', { nodeSelector: { matchLabels: { role: 'w' } } }, { generation: 2 })];
    expect(plan([nodeKubelet('a', failed), asks('b')], elsewhere).granted).toEqual([]);
  });

  test('does not keep nodes from leaving it', () => {
    expect(plan([nodeKubelet('a', failed), asks('b', { wants: [] })]).granted).toEqual(['b']);
  });

  test('does not stop a node that runs it well from getting another one', () => {
    const others = stored('others');
    const report = { runs: ['workers@2'], wants: ['workers@2', 'others'] };
    expect(plan([nodeKubelet('a', failed), asks('b', report)], [workers, others]).granted).toEqual(['b']);
  });
});

test('what merely cannot be carried out on a node has disturbed nobody, and stops nobody', () => {
  expect(plan([nodeKubelet('a', { phase: 'Stalled', runs: ['workers'], wants: ['workers@2'] }), asks('b')]).granted).toEqual([
    'b',
  ]);
});

test('of several objects only what the node had not run before is to blame', () => {
  const others = stored('others');
  const both = failedReport('a0', ['others'], ['others', 'workers@2']);
  const objects = [workers, others];
  expect(plan([nodeKubelet('a', both), asks('b', { runs: [], wants: ['others'] })], objects).granted).toEqual(['b']);
  expect(plan([nodeKubelet('a', both), asks('b')], objects).granted).toEqual([]);
});
