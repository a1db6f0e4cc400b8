import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/api/json.ts';
import type { KubeletConfig, KubeletConfigSpec } from '../../src/api/types.ts';
import { merge } from '../../src/desired/merge.ts';
import { leaves, overlay } from '../../src/desired/tree.ts';
import { kubeletConfig } from '../builders.ts';

const flags = (name: string, values: Record<string, string | number | boolean>, more: Partial<KubeletConfigSpec> = {}) =>
  kubeletConfig(name, { kubelet: { flags: values }, ...more });

const ownersOf = (objects: KubeletConfig[]) =>
  Object.fromEntries(merge(objects).owners.map(({ path, object }) => [path.join('/'), object]));

describe('merge', () => {
  test('the higher priority wins, field by field', () => {
    const merged = merge([flags('base', { v: 1, 'max-pods': 10 }), flags('gpu', { v: 4 }, { priority: 10 })]);
    expect(merged).toMatchObject({ fields: { kubelet: { flags: { v: 4, 'max-pods': 10 } } }, conflicts: [] });
  });

  test('null sets nothing, also in the value of a patch', () => {
    const nulls = { kubelet: { flags: { v: null }, configuration: { maxPods: null, evictionHard: { a: null } } } };
    const value = { b: null, c: 1 };
    const patches = [{ op: 'add' as const, path: '/kubelet/configuration/d', value }];
    const over = kubeletConfig('over', { priority: 1, ...(nulls as unknown as KubeletConfigSpec), patches });
    const merged = merge([kubeletConfig('base', { kubelet: { flags: { v: 1 }, configuration: { maxPods: 64 } } }), over]);
    expect(merged.fields).toEqual({
      kubelet: { flags: { v: 1 }, configuration: { maxPods: 64, evictionHard: {}, d: { c: 1 } } },
    });
  });

  test('every field has an owner', () => {
    const objects = [flags('base', { v: 1, 'max-pods': 10 }), flags('gpu', { v: 4 }, { priority: 10, launcher: { host: {} } })];
    expect(ownersOf(objects)).toEqual({ 'kubelet/flags/v': 'gpu', 'kubelet/flags/max-pods': 'base', 'launcher/host': 'gpu' });
  });

  test.each([[false], [0], ['']])('%j is a value and overrides', (value) => {
    const merged = merge([flags('base', { x: 'set' }), flags('over', { x: value }, { priority: 1 })]);
    expect(merged.fields).toMatchObject({ kubelet: { flags: { x: value } } });
  });

  test('items of a keyed list are replaced whole, by key', () => {
    const merged = merge([
      kubeletConfig('base', {
        files: [
          { path: '/opt/bin/a', mode: '0755', content: 'a' },
          { path: '/opt/bin/b', content: 'b' },
        ],
      }),
      kubeletConfig('over', { priority: 1, files: [{ path: '/opt/bin/a', content: 'new' }] }),
    ]);
    expect(merged.fields['files']).toEqual([
      { path: '/opt/bin/a', content: 'new' },
      { path: '/opt/bin/b', content: 'b' },
    ]);
  });

  test('other lists are replaced', () => {
    const options = (name: string, values: string[], priority: number) =>
      kubeletConfig(name, { priority, launcher: { rkt: { options: values } } });
    expect(merge([options('base', ['--a', '--b'], 0), options('over', ['--c'], 1)]).fields).toEqual({
      launcher: { rkt: { options: ['--c'] } },
    });
  });

  test('another launcher replaces the one below', () => {
    const merged = merge([
      kubeletConfig('base', { launcher: { rkt: { binary: '/usr/bin/rkt' } } }),
      kubeletConfig('over', { priority: 1, launcher: { host: {} } }),
    ]);
    expect(merged).toMatchObject({ fields: { launcher: { host: {} } }, conflicts: [] });
    expect(merged.owners).toEqual([{ path: ['launcher', 'host'], object: 'over' }]);
  });

  test('a map of the same launcher merges into an empty one without conflict', () => {
    const merged = merge([
      kubeletConfig('a', { launcher: { host: {} } }),
      kubeletConfig('b', { launcher: { host: { binary: '/opt/bin/kubelet' } } }),
    ]);
    expect(merged).toMatchObject({ fields: { launcher: { host: { binary: '/opt/bin/kubelet' } } }, conflicts: [] });
  });

  describe('patches', () => {
    const base = flags('base', { v: 1, 'max-pods': 10 });
    const patch = (priority: number, patches: KubeletConfigSpec['patches']) =>
      kubeletConfig('patch', { priority, ...(patches ? { patches } : {}) });

    test('remove what a merge cannot', () => {
      const merged = merge([base, patch(1, [{ op: 'remove', path: '/kubelet/flags/v' }])]);
      expect(merged).toMatchObject({ fields: { kubelet: { flags: { 'max-pods': 10 } } }, problems: [], conflicts: [] });
    });

    test('apply right after their object, so a higher one still wins', () => {
      const higher = flags('higher', { v: 9 }, { priority: 5 });
      expect(merge([base, patch(1, [{ op: 'replace', path: '/kubelet/flags/v', value: 3 }]), higher]).fields).toMatchObject({
        kubelet: { flags: { v: 9 } },
      });
    });

    test('own what they change', () => {
      expect(ownersOf([base, patch(1, [{ op: 'replace', path: '/kubelet/flags/v', value: 3 }])])).toMatchObject({
        'kubelet/flags/v': 'patch',
      });
    });

    test('warn when there is nothing to remove', () => {
      expect(merge([base, patch(1, [{ op: 'remove', path: '/kubelet/flags/nope' }])]).problems).toMatchObject([
        { severity: 'warning', code: 'PatchWithoutEffect', object: 'patch', path: ['spec', 'patches', 0] },
      ]);
    });

    test.each([
      ['a failed test', [{ op: 'test', path: '/kubelet/flags/v', value: 2 }] as const],
      ['a replacement of what is not there', [{ op: 'replace', path: '/kubelet/flags/nope', value: 2 }] as const],
      ['an addition below what is not there', [{ op: 'add', path: '/unit/environment/A', value: 'b' }] as const],
    ])('refuse %s', (_, patches) => {
      expect(merge([base, patch(1, patches)]).problems).toMatchObject([
        { severity: 'error', code: 'PatchFailed', path: ['spec', 'patches', 0] },
      ]);
    });

    test('of equal priority conflict with what they change or remove', () => {
      const change = merge([base, patch(0, [{ op: 'replace', path: '/kubelet/flags/v', value: 3 }])]);
      const removal = merge([base, patch(0, [{ op: 'remove', path: '/kubelet/flags/v' }])]);
      const expected = [{ path: ['kubelet', 'flags', 'v'], older: 'base', younger: 'patch' }];
      expect(change.conflicts).toEqual(expected);
      expect(removal.conflicts).toEqual(expected);
    });
  });

  describe('conflicts of equal priority', () => {
    test('name the field and the younger object', () => {
      const a = flags('a', { v: 1 });
      const b = flags('b', { v: 2 });
      expect(merge([b, a]).conflicts).toEqual([{ path: ['kubelet', 'flags', 'v'], older: 'a', younger: 'b' }]);
    });

    test('go by age where objects have one', () => {
      const a = kubeletConfig('a', { kubelet: { flags: { v: 1 } } }, { creationTimestamp: '2026-02-01T00:00:00Z' });
      const b = kubeletConfig('b', { kubelet: { flags: { v: 2 } } }, { creationTimestamp: '2026-01-01T00:00:00Z' });
      expect(merge([a, b]).conflicts).toMatchObject([{ older: 'b', younger: 'a' }]);
    });

    test('none where they agree, nor where a higher one was in between', () => {
      expect(merge([flags('a', { v: 1 }), flags('b', { v: 1 })]).conflicts).toEqual([]);
      expect(merge([flags('a', { v: 1 }), flags('b', { v: 2 }, { priority: 1 })]).conflicts).toEqual([]);
    });

    test('of launchers, keyed items and lists', () => {
      const a = kubeletConfig('a', { launcher: { rkt: {} }, files: [{ path: '/opt/bin/a', content: '1' }] });
      const b = kubeletConfig('b', { launcher: { host: {} }, files: [{ path: '/opt/bin/a', content: '2' }] });
      expect(merge([a, b]).conflicts.map(({ path }) => path)).toEqual([
        ['launcher', 'rkt'],
        ['files', '/opt/bin/a'],
      ]);
    });
  });
});

