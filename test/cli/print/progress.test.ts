import { expect, test } from 'vitest';
import { countOn } from '../../../src/cli/print/progress.ts';
import { terminalFor } from '../../../src/cli/print/terminal.ts';

function counted(isTerminal: boolean, moments: readonly number[]): string[] {
  const shown: string[] = [];
  const times = [0, ...moments];
  const terminal = terminalFor(process.stdout, process.stderr, {});
  const status = isTerminal ? (text: string) => void shown.push(text) : undefined;
  const count = countOn({ ...terminal, status }, 5000, () => times.shift() ?? 0);
  for (const [index] of moments.entries()) count(index * 1000);
  return shown;
}

test('objects are counted on a terminal once it takes longer than a second', () => {
  expect(counted(true, [10, 900, 1_100])).toEqual(['checked 2000 of 5000 objects']);
  expect(counted(true, [10, 20, 30])).toEqual([]);
  expect(counted(false, [2_000, 4_000])).toEqual([]);
});
