import { expect, test } from 'vitest';
import { matchesPattern } from '../../src/systemd/glob.ts';

test.each([
  ['a.env', '*.env', true],
  ['.a.env', '*.env', false],
  ['.a.env', '.*.env', true],
  ['a.env', 'a?env', true],
  ['b.env', '[a-c].env', true],
  ['b.env', '[!a-c].env', false],
  ['aXbXc', 'a*b*c', true],
  ['aXbXd', 'a*b*c', false],
  ['', '*', true],
  ['[', '[', true],
])('%j matches %j: %s', (name, pattern, expected) => {
  expect(matchesPattern(name, pattern)).toBe(expected);
});
