import { expect, test } from 'vitest';
import { defaultAllowance } from '../../src/api/paths.ts';
import type { KubeletConfig } from '../../src/api/types.ts';
import { membersOf } from '../../src/fleet/member.ts';
import { makeJudge } from '../../src/fleet/verdict.ts';
import { node, stored, viewOf } from './builders.ts';

function kinds(objects: readonly KubeletConfig[], judge = makeJudge(defaultAllowance)): string[] {
  const verdicts = judge(objects, membersOf(viewOf(objects, [node('a'), node('b')], [])));
  return objects.map((object) => verdicts.get(object)?.kind ?? 'none');
}

const flags = (v: unknown) => ({ kubelet: { flags: { v } } }) as Partial<KubeletConfig['spec']>;

test('what the API server stores is fine, also without the kind that a watch may leave out', () => {
  const {
    apiVersion: _version,
    kind: _kind,
    ...bare
  } = stored('workers', {
    priority: 0,
    deletionPolicy: 'Restore',
    rollout: { paused: false, maxUnavailable: 1, maxFailures: 1, approval: 'Automatic' },
  });
  expect(kinds([bare as KubeletConfig])).toEqual(['Fine']);
});

test('an invalid object is merged with no other', () => {
  expect(kinds([stored('a', flags(1)), stored('b', flags({})), stored('c', flags(1))])).toEqual(['Fine', 'Invalid', 'Fine']);
});

test('of each pair that disagrees the younger is told, once for all the nodes', () => {
  const objects = ['a', 'b', 'c'].map((name, index) =>
    stored(name, flags(index), { creationTimestamp: `2026-01-0${3 - index}T00:00:00Z` }),
  );
  const judge = makeJudge(defaultAllowance);
  expect(kinds(objects, judge)).toEqual(['Conflicting', 'Conflicting', 'Fine']);
});

test('an edit is judged anew, and so is the same object under another allowance', () => {
  const judge = makeJudge(defaultAllowance);
  expect(kinds([stored('a', flags({}))], judge)).toEqual(['Invalid']);
  expect(kinds([stored('a', flags(1), { generation: 2 })], judge)).toEqual(['Fine']);
  const elsewhere = stored('b', { files: [{ path: '/srv/b', content: '' }] });
  expect(kinds([elsewhere])).toEqual(['Invalid']);
  expect(kinds([elsewhere], makeJudge({ ...defaultAllowance, extraPaths: ['/srv'] }))).toEqual(['Fine']);
});
