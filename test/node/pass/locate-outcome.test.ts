import { expect, test } from 'vitest';
import type { Problem } from '../../../src/api/problem.ts';
import type { Outcome } from '../../../src/node/model/outcome.ts';
import { locateOutcome } from '../../../src/node/pass/locate-outcome.ts';

const problem: Problem = { severity: 'error', code: 'InvalidValue', path: ['spec'], reason: 'wrong', remedy: 'mend it' };
const position = { file: 'a.yaml', line: 1, column: 1, excerpt: '' };
const located = (problems: readonly Problem[]) => problems.map((one) => ({ ...one, position }));
const files = { kind: 'Answers', objects: [], withdrawnWhen: 'NotSelected', located } as const;

test.each<[Outcome, Outcome]>([
  [
    { kind: 'Kept', problems: [problem] },
    { kind: 'Kept', problems: [{ ...problem, position }] },
  ],
  [
    { kind: 'Unchanged', revision: 'r', warnings: [problem] },
    { kind: 'Unchanged', revision: 'r', warnings: [{ ...problem, position }] },
  ],
])('problems of %o get their places from a source that knows them', (outcome, expected) => {
  expect(locateOutcome(outcome, files)).toEqual(expected);
});

test('a source that knows no places leaves the outcome as it is', () => {
  const outcome: Outcome = { kind: 'Kept', problems: [problem] };
  expect(locateOutcome(outcome, { kind: 'Unknown', problems: [] })).toBe(outcome);
  expect(locateOutcome(outcome, { kind: 'Answers', objects: [], withdrawnWhen: 'NotSelected' })).toBe(outcome);
});
