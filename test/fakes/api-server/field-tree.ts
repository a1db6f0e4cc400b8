/** An object seen as its fields, by its schema, as server-side apply sees it: kubernetes-sigs/structured-merge-diff in small. */

import { type FieldPath, type FieldSet, type PathElement, pathOf, pathText } from './field-set.ts';
import { isMap, same } from './object.ts';
import type { Schema } from './resource.ts';
import { childSchema, free } from './schema.ts';

export interface Child {
  readonly element: PathElement;
  readonly value: unknown;
  readonly schema: Schema;
  /** A field that the schema names, unlike a map's key or a list's item. */
  readonly isNamed: boolean;
}

/** The fields below a value by their path element; undefined for what is only ever replaced as a whole. */
export function childrenOf(schema: Schema, value: unknown): Map<PathElement, Child> | undefined {
  if (isMap(value)) {
    if (schema['x-kubernetes-map-type'] === 'atomic') return undefined;
    return children(
      Object.entries(value).map(([key, inner]) => ({
        element: `f:${key}`,
        value: inner,
        schema: childSchema(schema, key) ?? free,
        isNamed: isNamed(schema, key),
      })),
    );
  }
  if (!Array.isArray(value)) return undefined;
  const items = schema.items ?? free;
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return children(
        value.map((item) => ({ element: `v:${JSON.stringify(item)}`, value: item, schema: items, isNamed: false })),
      );
    case 'map':
      return children(value.map((item) => ({ element: keyElement(schema, item), value: item, schema: items, isNamed: false })));
    default:
      return undefined;
  }
}

function children(all: readonly Child[]): Map<PathElement, Child> {
  return new Map(all.map((child) => [child.element, child]));
}

function isNamed({ properties }: Schema, key: string): boolean {
  return properties !== undefined && Object.hasOwn(properties, key);
}

function keyElement(schema: Schema, item: unknown): PathElement {
  const keys = [...(schema['x-kubernetes-list-map-keys'] ?? [])].sort();
  const found = isMap(item) ? item : {};
  return `k:${JSON.stringify(Object.fromEntries(keys.map((key) => [key, found[key]])))}`;
}

/** What whoever applies this says something of. */
export function fieldsOf(schema: Schema, value: unknown, path: FieldPath = []): FieldSet {
  const below = childrenOf(schema, value);
  if (!below) return new Set([pathText(path)]);
  const set = new Set<string>();
  for (const child of below.values()) {
    const at = [...path, child.element];
    for (const field of fieldsOf(child.schema, child.value, at)) set.add(field);
    const isEmpty = child.value === null || (isMap(child.value) && Object.keys(child.value).length === 0);
    if (isEmpty || !child.isNamed) set.add(pathText(at));
  }
  return set;
}

export interface Comparison {
  readonly added: Set<string>;
  readonly changed: Set<string>;
  readonly removed: Set<string>;
}

export function compareFields(schema: Schema, before: unknown, after: unknown): Comparison {
  const found: Comparison = { added: new Set(), changed: new Set(), removed: new Set() };
  compareAt(schema, before, after, [], found);
  return found;
}

function compareAt(schema: Schema, before: unknown, after: unknown, path: FieldPath, found: Comparison): void {
  if (same(before, after)) return;
  const text = pathText(path);
  const [old, fresh] = [childrenOf(schema, before), childrenOf(schema, after)];
  if (path.length > 0) {
    if (before === undefined) found.added.add(text);
    else if (after === undefined) found.removed.add(text);
    else if (!old || !fresh) found.changed.add(text);
  }
  for (const element of new Set([...(old?.keys() ?? []), ...(fresh?.keys() ?? [])])) {
    const child = fresh?.get(element) ?? old?.get(element);
    if (child) compareAt(child.schema, old?.get(element)?.value, fresh?.get(element)?.value, [...path, element], found);
  }
}

/** The value without these fields, each with all that is below it. */
export function removeFields(schema: Schema, value: unknown, set: FieldSet, path: FieldPath = []): unknown {
  const below = childrenOf(schema, value);
  if (!below) return value;
  const kept = [...below.values()]
    .filter(({ element }) => !set.has(pathText([...path, element])))
    .map((child) => ({ ...child, value: removeFields(child.schema, child.value, set, [...path, child.element]) }));
  return assemble(value, kept);
}

/** What is applied wins; what it does not speak of stays; items keep their places and new ones go to the end. */
export function mergeFields(schema: Schema, live: unknown, applied: unknown): unknown {
  const [old, fresh] = [childrenOf(schema, live), childrenOf(schema, applied)];
  if (!old || !fresh || Array.isArray(live) !== Array.isArray(applied)) return applied;
  const merged = [...new Set([...old.keys(), ...fresh.keys()])].flatMap((element): Child[] => {
    const [kept, given] = [old.get(element), fresh.get(element)];
    if (!given) return kept ? [kept] : [];
    return [kept ? { ...given, value: mergeFields(given.schema, kept.value, given.value) } : given];
  });
  return assemble(applied, merged);
}

function assemble(like: unknown, parts: readonly Child[]): unknown {
  if (Array.isArray(like)) return parts.map(({ value }) => value);
  return Object.fromEntries(parts.map(({ element, value }) => [element.slice(2), value]));
}

/** Also the fields that the schema names above those in the set. */
export function withNamedParents(schema: Schema, set: FieldSet): FieldSet {
  const all = new Set(set);
  for (const text of set) {
    let at: Schema = schema;
    const path = pathOf(text);
    for (const [index, element] of path.slice(0, -1).entries()) {
      const key = element.slice(2);
      const isField = element.startsWith('f:');
      if (isField && isNamed(at, key)) all.add(pathText(path.slice(0, index + 1)));
      at = isField ? (childSchema(at, key) ?? free) : (at.items ?? free);
    }
  }
  return all;
}
