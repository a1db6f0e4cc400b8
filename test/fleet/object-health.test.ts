import { expect, test } from 'vitest';
import { defaultAllowance } from '../../src/api/paths.ts';
import type { KubeletConfig } from '../../src/api/types.ts';
import { membersOf } from '../../src/fleet/member.ts';
import { makeValidator } from '../../src/fleet/object-health.ts';
import { node, stored, viewOf } from './builders.ts';

function kinds(objects: readonly KubeletConfig[], validator = makeValidator(defaultAllowance)): string[] {
  const health = validator(objects, membersOf(viewOf(objects, [node('a'), node('b')], [])));
  return objects.map((object) => health.get(object)?.kind ?? 'none');
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
  expect(kinds([bare as KubeletConfig])).toEqual(['Valid']);
});

test('an invalid object is merged with no other', () => {
  expect(kinds([stored('a', flags(1)), stored('b', flags({})), stored('c', flags(1))])).toEqual(['Valid', 'Invalid', 'Valid']);
});

test('of each pair that disagrees the younger is told, once for all the nodes', () => {
  const objects = ['a', 'b', 'c'].map((name, index) =>
    stored(name, flags(index), { creationTimestamp: `2026-01-0${3 - index}T00:00:00Z` }),
  );
  const validator = makeValidator(defaultAllowance);
  expect(kinds(objects, validator)).toEqual(['Conflicting', 'Conflicting', 'Valid']);
});

test('an edit is judged anew, and so is the same object under another allowance', () => {
  const validator = makeValidator(defaultAllowance);
  expect(kinds([stored('a', flags({}))], validator)).toEqual(['Invalid']);
  expect(kinds([stored('a', flags(1), { generation: 2 })], validator)).toEqual(['Valid']);
  const elsewhere = stored('b', { files: [{ path: '/srv/b', content: '' }] });
  expect(kinds([elsewhere])).toEqual(['Invalid']);
  expect(kinds([elsewhere], makeValidator({ ...defaultAllowance, extraPaths: ['/srv'] }))).toEqual(['Valid']);
});
