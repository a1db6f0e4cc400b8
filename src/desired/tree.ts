/** The merged fields as a tree: merges two trees, and lists the leaves of one. */

import { isJsonMap, type Json, type JsonMap } from '../api/json.ts';
import type { FieldPath } from '../api/problem.ts';
import { keyedLists } from '../api/schema/walk.ts';

/** Maps with only one member: a member of higher priority replaces the one below. */
const unions: readonly FieldPath[] = [['launcher']];

/**
 * Merges `above` over `below`: maps merge, keyed lists merge by key, anything else is replaced. Changes
 * neither.
 */
export function overlay(below: Json | undefined, above: Json, path: FieldPath = []): Json {
  if (isJsonMap(below) && isJsonMap(above)) {
    const kept = unions.some((union) => samePath(union, path)) ? pick(below, Object.keys(above)) : below;
    const merged = Object.entries(above).map(([key, value]) => [key, overlay(own(kept, key), value, [...path, key])] as const);
    return { ...kept, ...Object.fromEntries(merged) };
  }
  const key = listKey(path);
  if (key !== undefined && Array.isArray(below) && Array.isArray(above)) return overlayByKey(below, above, key);
  return above;
}

function overlayByKey(below: readonly Json[], above: readonly Json[], key: string): Json {
  const items = new Map<Json | undefined, Json>();
  for (const item of [...below, ...above]) items.set(isJsonMap(item) ? item[key] : item, item);
  return [...items.values()];
}

export interface Leaf {
  readonly path: FieldPath;
  readonly value: Json;
}

/**
 * All values that have one owner: scalars, whole lists, empty maps, and items of keyed lists, with their key
 * in the path instead of an index.
 */
export function leaves(value: Json, path: FieldPath = []): Leaf[] {
  if (isJsonMap(value)) {
    const entries = Object.entries(value);
    if (entries.length === 0 && path.length > 0) return [{ path, value }];
    return entries.flatMap(([key, inner]) => leaves(inner, [...path, key]));
  }
  const key = listKey(path);
  if (key !== undefined && Array.isArray(value)) {
    return value.map((item: Json) => ({ path: [...path, isJsonMap(item) ? String(item[key]) : String(item)], value: item }));
  }
  return [{ path, value }];
}

/** The value of the leaf with this path. */
export function leafOf(tree: Json, path: FieldPath): Json | undefined {
  return leaves(tree).find((leaf) => samePath(leaf.path, path))?.value;
}

/** The path with the key of each item of a keyed list instead of its index, as `leaves` gives it. */
export function keyedPath(tree: Json, path: FieldPath): FieldPath {
  let value: Json | undefined = tree;
  return path.map((step, depth) => {
    const key = listKey(path.slice(0, depth));
    if (Array.isArray(value)) value = value[Number(step)];
    else value = isJsonMap(value) ? own(value, String(step)) : undefined;
    return key !== undefined && isJsonMap(value) ? String(value[key]) : step;
  });
}

function listKey(path: FieldPath): string | undefined {
  return keyedLists.find((list) => samePath(list.path, path))?.key;
}

function samePath(a: FieldPath, b: FieldPath): boolean {
  return a.length === b.length && a.every((key, index) => key === b[index]);
}

function own(map: JsonMap, key: string): Json | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function pick(map: JsonMap, keys: readonly string[]): JsonMap {
  return Object.fromEntries(Object.entries(map).filter(([key]) => keys.includes(key)));
}
