import { describe, expect, test } from 'vitest';
import type { KubeletConfig, NodeKubelet } from '../../../src/api/types.ts';
import type { FleetNode } from '../../../src/fleet/fleet.ts';
import type { Approvals } from '../../../src/fleet/plan/approvals.ts';
import { type ApprovalMemory, askAgainAfter, attempted, claimWithin, nothingRemembered } from '../../../src/fleet/plan/memory.ts';
import { deleted, grantedIn, node, nodeKubelet, notReady, planFor, stored, waitingIn } from '../builders.ts';

interface Given {
  readonly objects?: readonly KubeletConfig[];
  readonly nodes: readonly FleetNode[];
  readonly reports: readonly NodeKubelet[];
  readonly now?: number;
  readonly memory?: ApprovalMemory;
}

const workers = stored('workers');
const plan = (given: Given): Approvals => planFor({ objects: [workers], ...given });
const granted = (given: Given): string[] => grantedIn(plan(given));
const checkWrites = (given: Given): string[] => waitingIn(plan(given));

function asking(...names: string[]): NodeKubelet[] {
  return names.map((name) => nodeKubelet(name, { asks: `${name}1` }));
}

const three = [node('a'), node('b'), node('c')];

describe('room', () => {
  test('one after the other by default, in the order of their names', () => {
    expect(granted({ nodes: three, reports: asking('c', 'b', 'a') })).toEqual(['a']);
  });

  test('as many as maxUnavailable', () => {
    const objects = [stored('workers', { rollout: { maxUnavailable: 2 } })];
    expect(granted({ objects, nodes: three, reports: asking('a', 'b', 'c') })).toEqual(['a', 'b']);
  });

  test.each([
    ['1%', 3, 1],
    ['34%', 3, 1],
    ['51%', 2, 1],
    ['67%', 3, 2],
    ['50%', 4, 2],
    ['100%', 3, 3],
    ['10%', 19, 1],
    ['10%', 20, 2],
  ])('%s of %i nodes are %i', (maxUnavailable, count, room) => {
    const names = Array.from({ length: count }, (_, index) => String.fromCharCode(97 + index));
    const objects = [stored('workers', { rollout: { maxUnavailable } })];
    const nodes = [...names.map((name) => node(name)), node('other', { labels: { role: 'other' } })];
    const selecting = objects.map((object) => ({ ...object, spec: { ...object.spec, nodeSelector: notOther } }));
    expect(granted({ objects: selecting, nodes, reports: asking(...names) })).toHaveLength(room);
  });

  test('a percentage is of the nodes that the object selects or that run it', () => {
    const objects = [stored('workers', { nodeSelector: notOther, rollout: { maxUnavailable: '50%' } })];
    const names = ['a', 'b', 'c', 'd'];
    const nodes = names.map((name) => node(name, { labels: { role: 'other' } }));
    const reports = names.map((name) => nodeKubelet(name, { asks: name, runs: ['workers'] }));
    expect(granted({ objects, nodes, reports })).toEqual(['a', 'b']);
  });

  test.each<[string, Partial<FleetNode>]>([
    ['not ready', notReady],
    ['cordoned', { schedulable: false }],
    ['being deleted', { deleting: true }],
  ])('a node that is %s takes it up', (_what, partial) => {
    const nodes = [node('a'), node('b', partial)];
    expect(granted({ nodes, reports: asking('a') })).toEqual([]);
    expect(checkWrites({ nodes, reports: asking('a') })).toEqual(['a: NoRoom workers']);
  });

  test('what is granted and not finished takes it up, claimed or not, and whether or not the Node is still there', () => {
    const busy = { asks: 'b1', granted: 'b1' };
    for (const report of [busy, { ...busy, claimed: 'b1' }]) {
      expect(granted({ nodes: three, reports: [...asking('a'), nodeKubelet('b', report)] })).toEqual([]);
      const runs = ['workers'];
      expect(granted({ nodes: [node('a')], reports: [...asking('a'), nodeKubelet('b', { ...report, runs })] })).toEqual([]);
    }
  });

  test('an approval for another request takes up nothing', () => {
    const answered = nodeKubelet('b', { asks: 'b2', granted: 'b1', claimed: 'b1' });
    expect(granted({ nodes: three, reports: [answered] })).toEqual(['b']);
    const finished = nodeKubelet('b', { granted: 'b1', claimed: 'b1' });
    expect(granted({ nodes: three, reports: [...asking('a'), finished] })).toEqual(['a']);
  });

  test('a node that is down and granted counts once', () => {
    const objects = [stored('workers', { rollout: { maxUnavailable: 2 } })];
    const nodes = [node('a'), node('b', notReady)];
    const reports = [...asking('a'), nodeKubelet('b', { asks: 'b1', granted: 'b1' })];
    expect(granted({ objects, nodes, reports })).toEqual(['a']);
  });
});

const notOther = { matchExpressions: [{ key: 'role', operator: 'NotIn' as const, values: ['other'] }] };

