/** null sets nothing, wherever an object comes from: it is dropped before anything is made of the object. */

import { isJsonMap } from './json.ts';
import type { FieldPath } from './problem.ts';

/** The value without the entries of maps that are null; the same value if there are none. */
export function withoutNulls<Value>(value: Value): Value {
  return plain(value) as Value;
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(plain);
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (!isJsonMap(value)) return value;
  const entries = Object.entries(value);
  const kept = entries.filter(([, inner]) => inner !== null).map(([key, inner]) => [key, plain(inner)] as const);
  const isSame = kept.length === entries.length && kept.every(([key, inner]) => inner === value[key]);
  return isSame ? value : Object.fromEntries(kept);
}

/** The fields that are null, in the order of the object. A null in a list is an item like any other. */
export function* nullFields(value: unknown, path: FieldPath = []): Generator<FieldPath> {
  if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* nullFields(item, [...path, index]);
  if (!isJsonMap(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    if (inner === null) yield [...path, key];
    else yield* nullFields(inner, [...path, key]);
  }
}
