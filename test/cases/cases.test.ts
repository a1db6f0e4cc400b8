/**
 * Inputs that people wrote, from public repositories and bug reports, each with the right answer in its head.
 * A file that is added to this folder is tried too.
 */

import { describe, expect, test } from 'vitest';
import { parseCase, readCases } from './read-case.ts';
import { saidOnNode, unmet } from './run-case.ts';

const lateDropIn = '/usr/lib/systemd/logind.conf.d/unattended-upgrades-logind-maxdelay.conf';

/** Cases whose answer only a node knows, with what stands on it, and what it has to say besides what the head expects. */
const onANode: Readonly<Record<string, { files: Record<string, string>; says: readonly string[] }>> = {
  '72-missing-environment-file.yaml': { files: {}, says: ['/etc/profile.env is not there', '-/etc/profile.env'] },
  '86-grace-over-inhibit.yaml': {
    files: { [lateDropIn]: '[Login]\nInhibitDelayMaxSec=30\n' },
    says: [`${lateDropIn} sets InhibitDelayMaxSec`, 'warning'],
  },
};

describe('a case gives the result in its head', () => {
  const needsNode = ['72-missing-environment-file.yaml'];
  for (const one of readCases().filter(({ name }) => !needsNode.includes(name)))
    test(one.name, async () => expect(await unmet(one)).toEqual([]));

  test.each(Object.entries(onANode))('%s, on a node', async (name, { files, says }) => {
    const one = readCases().find((candidate) => candidate.name === name);
    const said = await saidOnNode(one?.text ?? '', files);
    for (const text of says) expect(said).toContain(text);
  });
});

test('a file whose head expects nothing is no case', async () => {
  expect(await unmet(parseCase('silent.yaml', '# source: nowhere\nkind: List\n'))).toEqual([
    expect.stringContaining('no result'),
  ]);
});
