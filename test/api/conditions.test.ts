import { expect, test } from 'vitest';
import { type Answers, makeConditions } from '../../src/api/conditions.ts';
import type { Condition } from '../../src/api/types.ts';

const no = { holds: false, reason: 'No', message: 'no' };
const answers: Answers = { ready: { holds: true, reason: 'Yes', message: 'yes' }, reconciling: no, stalled: no };
const make = (previous: readonly Condition[] | undefined, now: string, changes: Partial<Answers> = {}) =>
  makeConditions({ ...answers, ...changes }, { previous, observedGeneration: 7, now, longestMessage: 10 });

test('the three conditions, with the generation and the time', () => {
  expect(make(undefined, 'first')).toEqual([
    { type: 'Ready', status: 'True', observedGeneration: 7, lastTransitionTime: 'first', reason: 'Yes', message: 'yes' },
    { type: 'Reconciling', status: 'False', observedGeneration: 7, lastTransitionTime: 'first', reason: 'No', message: 'no' },
    { type: 'Stalled', status: 'False', observedGeneration: 7, lastTransitionTime: 'first', reason: 'No', message: 'no' },
  ]);
});

test('the time stays while the status does, whatever the reason', () => {
  const before = make(undefined, 'first');
  const after = make(before, 'second', { ready: no, stalled: { holds: false, reason: 'Other', message: '' } });
  expect(after.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual(['second', 'first', 'first']);
});

test('a message is cut between characters', () => {
  const [ready] = make(undefined, 'now', { ready: { ...no, message: '123456789😀1' } });
  expect(ready?.message).toBe('123456789…');
});
