/**
 * Inputs that people wrote, from public repositories and bug reports, each with the right answer in its head.
 * A file that is added to this folder is tried too.
 */

import { describe, expect, test } from 'vitest';
import { parseCase, readCases } from './read-case.ts';
import { unmet } from './run-case.ts';

/** Cases whose answer needs what is not built yet. When it is, the test of the case says so. */
const reserved: Readonly<Record<string, string>> = {
  '72-missing-environment-file.yaml': 'the preflight of a node',
};

describe('a case gives the result in its head', () => {
  for (const one of readCases()) {
    const needs = reserved[one.name];
    if (needs === undefined) {
      test(one.name, async () => expect(await unmet(one)).toEqual([]));
    } else {
      test(`${one.name} does not yet: it needs ${needs}`, async () => expect(await unmet(one)).not.toEqual([]));
    }
  }
});

test('each reserved case is there', () => {
  const names = readCases().map(({ name }) => name);
  expect(Object.keys(reserved).filter((name) => !names.includes(name))).toEqual([]);
});

test('a file whose head expects nothing is no case', async () => {
  expect(await unmet(parseCase('silent.yaml', '# source: nowhere\nkind: List\n'))).toEqual([
    expect.stringContaining('no result'),
  ]);
});
