/** What the server makes of an object before it looks whether it is valid: unknown fields and nulls go, defaults come. */

import { isMap, type JsonMap } from './object.ts';
import type { Schema } from './resource.ts';

export interface Pruned {
  readonly value: JsonMap;
  /** Where fields were dropped that the schema does not know: `spec.files[0].foo`. */
  readonly unknown: readonly string[];
}

/** The value without unknown fields and nulls. */
export function pruned(schema: Schema, value: JsonMap): Pruned {
  const unknown: string[] = [];
  return { value: prune(schema, value, '', unknown) as JsonMap, unknown };
}

export function withDefaults(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) return schema.items ? value.map((item) => withDefaults(schema.items ?? {}, item)) : value;
  if (!isMap(value)) return value;
  const absent = Object.entries(schema.properties ?? {}).filter(([key, child]) => 'default' in child && !(key in value));
  const complete = { ...value, ...Object.fromEntries(absent.map(([key, child]) => [key, child.default])) };
  return mapValues(complete, (inner, key) => withDefaults(childSchema(schema, key) ?? {}, inner));
}

/** The schema of a map's value; undefined where the key is not known. */
export function childSchema({ properties, additionalProperties, ...schema }: Schema, key: string): Schema | undefined {
  if (properties && Object.hasOwn(properties, key)) return properties[key];
  if (typeof additionalProperties === 'object') return additionalProperties;
  return schema['x-kubernetes-preserve-unknown-fields'] || additionalProperties === true ? free : undefined;
}

/** Anything at all. */
export const free: Schema = { 'x-kubernetes-preserve-unknown-fields': true };

/** As Go writes its own types: times in whole seconds, lists and maps that are empty not at all. */
export function asGoWrites(schema: Schema, value: unknown): unknown {
  if (schema['format'] === 'time' && typeof value === 'string') return value.replace(/\.\d+/, '');
  if (Array.isArray(value)) return value.map((item) => asGoWrites(schema.items ?? free, item));
  if (!isMap(value)) return value;
  const kept = Object.entries(value).filter(([key, inner]) => !isEmpty(childSchema(schema, key) ?? free, inner));
  return mapValues(Object.fromEntries(kept), (inner, key) => asGoWrites(childSchema(schema, key) ?? free, inner));
}

/** A struct, whose fields have names, is written even when none is set. */
function isEmpty(schema: Schema, value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isMap(value) && schema.additionalProperties !== undefined && Object.keys(value).length === 0;
}

function prune(schema: Schema, value: unknown, path: string, unknown: string[]): unknown {
  if (schema === free) return value;
  if (Array.isArray(value)) {
    return schema.items ? value.map((item, index) => prune(schema.items ?? {}, item, `${path}[${index}]`, unknown)) : value;
  }
  // A map where none should be: that is for the validation to say.
  if (!isMap(value) || (schema.type !== undefined && schema.type !== 'object')) return value;
  const kept: [string, unknown][] = [];
  for (const [key, inner] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    const child = childSchema(schema, key);
    if (!child) unknown.push(at);
    else if (inner !== null || child === free || child.nullable) kept.push([key, prune(child, inner, at, unknown)]);
  }
  return Object.fromEntries(kept);
}

function mapValues(map: JsonMap, change: (value: unknown, key: string) => unknown): JsonMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value, key)]));
}
