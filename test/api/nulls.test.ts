import { expect, test } from 'vitest';
import { nullFields, withoutNulls } from '../../src/api/nulls.ts';
import { validateKubeletConfig } from '../../src/api/validate/validate.ts';
import { changed, summary } from './validate/valid.ts';

test('entries of maps are dropped, items of lists stay', () => {
  const value = { a: null, b: { c: null }, d: [null, { e: null, f: 0 }], g: '' };
  expect(withoutNulls(value)).toEqual({ b: {}, d: [null, { f: 0 }], g: '' });
  expect([...nullFields(value)]).toEqual([['a'], ['b', 'c'], ['d', 1, 'e']]);
});

test('a value without null stays the same one', () => {
  const value = { a: { b: [{ c: 1 }] } };
  expect(withoutNulls(value)).toBe(value);
});

test.each([
  [['spec', 'kubelet', 'flags'], 'spec.kubelet.flags', 'path: /kubelet/flags'],
  [['spec', 'kubelet', 'configuration', 'a/b~'], 'spec.kubelet.configuration["a/b~"]', 'path: /kubelet/configuration/a~1b~0'],
  [['spec', 'unit', 'name'], 'spec.unit.name', 'op: remove'],
  [['spec', 'health', 'timeoutSeconds'], 'spec.health.timeoutSeconds', 'op: remove'],
  [['spec', 'priority'], 'spec.priority', 'remove the line'],
])('null in %j is a warning that says how to take a value away', (path, field, remedy) => {
  const found = validateKubeletConfig(changed(path, null));
  expect(summary(found)).toEqual([`${field}: NullDropped`]);
  expect(found).toMatchObject([{ severity: 'warning', remedy: expect.stringContaining(remedy) }]);
});

test.each(['v', 'node-labels'])('null in the flag %s is an error: it is neither the flag nor its absence', (name) => {
  const found = validateKubeletConfig(changed(['spec', 'kubelet', 'flags', name], null));
  const remedy = expect.stringMatching(/^write "" for an empty one, or remove the line; .* path: \/kubelet\/flags\/[\w-]+$/);
  expect(found).toMatchObject([{ severity: 'error', code: 'FlagInvalid', reason: 'the flag has no value', remedy }]);
});

test('a launcher that is null is none', () => {
  const found = validateKubeletConfig(changed(['spec', 'launcher'], { host: null }));
  expect(found.map(({ severity, code }) => `${severity} ${code}`)).toEqual(['error RuleViolated', 'warning NullDropped']);
  expect(found[1]).toMatchObject({ remedy: expect.stringContaining('write host: {}') });
});

test('a hundred warnings are enough', () => {
  const nulls = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`f${index}`, null]));
  expect(validateKubeletConfig(changed(['spec', 'kubelet', 'configuration'], nulls))).toHaveLength(100);
});
