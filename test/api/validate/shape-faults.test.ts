import { Ajv } from 'ajv';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Schema } from '../../../src/api/schema/walk.ts';
import { offlineSchema } from '../../../src/api/validate/shape.ts';
import { shapeFaults } from '../../../src/api/validate/shape-faults.ts';
import { anyText } from '../../any-text.ts';
import { validObject } from './valid.ts';

/**
 * Compares our reading of the schema with that of a library, on objects with fields that are missing,
 * misspelt or wrong.
 */

const schema = offlineSchema();
const compiled = new Ajv({ allErrors: true, strict: false, validateFormats: false, ownProperties: true }).compile(schema);

const anything = fc.oneof(
  fc.constantFrom(null, true, 0, -1, 1.5, 2 ** 40, '', '😀'.repeat(200), [], {}, [{}], { a: 1 }),
  anyText(),
  fc.integer(),
);

function likely(node: Schema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 30, arbitrary: fitting(node) }, { weight: 1, arbitrary: anything });
}

function fitting(node: Schema): fc.Arbitrary<unknown> {
  const { type, properties, additionalProperties, items } = node;
  if (Array.isArray(node['enum'])) return fc.constantFrom(...(node['enum'] as string[]), 'other');
  if (items) return fc.array(likely(items), { maxLength: 3 });
  if (properties) {
    const known = Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, likely(child)]));
    const required = fc.record(known, { requiredKeys: [] });
    return fc.oneof(
      { weight: 9, arbitrary: required },
      { weight: 1, arbitrary: required.map((map) => ({ ...map, misspelt: 1 })) },
    );
  }
  if (additionalProperties) return fc.dictionary(fc.string(), likely(additionalProperties), { maxKeys: 3 });
  if (type === 'integer') return fc.oneof(fc.integer({ min: -2, max: 2000 }), fc.integer());
  if (type === 'string')
    return fc.constantFrom('a', '/etc/a', '0644', 'A=b', '', '/a\nb', 'a/../b', 'x'.repeat(300), '1Mi', '10%');
  return anything;
}

/** The first fault of each field. ajv gives a missing or unknown field the path of its map. */
function firstByPlace(faults: readonly (readonly [place: string, keyword: string])[]): Record<string, string> {
  return Object.fromEntries([...faults].reverse());
}

function ours(value: unknown) {
  return firstByPlace([...shapeFaults(schema, value)].map(({ path, keyword }) => [JSON.stringify(path.map(String)), keyword]));
}

function ajvs(value: unknown) {
  compiled(value);
  const place = (pointer: string, key: unknown) => {
    const path = pointer.split('/').slice(1);
    const names = path.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
    return JSON.stringify(typeof key === 'string' ? [...names, key] : names);
  };
  const errors = compiled.errors ?? [];
  return firstByPlace(
    errors.map(({ instancePath, keyword, params }) => [
      place(instancePath, params['missingProperty'] ?? params['additionalProperty']),
      keyword,
    ]),
  );
}

test('finds what a JSON Schema library finds', () => {
  fc.assert(
    fc.property(likely(schema), (value) => {
      expect(ours(value)).toEqual(ajvs(value));
    }),
  );
});

test('finds nothing in a valid object', () => {
  expect(ours(validObject())).toEqual({});
});

test.each([99, 100, 101, 250])('finds unknown fields also where there are %i of them in one map', (count) => {
  const unknown = Object.fromEntries(Array.from({ length: count }, (_, index) => [`unknown${index}`, index]));
  const object = validObject();
  const faults = shapeFaults(schema, { ...object, spec: { ...(object['spec'] as object), ...unknown } });
  expect(faults.map(({ keyword }) => keyword)).toEqual(Array(Math.min(count, 100)).fill('additionalProperties'));
  expect(faults[0]?.path).toEqual(['spec', 'unknown0']);
});
