import { expect, test } from 'vitest';
import { restAfter } from '../../src/agent/rest.ts';
import type { TransactionResult } from '../../src/node/model/event.ts';
import type { Outcome } from '../../src/node/model/outcome.ts';
import type { TransactionRecord } from '../../src/node/model/record.ts';

const changed = (result: TransactionResult, id = 'a'): Outcome => ({
  kind: 'Changed',
  record: { inputs: { id, objects: [] } } as unknown as TransactionRecord,
  result,
  warnings: [],
  foreign: [],
  reason: 'Change',
});
const interrupted = (id?: string) => changed({ kind: 'Undone', verdict: { kind: 'Interrupted', reason: 'bus' } }, id);
const before = { inputs: 'a', reason: 'bus', tries: 2, until: 99 };

test.each<[string, Outcome, object | undefined]>([
  ['an interrupted change rests twice as long each time', interrupted(), { tries: 3, until: 1000 + 128_000 }],
  ['another one rests for the first time', interrupted('b'), { inputs: 'b', tries: 1, until: 1000 + 32_000 }],
  ['a commit ends the rest', changed({ kind: 'Committed' }), undefined],
  ['a failure leaves it', changed({ kind: 'Undone', verdict: { kind: 'Failed', reason: '' } }), before],
  ['a pass without a change leaves it', { kind: 'Kept', problems: [] }, before],
])('%s', (_what, outcome, after) => {
  const rest = restAfter(outcome, before, 1000, 0);
  if (after === undefined) expect(rest).toBeUndefined();
  else expect(rest).toMatchObject(after);
});

test('chance takes up to a half of the rest away', () => {
  expect(restAfter(interrupted(), undefined, 0, 1)).toMatchObject({ tries: 1, until: 16_000 });
});
