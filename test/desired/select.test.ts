import { describe, expect, test } from 'vitest';
import type { LabelSelector } from '../../src/api/types.ts';
import { selects } from '../../src/desired/select.ts';

const node = { role: 'worker', zone: 'a', empty: '' };

const cases: readonly [string, LabelSelector, boolean][] = [
  ['an empty selector selects every node', {}, true],
  ['empty lists select every node', { matchLabels: {}, matchExpressions: [] }, true],
  ['an equal label', { matchLabels: { role: 'worker' } }, true],
  ['another value', { matchLabels: { role: 'master' } }, false],
  ['an absent label', { matchLabels: { gpu: 'yes' } }, false],
  ['an empty value is a value', { matchLabels: { empty: '' } }, true],
  ['an absent label is not an empty value', { matchLabels: { gpu: '' } }, false],
  ['names of object members are no labels', { matchLabels: { constructor: '' } }, false],
  ['In with the value', { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a', 'b'] }] }, true],
  ['In without the value', { matchExpressions: [{ key: 'zone', operator: 'In', values: ['b'] }] }, false],
  ['In and an absent label', { matchExpressions: [{ key: 'gpu', operator: 'In', values: [''] }] }, false],
  ['NotIn with the value', { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }, false],
  ['NotIn without the value', { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['b'] }] }, true],
  ['NotIn and an absent label selects', { matchExpressions: [{ key: 'gpu', operator: 'NotIn', values: ['x'] }] }, true],
  ['Exists', { matchExpressions: [{ key: 'empty', operator: 'Exists' }] }, true],
  ['Exists and an absent label', { matchExpressions: [{ key: 'gpu', operator: 'Exists' }] }, false],
  ['Exists and a name of object members', { matchExpressions: [{ key: 'toString', operator: 'Exists' }] }, false],
  ['DoesNotExist', { matchExpressions: [{ key: 'role', operator: 'DoesNotExist' }] }, false],
  ['DoesNotExist and an absent label', { matchExpressions: [{ key: 'gpu', operator: 'DoesNotExist' }] }, true],
  [
    'all parts must match',
    { matchLabels: { role: 'worker' }, matchExpressions: [{ key: 'zone', operator: 'In', values: ['b'] }] },
    false,
  ],
];

describe('selects', () => {
  test.each(cases)('%s', (_, selector, expected) => {
    expect(selects(selector, node)).toBe(expected);
  });
});
