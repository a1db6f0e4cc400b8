import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/api/json.ts';
import type { KubeletConfig } from '../../src/api/types.ts';
import type { Compute } from '../../src/desired/computed-fields.ts';
import { merge } from '../../src/desired/merge.ts';
import { kubeletConfig } from '../builders.ts';

type Values = Readonly<Record<string, Json>>;

/** What each object computes, by its name. */
const computing =
  (values: ReadonlyMap<string, Values>): Compute =>
  ({ metadata }) => ({
    values: Object.entries(values.get(metadata.name) ?? {}).map(([name, value], index) => ({
      index,
      expression: name,
      path: ['kubelet', 'configuration', name],
      value,
    })),
    problems: [],
  });

const value: fc.Arbitrary<Json> = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.boolean(),
  fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
  fc.dictionary(fc.constantFrom('x', 'y'), fc.constantFrom('1', '2'), { maxKeys: 2 }),
);
const values = fc.dictionary(fc.constantFrom('a', 'b', 'c'), value, { maxKeys: 3 });
const objects = fc.array(fc.record({ stated: values, computed: values, priority: fc.integer({ min: 0, max: 2 }) }), {
  maxLength: 4,
});

/** What both kinds of object come to. */
function outcome(all: readonly KubeletConfig[], compute?: Compute) {
  const { fields, owners, conflicts } = merge(all, compute);
  return { fields, owners: owners.map(({ path, object }) => [path.join('.'), object]).sort(), conflicts };
}

describe('a computed value', () => {
  test('counts as if the object stated it', () => {
    const property = fc.property(objects, (given) => {
      const named = given.map((one, index) => ({ ...one, name: `o${index}` }));
      // validate refuses an object that states what it computes.
      const alone = named.map(({ stated, computed, ...rest }) => ({
        ...rest,
        computed,
        stated: Object.fromEntries(Object.entries(stated).filter(([name]) => !Object.hasOwn(computed, name))),
      }));
      const object = (name: string, priority: number, configuration: Values) =>
        kubeletConfig(name, { priority, ...(Object.keys(configuration).length > 0 && { kubelet: { configuration } }) });
      const written = alone.map(({ name, priority, stated, computed }) => object(name, priority, { ...stated, ...computed }));
      const apart = alone.map(({ name, priority, stated }) => object(name, priority, stated));
      const compute = computing(new Map(alone.map(({ name, computed }) => [name, computed])));
      expect(outcome(apart, compute)).toEqual(outcome(written));
    });
    fc.assert(property);
  });

  test('has its expression beside its owner, also each key of a map', () => {
    const compute = computing(new Map([['workers', { kubeReserved: { cpu: '1', memory: '2' } }]]));
    const { owners } = merge([kubeletConfig('workers', { kubelet: { configuration: { maxPods: 1 } } })], compute);
    const found = owners.map(({ path, computed }) => [path.at(-1), computed?.expression]);
    expect(found).toEqual([
      ['maxPods', undefined],
      ['cpu', 'kubeReserved'],
      ['memory', 'kubeReserved'],
    ]);
  });
});
