import { describe, expect, test } from 'vitest';
import type { NodeKubelet } from '../../../src/api/types.ts';
import type { FleetNode } from '../../../src/fleet/fleet.ts';
import { attempted, nothingRemembered } from '../../../src/fleet/plan/memory.ts';
import { describeWaiting } from '../../../src/fleet/plan/waiting.ts';
import { grantedIn, node, nodeKubelet, planFor, type Report, stored, waitingIn } from '../builders.ts';

const workers = stored('workers');
const asks = (name: string, report: Report = {}) => nodeKubelet(name, { phase: 'Waiting', asks: `${name}1`, ...report });
const changing = nodeKubelet('a', { phase: 'Applying', asks: 'a1', granted: 'a1', claimed: 'a1', version: '5' });
/** 120 s and 10 s by default, and two minutes more. */
const deadline = 250_000;

type Special = Partial<Parameters<typeof planFor>[0]>;
const plan = (nodes: readonly FleetNode[], reports: readonly NodeKubelet[], special: Special = {}) =>
  planFor({ objects: [workers], nodes, reports, ...special });

describe('a node whose NodeKubelet is gone in the middle of its change', () => {
  const before = plan([node('a'), node('b')], [changing, asks('b')]);

  test('keeps its place, also if its Node was registered anew', () => {
    for (const uid of ['node-a', 'another']) {
      const after = plan([node('a', { uid }), node('b')], [asks('b')], { memory: before.memory, now: 86_400_000 });
      expect(waitingIn(after)).toEqual(['b: NoRoom workers']);
      const [reason] = after.waiting.values();
      expect(reason && describeWaiting(reason)).toContain('a (its NodeKubelet is gone in the middle of a change)');
    }
  });

  test('gives it back with its next NodeKubelet: an agent makes one only when no change is open', () => {
    const after = plan([node('a'), node('b')], [nodeKubelet('a', {}), asks('b')], { memory: before.memory });
    expect(grantedIn(after)).toEqual(['b']);
  });

  test('gives it back when its Node has been gone for a minute and the deadline of its change', () => {
    const gone = plan([node('b')], [asks('b')], { memory: before.memory, now: 1_000 });
    expect({ granted: grantedIn(gone), wakeAt: gone.wakeAt }).toEqual({ granted: [], wakeAt: 1_000 + 60_000 + deadline });
    const later = (now: number) => grantedIn(plan([node('b')], [asks('b')], { memory: gone.memory, now }));
    expect(later(1_000 + 60_000 + deadline - 1)).toEqual([]);
    expect(later(1_000 + 60_000 + deadline)).toEqual(['b']);
  });

  test('and so does one whose approval was only sent', () => {
    const b = asks('b');
    const first = plan([node('a'), node('b')], [asks('a'), b]);
    expect(grantedIn(first)).toEqual(['a']);
    expect(grantedIn(plan([node('a'), node('b')], [b], { memory: first.memory }))).toEqual([]);
  });
});

test('a NodeKubelet without its Node counts until the change must be over', () => {
  const orphan = nodeKubelet('a', { asks: 'a1', granted: 'a1', claimed: 'a1', version: '5', runs: ['workers'] });
  const first = plan([node('b')], [orphan, asks('b')]);
  expect(grantedIn(first)).toEqual([]);
  const late = plan([node('b')], [orphan, asks('b')], { memory: first.memory, now: 60_000 + deadline });
  expect(grantedIn(late)).toEqual(['b']);
});

describe('a Node without a NodeKubelet', () => {
  const minutes = (count: number) => new Date(count * 60_000).toISOString();
  const at = (time: number, inOffice: number, createdAt: string) =>
    grantedIn(plan([node('a', { createdAt }), node('b')], [asks('b')], { time: time * 60_000, inOffice: inOffice * 60_000 }));

  test('counts for ten minutes, if it was registered before this leader saw the fleet', () => {
    expect(at(12, 10, minutes(9))).toEqual([]);
    expect(at(19, 10, minutes(9))).toEqual(['b']);
  });

  test('does not count if this leader has seen what was there before it', () => {
    expect(at(30, 10, minutes(29))).toEqual(['b']);
  });
});

