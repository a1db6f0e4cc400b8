import { describe, expect, test } from 'vitest';
import type { KubeletConfig, NodeKubelet } from '../../src/api/types.ts';
import { nothingRemembered } from '../../src/fleet/approval-memory.ts';
import { planApprovals } from '../../src/fleet/approve.ts';
import { membersOf } from '../../src/fleet/member.ts';
import { deleted, node, nodeKubelet, type Report, references, stored, viewOf } from './builders.ts';

const workers = stored('workers', {}, { generation: 2 });
const three = [node('a'), node('b'), node('c')];
const failed: Report = { phase: 'Failed', runs: ['workers'], wants: ['workers@2'] };
const asks = (name: string, report: Report = {}) =>
  nodeKubelet(name, { phase: 'Waiting', asks: `${name}1`, runs: ['workers'], wants: ['workers@2'], ...report });

function plan(reports: readonly NodeKubelet[], objects: readonly KubeletConfig[] = [workers]) {
  const { grants, waiting } = planApprovals(objects, membersOf(viewOf(objects, three, reports)), 0, nothingRemembered);
  return {
    granted: grants.map(({ nodeKubelet }) => nodeKubelet.metadata.name),
    waiting: [...waiting.values()].map(({ kind }) => kind),
  };
}

describe('an object that failed', () => {
  test('on one node is tried on no other', () => {
    expect(plan([nodeKubelet('a', failed), asks('b'), asks('c')])).toEqual({ granted: [], waiting: ['Stopped', 'Stopped'] });
  });

  test('on a node that is not back yet, likewise', () => {
    expect(plan([nodeKubelet('a', { ...failed, phase: 'Undoing' }), asks('b')]).granted).toEqual([]);
  });

  test('on fewer nodes than maxFailures goes on', () => {
    const objects = [stored('workers', { rollout: { maxFailures: 2 } }, { generation: 2 })];
    expect(plan([nodeKubelet('a', failed), asks('b')], objects).granted).toEqual(['b']);
    expect(plan([nodeKubelet('a', failed), nodeKubelet('b', failed), asks('c')], objects).granted).toEqual([]);
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
    const failures = [{ inputs: 'i', revision: 'r', reason: 'no', objects: references('workers@2', 'others') }];
    const objects = [workers, stored('others', {}, { generation: 2 })];
    const wants = ['workers@2', 'others@2'];
    const again = nodeKubelet('a', { phase: 'Waiting', asks: 'a2', runs: ['workers', 'others'], wants, failures });
    expect(plan([again, asks('b', { wants })], objects).granted).toEqual([]);
    const stalled = nodeKubelet('a', { phase: 'Stalled', runs: ['workers', 'others'], wants, failures });
    expect(plan([stalled, asks('b', { wants })], objects).granted).toEqual([]);
  });

  test('on a node that it does not select stops nobody', () => {
    const elsewhere = [stored('workers', { nodeSelector: { matchLabels: { role: 'w' } } }, { generation: 2 })];
    expect(plan([nodeKubelet('a', failed), asks('b')], elsewhere).granted).toEqual(['b']);
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
  expect(plan([nodeKubelet('a', { ...failed, phase: 'Stalled' }), asks('b')]).granted).toEqual(['b']);
});

test('of several objects only what the node had not run before is to blame', () => {
  const others = stored('others');
  const both: Report = { phase: 'Failed', runs: ['others'], wants: ['others', 'workers@2'] };
  const objects = [workers, others];
  expect(plan([nodeKubelet('a', both), asks('b', { runs: [], wants: ['others'] })], objects).granted).toEqual(['b']);
  expect(plan([nodeKubelet('a', both), asks('b')], objects).granted).toEqual([]);
});