describe('a node counts for', () => {
  const gpu = stored('gpu', { nodeSelector: { matchLabels: { gpu: 'yes' } } });
  const generous = stored('workers', { rollout: { maxUnavailable: 3 } });

  test('every object that selects it: the strictest decides, and holds up none of the other nodes', () => {
    const labels = { gpu: 'yes' };
    const nodes = [node('a', { labels }), node('b', { labels }), node('c')];
    expect(granted({ objects: [gpu, generous], nodes, reports: asking('a', 'b', 'c') })).toEqual(['a', 'c']);
  });

  test('every object that it runs, also when that selects it no longer', () => {
    const nodes = [node('a'), node('b'), node('c')];
    const reports = ['a', 'b', 'c'].map((name) => nodeKubelet(name, { asks: name, runs: ['gpu'] }));
    expect(granted({ objects: [gpu, generous], nodes, reports })).toEqual(['a']);
  });

  test('an object that is being deleted, within its maxUnavailable', () => {
    const going = deleted(stored('workers', { rollout: { maxUnavailable: 2 } }));
    const reports = ['a', 'b', 'c'].map((name) => nodeKubelet(name, { asks: name, runs: ['workers'] }));
    expect(granted({ objects: [going], nodes: three, reports })).toEqual(['a', 'b']);
  });

  test('an object that is gone: one at a time', () => {
    const reports = ['a', 'b', 'c'].map((name) => nodeKubelet(name, { asks: name, runs: ['old'] }));
    expect(granted({ objects: [generous], nodes: three, reports })).toEqual(['a']);
  });

  test('an object that is gone, but not by being down: nobody could raise its maxUnavailable', () => {
    const reports = [nodeKubelet('a', { asks: 'a', runs: ['old'] }), nodeKubelet('b', { runs: ['old'] })];
    expect(granted({ objects: [generous], nodes: [node('a'), node('b', notReady)], reports })).toEqual(['a']);
  });

  test('an object of the same name that was made anew, and the one before', () => {
    const anew = stored('workers', { rollout: { maxUnavailable: 3 } }, { uid: 'another' });
    const reports = ['a', 'b', 'c'].map((name) => nodeKubelet(name, { asks: name, runs: ['workers'] }));
    expect(granted({ objects: [anew], nodes: three, reports })).toEqual(['a']);
  });

  test('an object that only its agent has seen yet, or that only we know to be gone: it waits', () => {
    const reports = ['a', 'b', 'c'].map((name) => nodeKubelet(name, { asks: name, wants: ['new'] }));
    expect(granted({ objects: [], nodes: three, reports })).toEqual([]);
    expect(granted({ objects: [stored('new')], nodes: three, reports })).toEqual(['a']);
  });

  test('no object by what it merely wants, when it does not ask', () => {
    const down = node('b', notReady);
    const elsewhere = nodeKubelet('b', { wants: ['gpu'] });
    const nodes = [node('a', { labels: { gpu: 'yes' } }), down];
    expect(granted({ objects: [gpu], nodes, reports: [...asking('a'), elsewhere] })).toEqual(['a']);
  });
});

describe('cures:', () => {
  test('a node that is down already needs no room, and comes first', () => {
    const nodes = [node('a'), node('b', notReady), node('c')];
    expect(granted({ nodes, reports: asking('a', 'b', 'c') })).toEqual(['b']);
  });

  test('no more than maxUnavailable at once', () => {
    const nodes = ['a', 'b', 'c'].map((name) => node(name, notReady));
    expect(granted({ nodes, reports: asking('a', 'b', 'c') })).toEqual(['a']);
    const objects = [stored('workers', { rollout: { maxUnavailable: 2 } })];
    expect(granted({ objects, nodes, reports: asking('a', 'b', 'c') })).toEqual(['a', 'b']);
  });
});

describe('not granted is', () => {
  test('a request whose Node is gone, or has been made again', () => {
    expect(checkWrites({ nodes: [], reports: asking('a') })).toEqual(['a: NodeGone']);
    expect(checkWrites({ nodes: [node('a', { uid: 'another' })], reports: asking('a') })).toEqual(['a: NodeGone']);
  });

  test('a node that a paused object selects, or that runs it', () => {
    const objects = [stored('gpu', { nodeSelector: { matchLabels: { gpu: 'yes' } }, rollout: { paused: true } }), workers];
    const nodes = [node('a', { labels: { gpu: 'yes' } }), node('b'), node('c')];
    const reports = [...asking('a', 'c'), nodeKubelet('b', { asks: 'b1', runs: ['gpu'] })];
    expect(granted({ objects, nodes, reports })).toEqual(['c']);
    expect(checkWrites({ objects, nodes, reports })).toEqual(['a: Paused gpu', 'b: Paused gpu']);
  });

  test('a node that is down, when its object is paused', () => {
    const objects = [stored('workers', { rollout: { paused: true } })];
    expect(checkWrites({ objects, nodes: [node('a', notReady)], reports: asking('a') })).toEqual(['a: Paused workers']);
  });

  test('a request for a generation that has not been seen yet', () => {
    const reports = [nodeKubelet('a', { asks: 'a1', wants: ['workers@2'] })];
    expect(checkWrites({ nodes: [node('a')], reports })).toEqual(['a: OutOfStep workers']);
    expect(granted({ objects: [stored('workers', {}, { generation: 2 })], nodes: [node('a')], reports })).toEqual(['a']);
  });
});