describe('the laws of the merge', () => {
  const scalar = fc.oneof(fc.integer(), fc.boolean(), fc.string({ maxLength: 3 }));
  const key = fc.constantFrom('a', 'b', 'c');
  const objects = fc.array(
    fc.record({
      name: fc.constantFrom('one', 'two', 'three', 'four'),
      priority: fc.integer({ min: 0, max: 2 }),
      flags: fc.dictionary(key, scalar, { maxKeys: 3 }),
      configuration: fc.dictionary(key, fc.oneof(scalar, fc.dictionary(key, scalar, { maxKeys: 2 })), { maxKeys: 3 }),
      files: fc.uniqueArray(
        fc.record({ path: fc.constantFrom('/opt/bin/a', '/opt/bin/b'), content: fc.string({ maxLength: 2 }) }),
        {
          selector: (file) => file.path,
        },
      ),
    }),
    { maxLength: 4 },
  );
  const unique = objects.map((list) => [...new Map(list.map((item) => [item.name, item])).values()]);
  const asObjects = unique.map((list) =>
    list.map(({ name, priority, files, ...kubelet }) =>
      kubeletConfig(name, { priority, kubelet, files }, { creationTimestamp: '2026-01-01T00:00:00Z' }),
    ),
  );

  test('the order in which objects were read does not matter', () => {
    fc.assert(
      fc.property(
        asObjects.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, shuffled]) => {
          expect(merge(shuffled)).toEqual(merge(list));
        },
      ),
    );
  });

  test('laying an object over itself changes nothing', () => {
    const trees = fc.tuple(asObjects, asObjects).map(([a, b]) => [merge(a).fields, merge(b).fields] as const);
    fc.assert(
      fc.property(trees, ([below, above]) => {
        const once = overlay(below, above);
        expect(overlay(once, above)).toEqual(once);
      }),
    );
  });

  test('every leaf has exactly one owner, and every owner a leaf', () => {
    const id = (path: unknown) => JSON.stringify(path);
    fc.assert(
      fc.property(asObjects, (list) => {
        const merged = merge(list);
        const owned = merged.owners.map(({ path }) => id(path)).sort();
        const expected = leaves(merged.fields as Json)
          .map(({ path }) => id(path))
          .sort();
        expect(owned).toEqual(expected);
      }),
    );
  });

  test('objects of different priorities never conflict', () => {
    const distinct = asObjects.map((list) => list.map((object, priority) => ({ ...object, spec: { ...object.spec, priority } })));
    fc.assert(
      fc.property(distinct, (list) => {
        expect(merge(list).conflicts).toEqual([]);
      }),
    );
  });
});