describe('a claimed grant whose agent is silent', () => {
  test('still counts, and is told apart when its change must be over', () => {
    const first = plan([node('a'), node('b')], [changing, asks('b')], { now: 1_000 });
    expect({ silent: [...first.silent], wakeAt: first.wakeAt }).toEqual({ silent: [], wakeAt: 1_000 + deadline });
    const later = plan([node('a'), node('b')], [changing, asks('b')], { now: 1_000 + deadline, memory: first.memory });
    expect([...later.silent].map(({ name }) => name)).toEqual(['a']);
    expect(grantedIn(later)).toEqual([]);
  });

  test('is given more time by a longer time-out of its objects, and by each word of its agent', () => {
    const patient = stored('workers', { health: { timeoutSeconds: 3600, minReadySeconds: 600 } });
    const wants = {
      ...changing,
      status: { ...changing.status, desired: [{ name: 'workers', uid: 'uid-workers', generation: 1 }] },
    };
    const first = planFor({ objects: [patient], nodes: [node('a')], reports: [wants] });
    expect(first.wakeAt).toBe(4_200_000 + 120_000);
    const spoke = { ...changing, metadata: { ...changing.metadata, resourceVersion: '6' } };
    const memory = plan([node('a')], [changing], {}).memory;
    expect(plan([node('a')], [spoke], { memory, now: deadline }).silent.size).toBe(0);
  });
});

describe('an approval of another term', () => {
  const stranger = (name: string, report: Report = {}) => asks(name, { granted: `${name}1`, term: 'lease/0', ...report });
  const three = [node('a'), node('b'), node('c')];

  test('counts from the first moment, and is signed anew if the others leave room', () => {
    const found = plan(three, [stranger('a'), asks('b')]);
    expect(grantedIn(found)).toEqual(['a']);
    expect(found.grants).toMatchObject([{ isRenewal: true, approval: { request: 'a1', term: 'lease/1' } }]);
    expect(waitingIn(found)).toEqual(['b: NoRoom workers']);
  });

  test('is taken back if a node that is down has taken its room since', () => {
    const found = plan([node('a'), node('b', { ready: false })], [stranger('a')]);
    expect(found.revocations.map(({ because }) => because)).toEqual(['NoRoom']);
    expect(grantedIn(found)).toEqual([]);
  });

  test('is taken back if there is no room, the last by name first, one after the other', () => {
    const found = plan(three, [stranger('a'), stranger('c'), stranger('b')]);
    expect(grantedIn(found)).toEqual([]);
    expect(found.revocations.map(({ nodeKubelet, because }) => [nodeKubelet.metadata.name, because])).toEqual([['c', 'NoRoom']]);
  });

  test('is taken back if it arrived late, and another node has got the place of the canary since', () => {
    const object = stored('workers', { rollout: { maxUnavailable: 3, canary: { count: 1 } } }, { generation: 2 });
    const wants = { runs: ['workers'], wants: ['workers@2'] };
    const proved = nodeKubelet('a', { granted: 'a0', claimed: 'a0', runs: ['workers@2'], wants: ['workers@2'] });
    const found = planFor({ objects: [object], nodes: three, reports: [proved, stranger('b', wants)] });
    expect(found.revocations.map(({ because }) => because)).toEqual(['NoRoom']);
    expect(grantedIn(found)).toEqual([]);
  });

  test('is not taken back once it is claimed', () => {
    const found = plan(three, [stranger('a', { claimed: 'a1' }), stranger('b')]);
    expect(found.revocations.map(({ nodeKubelet }) => nodeKubelet.metadata.name)).toEqual(['b']);
    expect(grantedIn(found)).toEqual([]);
  });

  test('is taken back if its object was paused since', () => {
    const paused = stored('workers', { rollout: { paused: true } });
    const found = planFor({ objects: [paused], nodes: three, reports: [stranger('a'), stranger('b')] });
    expect(found.revocations.map(({ because }) => because)).toEqual(['Stopped', 'Stopped']);
  });
});

test('an approval of this term that is not claimed is taken back when a person pauses its object', () => {
  const paused = stored('workers', { rollout: { paused: true } });
  const reports = [asks('a', { granted: 'a1' }), changing];
  const found = planFor({ objects: [paused], nodes: [node('a'), node('b')], reports: reports.slice(0, 1) });
  expect(found.revocations.map(({ because }) => because)).toEqual(['Stopped']);
  expect(planFor({ objects: [paused], nodes: [node('a')], reports: [changing] }).revocations).toEqual([]);
});

test('a doubt about a paused object is ended by a write, and until that is seen its place is taken', () => {
  const a = asks('a');
  const memory = attempted(nothingRemembered, a, 'a1', 0);
  const next = stored('workers', {}, { generation: 2 });
  const behind = { ...a, status: { ...a.status, desired: [{ name: 'workers', uid: 'uid-workers', generation: 1 }] } };
  const found = planFor({ objects: [next], nodes: [node('a'), node('b')], reports: [behind, asks('b')], memory, now: 600_000 });
  expect(found.revocations.map(({ because }) => because)).toEqual(['Doubt']);
  expect(waitingIn(found)).toEqual(['b: NoRoom workers']);
});
