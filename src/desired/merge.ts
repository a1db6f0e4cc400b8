/**
 * Merges objects field by field, in the order of their priority and name, and records the owner of each
 * field.
 */

import { isDeepStrictEqual } from 'node:util';
import { isJsonMap, type Json, type JsonMap } from '../api/json.ts';
import { withoutNulls } from '../api/nulls.ts';
import type { FieldPath, Problem } from '../api/problem.ts';
import { mergedFields } from '../api/schema/schema.ts';
import type { KubeletConfig } from '../api/types.ts';
import { applyPatches } from './patch.ts';
import { type Leaf, leaves, overlay } from './tree.ts';

/** The object that set a field. */
export interface FieldOwner {
  readonly path: FieldPath;
  readonly object: string;
}

/**
 * Two objects of equal priority set one field to different values. The node keeps what it has until a person
 * decides.
 */
export interface Conflict {
  readonly path: FieldPath;
  readonly older: string;
  readonly younger: string;
}

export interface Merged {
  /** kubelet, launcher, unit, files, health, drift: the values of the objects, without any default. */
  readonly fields: JsonMap;
  readonly owners: readonly FieldOwner[];
  readonly conflicts: readonly Conflict[];
  readonly problems: readonly Problem[];
}

/** The objects from low to high precedence: the last one wins. The order of the argument does not matter. */
export function byPrecedence(objects: readonly KubeletConfig[]): KubeletConfig[] {
  return [...objects].sort((a, b) => priority(a) - priority(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
}

/**
 * Merges the objects that select one node. The patches of an object apply to the merge of all objects up to
 * it.
 */
export function merge(objects: readonly KubeletConfig[]): Merged {
  const state = new Ownership();
  let fields: Json = {};
  const problems: Problem[] = [];
  for (const object of byPrecedence(objects).map(withoutNulls)) {
    const stated = statedFields(object);
    const laid = overlay(fields, stated);
    const patched = applyPatches(laid, object);
    problems.push(...patched.problems);
    state.claim(object, fields, patched.fields, [...leaves(stated), ...changedLeaves(laid, patched.fields)]);
    fields = patched.fields;
  }
  return { fields: isJsonMap(fields) ? fields : {}, owners: state.owners(), conflicts: state.conflicts, problems };
}

function statedFields(object: KubeletConfig): JsonMap {
  const spec = object.spec as unknown as JsonMap;
  return Object.fromEntries(mergedFields.flatMap((name) => (spec[name] === undefined ? [] : [[name, spec[name] as Json]])));
}

function changedLeaves(before: Json, after: Json): Leaf[] {
  const known = new Map(leaves(before).map((leaf) => [id(leaf.path), leaf.value]));
  return leaves(after).filter((leaf) => !isDeepStrictEqual(known.get(id(leaf.path)), leaf.value));
}

/** The owner of each leaf while objects are merged from low to high, and the conflicts between equals. */
class Ownership {
  readonly conflicts: Conflict[] = [];
  readonly #owners = new Map<string, { path: FieldPath; object: KubeletConfig }>();

  /**
   * Makes `object` the owner of the claimed leaves. It is a conflict if a leaf of an object of equal priority
   * is gone or different now, by merge or by patch.
   */
  claim(object: KubeletConfig, before: Json, after: Json, claimed: readonly Leaf[]): void {
    const now = new Map(leaves(after).map((leaf) => [id(leaf.path), leaf.value]));
    for (const leaf of leaves(before)) {
      const key = id(leaf.path);
      if (isDeepStrictEqual(now.get(key), leaf.value)) continue;
      const owner = this.#owners.get(key)?.object;
      const disagrees = owner && priority(owner) === priority(object) && !grewFromEmpty(leaf, after);
      if (disagrees) this.conflicts.push(conflict(leaf.path, owner, object));
      this.#owners.delete(key);
    }
    for (const { path } of claimed) if (now.has(id(path))) this.#owners.set(id(path), { path, object });
  }

  owners(): FieldOwner[] {
    return [...this.#owners.values()].map(({ path, object }) => ({ path, object: object.metadata.name }));
  }
}

function grewFromEmpty(leaf: Leaf, after: Json): boolean {
  return (
    isJsonMap(leaf.value) &&
    isJsonMap(leaf.path.reduce<Json | undefined>((value, key) => (isJsonMap(value) ? value[key] : undefined), after))
  );
}

/**
 * The younger object has to change. Objects from files have no age; among them the later name counts as
 * younger.
 */
function conflict(path: FieldPath, a: KubeletConfig, b: KubeletConfig): Conflict {
  const age = (object: KubeletConfig) => `${object.metadata.creationTimestamp ?? ''} ${object.metadata.name}`;
  const [older, younger] = age(a) <= age(b) ? [a, b] : [b, a];
  return { path, older: older.metadata.name, younger: younger.metadata.name };
}

function priority(object: KubeletConfig): number {
  return object.spec.priority ?? 0;
}

function id(path: FieldPath): string {
  return JSON.stringify(path);
}