test('a pause does not stop the withdrawal of an object that is being deleted', () => {
  const objects = [deleted(stored('workers', { rollout: { paused: true } }))];
  expect(granted({ objects, nodes: [node('a')], reports: [nodeKubelet('a', { asks: 'a1', runs: ['workers'] })] })).toEqual(['a']);
});

describe('a grant that may have been written', () => {
  const reports = asking('a', 'b');
  const [a] = asking('a');
  const memory = a ? attempted(nothingRemembered, a, 'a1', 1_000) : nothingRemembered;
  const names = ({ granted }: Approvals) => [...granted].map(({ name }) => name);

  test('takes up its room, and is written again before any other, while the object has not changed', () => {
    const nodes = [node('0', notReady), ...three];
    const objects = [stored('workers', { rollout: { maxUnavailable: 2 } })];
    const after = plan({ objects, nodes, reports: [...asking('0'), ...reports], memory });
    expect(after.grants.map(({ nodeKubelet }) => nodeKubelet.metadata.name)).toEqual(['a', '0']);
    expect(names(plan({ nodes: three, reports, memory }))).toEqual(['a']);
  });

  test('is forgotten when the object has changed without it', () => {
    const overtaken = [nodeKubelet('a', { asks: 'a2', version: '2', wants: ['workers@9'] }), ...asking('b')];
    expect(granted({ nodes: three, reports: overtaken, memory })).toEqual(['b']);
  });

  test('is ended by a write that changes the object, if it may not be given any more: no time ends the doubt', () => {
    const nodes = [node('a'), node('b'), node('c', notReady)];
    const late = plan({ nodes, reports, memory, now: 86_400_000 });
    expect(late.revocations).toEqual([{ nodeKubelet: a, because: 'Doubt' }]);
    expect(names(late)).toEqual(['a']);
  });
});

describe('an approval that nobody claims', () => {
  const unclaimed = nodeKubelet('a', { asks: 'a1', granted: 'a1', version: '2' });
  const reports = [unclaimed, ...asking('b')];
  const seen = plan({ nodes: three, reports, now: 1_000 });
  const overdue = { nodeKubelet: unclaimed, because: 'Unclaimed' };
  const revoked = nodeKubelet('a', { asks: 'a1', version: '3' });

  test('is taken back after two minutes of our own clock', () => {
    expect(seen.wakeAt).toBe(1_000 + claimWithin);
    expect(plan({ nodes: three, reports, now: 1_000 + claimWithin - 1, memory: seen.memory }).revocations).toEqual([]);
    expect(plan({ nodes: three, reports, now: 1_000 + claimWithin, memory: seen.memory }).revocations).toEqual([overdue]);
  });

  test('is not, once it is claimed', () => {
    const claimed = nodeKubelet('a', { asks: 'a1', granted: 'a1', claimed: 'a1', version: '3' });
    const later = plan({ nodes: three, reports: [claimed], now: 10 * claimWithin, memory: seen.memory });
    expect(later.revocations).toEqual([]);
  });

  test('holds its room until it has been taken back, and then makes way for the others', () => {
    const lapsed = plan({ nodes: three, reports, now: 1_000 + claimWithin, memory: seen.memory });
    expect(lapsed.grants).toEqual([]);
    const after = { nodes: three, reports: [revoked, ...asking('b')], now: 1_001 + claimWithin, memory: lapsed.memory };
    expect(granted(after)).toEqual(['b']);
    expect(checkWrites(after)).toEqual(['a: AgentMissing']);
  });

  test('is given again when the agent has written anything', () => {
    const lapsed = plan({ nodes: three, reports, now: 1_000 + claimWithin, memory: seen.memory });
    const back = nodeKubelet('a', { asks: 'a1', version: '4', observedGeneration: 2 });
    expect(granted({ nodes: three, reports: [back], now: 1_001 + claimWithin, memory: lapsed.memory })).toEqual(['a']);
  });

  test('is tried again after a while, when nobody else can use the room', () => {
    const lapsed = plan({ nodes: three, reports, now: 1_000 + claimWithin, memory: seen.memory });
    const quiet = plan({ nodes: three, reports: [revoked], now: 1_001 + claimWithin, memory: lapsed.memory });
    expect(quiet.wakeAt).toBe(1_000 + claimWithin + askAgainAfter);
    const now = 1_000 + claimWithin + askAgainAfter;
    expect(granted({ nodes: three, reports: [revoked, ...asking('b')], now, memory: quiet.memory })).toEqual(['b']);
    expect(granted({ nodes: three, reports: [revoked], now, memory: quiet.memory })).toEqual(['a']);
  });
});
