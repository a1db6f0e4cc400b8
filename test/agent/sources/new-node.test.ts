import { describe, expect, test } from 'vitest';
import { NewNode, type Now, type Sighting, settleWithin } from '../../../src/agent/sources/new-node.ts';
import type { KubeletConfig } from '../../../src/api/types.ts';
import { kubeletConfig } from '../../builders.ts';

const day = Date.UTC(2026, 0, 31);
const long = { createdAt: '2026-01-01T00:00:00Z' };
const workers = kubeletConfig('workers', { launcher: { host: {} } }, { uid: 'w', generation: 1 });
const all = kubeletConfig('all', { launcher: { host: {} } }, { uid: 'all', generation: 1 });
const deleting = { ...workers, metadata: { ...workers.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
const runs = [workers, all].map(({ metadata: { name, uid = '', generation = 0 } }) => ({ name, uid, generation }));

const at = (monotonic: number, date = day): Now => ({ monotonic, date });
const sighting = (uid: string, selected: readonly KubeletConfig[], changes: Partial<Sighting> = {}): Sighting => ({
  node: { name: 'a', uid, labels: {}, annotations: {}, kubeletVersion: undefined, ...long },
  kubeletConfigs: [workers, all],
  selected,
  isReported: true,
  ...changes,
});

/** What a second Node misses that is seen so much later than the first. */
function missing(second: Sighting, milliseconds = 0): string[] {
  const node = new NewNode();
  node.see(sighting('first', [workers, all]), at(0));
  node.see(second, at(1_000));
  node.see(second, at(1_000 + milliseconds));
  return node.missing(second, runs, at(1_000 + milliseconds));
}

describe('a Node with another uid and without its labels', () => {
  test('withdraws nothing for two minutes, whichever objects are left', () => {
    expect(missing(sighting('second', []))).toEqual(['workers', 'all']);
    expect(missing(sighting('second', [all]))).toEqual(['workers']);
    expect(missing(sighting('second', [all]), settleWithin - 1)).toEqual(['workers']);
    expect(missing(sighting('second', [all]), settleWithin)).toEqual([]);
  });

  test('withdraws what a person has deleted', () => {
    expect(missing(sighting('second', [], { kubeletConfigs: [deleting, all] }))).toEqual(['all']);
    expect(missing(sighting('second', [], { kubeletConfigs: [] }))).toEqual([]);
  });

  test('withdraws what has selected it and does no longer', () => {
    const node = new NewNode();
    node.see(sighting('first', [workers, all]), at(0));
    node.see(sighting('second', [workers, all]), at(1_000));
    node.see(sighting('second', [all]), at(2_000));
    expect(node.missing(sighting('second', [all]), runs, at(2_000))).toEqual([]);
  });
});

describe('an agent that has just started', () => {
  const first = (changes: Partial<Sighting>, date = day) => {
    const node = new NewNode();
    node.see(sighting('first', [], changes), at(0, date));
    return node.missing(sighting('first', [], changes), runs, at(0, date));
  };

  test('withdraws at once from a Node that an agent has reported for', () => {
    expect(first({})).toEqual([]);
  });

  test('waits where no agent has reported for this very Node, or where the Node is young', () => {
    expect(first({ isReported: false })).toEqual(['workers', 'all']);
    expect(first({}, Date.parse(long.createdAt) + settleWithin - 1)).toEqual(['workers', 'all']);
    // The clock of this machine is behind that of the API server.
    expect(first({}, Date.parse(long.createdAt) - 3_600_000)).toEqual(['workers', 'all']);
  });
});
