import { describe, expect, test } from 'vitest';
import type { KubeletConfigStatus } from '../../src/api/types.ts';
import { burst, dueAt, eventsBetween, type WriteTimes, withWrite, writeEvery } from '../../src/fleet/publish.ts';

interface Change {
  readonly generation?: number;
  readonly updated?: number;
  readonly ready?: readonly ['True' | 'False', string];
  readonly stalled?: readonly ['True' | 'False', string];
  readonly message?: string;
}

const lastTransitionTime = '2026-01-31T09:00:00Z';

function status({
  generation = 1,
  updated = 1,
  ready = ['False', 'RollingOut'],
  stalled = ['False', 'Fine'],
  message = '',
}: Change = {}) {
  const conditions = [
    { type: 'Ready', status: ready[0], reason: ready[1], message, lastTransitionTime },
    { type: 'Stalled', status: stalled[0], reason: stalled[1], message, lastTransitionTime },
  ];
  return { observedGeneration: generation, nodes: { updated }, conditions } satisfies KubeletConfigStatus;
}

const atOnce = Number.NEGATIVE_INFINITY;

describe('a status is written', () => {
  test.each<[string, Change]>([
    ['a condition changes', { ready: ['True', 'AllNodesUpdated'] }],
    ['it stalls', { stalled: ['True', 'NodesFailed'] }],
    ['another generation has been observed', { generation: 2 }],
  ])('at once when %s', (_what, change) => {
    expect(dueAt(status(), status(change), [1_000])).toBe(atOnce);
  });

  test('at once when it stalls for another reason', () => {
    const before = status({ stalled: ['True', 'NodesFailed'] });
    expect(dueAt(before, status({ stalled: ['True', 'Conflict'] }), [1_000])).toBe(atOnce);
  });

  test('at once when nothing was ever written', () => {
    expect(dueAt(undefined, status(), [])).toBe(atOnce);
  });

  test.each<[string, Change]>([
    ['counts', { updated: 2 }],
    ['words', { message: 'other' }],
    // With every node that finishes this may go back and forth.
    ['why it still goes on', { ready: ['False', 'WaitingForApproval'] }],
  ])('15 s after the last time when only %s change', (_what, change) => {
    expect(dueAt(status(), status(change), [1_000])).toBe(1_000 + writeEvery);
    expect(dueAt(status(), status(change), [])).toBe(atOnce);
  });

  test('on average every 15 s, however often a condition changes', () => {
    const turn = status({ ready: ['True', 'AllNodesUpdated'] });
    let times: WriteTimes = [];
    let writes = 0;
    for (let now = 0; now < 3_600_000; now += 100) {
      if ((dueAt(status(), turn, times) ?? Number.POSITIVE_INFINITY) > now) continue;
      times = withWrite(times, now);
      writes += 1;
    }
    expect(writes).toBe(3_600_000 / writeEvery);
    expect(times).toHaveLength(burst);
  });

  test('never when nothing changes, whatever the server has made of the order, and whatever others have added', () => {
    const stored = status();
    const foreign = { type: 'Foreign', status: 'True' as const, reason: 'Theirs', message: '', lastTransitionTime };
    const shown = { ...stored, conditions: [foreign, ...stored.conditions.toReversed()] };
    expect(dueAt(shown, status(), [])).toBeUndefined();
    expect(dueAt(shown, status({ updated: 2 }), [1_000])).toBe(1_000 + writeEvery);
  });
});

describe('an event tells', () => {
  test('each new warning once, with its code and field, however far its text is cut', () => {
    const odd = { code: 'FlagInvalid', path: 'spec.kubelet.flags.v', message: 'no number' };
    const warned = { ...status(), warningCount: 1, warnings: [odd] };
    const told = [{ type: 'Warning', action: 'RollingOut', reason: 'FlagInvalid', message: 'spec.kubelet.flags.v: no number' }];
    expect(eventsBetween(status(), warned)).toEqual(told);
    expect(eventsBetween(warned, { ...warned, warnings: [{ ...odd, message: 'no n…' }] })).toEqual([]);
  });

  const done: Change = { ready: ['True', 'AllNodesUpdated'], message: 'All 2 nodes run it.' };

  test('that all nodes have a generation', () => {
    const told = [{ type: 'Normal', action: 'RollingOut', reason: 'AllNodesUpdated', message: 'All 2 nodes run it.' }];
    expect(eventsBetween(undefined, status(done))).toEqual(told);
    expect(eventsBetween(status(), status(done))).toEqual(told);
    expect(eventsBetween(status(done), status({ ...done, generation: 2 }))).toEqual(told);
  });

  test('that it stalls, and for what other reason', () => {
    const failed: Change = { stalled: ['True', 'NodesFailed'], message: 'It failed on 1 node.' };
    const told = [{ type: 'Warning', action: 'RollingOut', reason: 'NodesFailed', message: 'It failed on 1 node.' }];
    expect(eventsBetween(status(done), status(failed))).toEqual(told);
    expect(eventsBetween(status({ stalled: ['True', 'Conflict'] }), status(failed))).toEqual(told);
  });

  test('nothing twice, and nothing of what still goes on', () => {
    expect(eventsBetween(status(done), status({ ...done, updated: 2 }))).toEqual([]);
    expect(eventsBetween(status(), status({ updated: 2 }))).toEqual([]);
    expect(
      eventsBetween(status({ stalled: ['True', 'NodesFailed'] }), status({ stalled: ['True', 'NodesFailed'], updated: 0 })),
    ).toEqual([]);
  });
});
