import { describe, expect, test } from 'vitest';
import { defaultAllowance } from '../../src/api/paths.ts';
import type { KubeletConfig } from '../../src/api/types.ts';
import { desiredFor } from '../../src/desired/effective.ts';
import { kubeletConfig } from '../builders.ts';

const base = kubeletConfig('base', { launcher: { host: {} } });
const desired = (...objects: KubeletConfig[]) => desiredFor(objects, { role: 'worker' }, defaultAllowance);

test('no object that selects the node is no wish', () => {
  expect(desired(kubeletConfig('masters', { nodeSelector: { matchLabels: { role: 'master' } } }))).toEqual({
    kind: 'Unselected',
  });
});

test('defaults come after the merge, and are nobody’s', () => {
  const found = desired(base);
  expect(found).toMatchObject({ kind: 'Effective', effective: { spec: { unit: { name: 'kubelet.service', mode: 'Replace' } } } });
  if (found.kind === 'Effective') expect(found.effective.owners).toEqual([{ path: ['launcher', 'host'], object: 'base' }]);
});

test('what it was made of is named, low to high, and what is to stay', () => {
  const high = kubeletConfig('high', { priority: 5, deletionPolicy: 'Orphan' }, { uid: 'u', generation: 3 });
  expect(desired(high, base)).toMatchObject({
    effective: {
      objects: [
        { name: 'base', uid: '', generation: 0 },
        { name: 'high', uid: 'u', generation: 3 },
      ],
      orphaning: ['high'],
    },
  });
});

test('a launcher is required of all together', () => {
  expect(desired(kubeletConfig('a'), kubeletConfig('b'))).toMatchObject({
    kind: 'Invalid',
    problems: [{ code: 'LauncherMissing', reason: expect.stringContaining('(a, b)') }],
  });
});

test('a node is made of 64 objects at most', () => {
  const many = Array.from({ length: 64 }, (_, index) => kubeletConfig(`all-${index}`));
  expect(desired(...many.slice(1), base)).toMatchObject({ kind: 'Effective' });
  expect(desired(...many, base)).toMatchObject({
    kind: 'Invalid',
    problems: [{ code: 'TooLarge', reason: expect.stringContaining('65 objects') }],
  });
});

describe('what is wrong only together', () => {
  test('is laid to the object that wrote it, by key and not by the index in the merged list', () => {
    const first = kubeletConfig('a', { files: [{ path: '/opt/bin/first' }, { path: '/opt/bin/second' }] });
    const second = kubeletConfig('b', { files: [{ path: '/opt/bin/config' }] });
    const third = kubeletConfig('c', { kubelet: { configurationPath: '/opt/bin/config' } });
    expect(desired(base, first, second, third)).toMatchObject({
      kind: 'Invalid',
      problems: [{ code: 'DuplicateItem', object: 'b', path: ['spec', 'files', '/opt/bin/config', 'path'] }],
    });
  });

  test('such as what a patch wrote is laid to that', () => {
    const patching = kubeletConfig('patching', {
      priority: 1,
      patches: [{ op: 'add', path: '/unit', value: { mode: 'Replaec' } }],
    });
    expect(desired(base, patching)).toMatchObject({
      kind: 'Invalid',
      problems: [{ code: 'InvalidValue', object: 'patching', path: ['spec', 'unit', 'mode'] }],
    });
  });

  test('such as values that disagree is a conflict, and the younger has to give way', () => {
    const old = kubeletConfig('z', { kubelet: { flags: { v: 1 } } }, { creationTimestamp: '2020-01-01T00:00:00Z' });
    const young = kubeletConfig('a', { kubelet: { flags: { v: 2 } } }, { creationTimestamp: '2024-01-01T00:00:00Z' });
    expect(desired(base, old, young)).toMatchObject({
      kind: 'Conflicting',
      conflicts: [{ path: ['kubelet', 'flags', 'v'], older: 'z', younger: 'a' }],
      problems: [{ code: 'Conflict', object: 'a', path: ['spec', 'kubelet', 'flags', 'v'] }],
    });
  });
});

test('a proof that the defaults make impossible is refused', () => {
  const patient = kubeletConfig('patient', { launcher: { host: {} }, health: { minReadySeconds: 200 } });
  expect(desired(patient)).toMatchObject({
    kind: 'Invalid',
    problems: [{ code: 'InvalidValue', path: ['spec', 'health'], object: 'patient' }],
  });
});
