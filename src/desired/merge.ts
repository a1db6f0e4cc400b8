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
import { type Compute, type ComputedValue, computesNothing, withComputed } from './computed-fields.ts';
import { applyPatches, type PatchChange, type Patched } from './patch.ts';
import { type Leaf, leaves, overlay } from './tree.ts';

/** The object that set a field. */
export interface FieldOwner {
  readonly path: FieldPath;
  readonly object: string;
  /** The patch that set it, and the field that the patch's value is for; absent if no patch did. */
  readonly patch?: Pick<PatchChange, 'index' | 'target'>;
  /** The entry of `computed` that set it; absent if none did. */
  readonly computed?: Pick<ComputedValue, 'index' | 'expression'>;
}

/** A field that a patch of an object took away. */
export interface RemovedField {
  readonly path: FieldPath;
  readonly object: string;
  /** The value that it had. */
  readonly value: Json;
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
  /** What patches took away, and no object has set again. */
  readonly removed: readonly RemovedField[];
  /**
   * Fields of KubeletConfiguration that patches remove and no object sets afterwards. The launcher
   * `existing` takes them away from the node's own configuration too.
   */
  readonly withdrawn: readonly FieldPath[];
  readonly conflicts: readonly Conflict[];
  readonly problems: readonly Problem[];
}

/** The objects from low to high precedence: the last one wins. The order of the argument does not matter. */
export function byPrecedence(objects: readonly KubeletConfig[]): KubeletConfig[] {
  return [...objects].sort((a, b) => priority(a) - priority(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
}

/**
 * Merges the objects that select one node. The values that an object computes count as if it stated them; its
 * patches apply to the merge of all objects up to it.
 */
export function merge(objects: readonly KubeletConfig[], compute: Compute = computesNothing): Merged {
  const state = new Ownership();
  let fields: Json = {};
  const problems: Problem[] = [];
  const missing: Patched['missing'][number][] = [];
  for (const object of byPrecedence(objects).map(withoutNulls)) {
    const computed = compute(object);
    problems.push(...computed.problems);
    const stated = withComputed(statedFields(object), computed.values);
    const laid = overlay(fields, stated);
    const patched = applyPatches(laid, object);
    problems.push(...patched.problems);
    missing.push(...patched.missing);
    state.claim(object, fields, patched.fields, [
      ...leaves(stated).map(({ path }) => ({ path, ...computedAt(path, computed.values) })),
      ...patchedLeaves(patched.changes),
    ]);
    state.remove(object, patched.changes, patched.fields);
    fields = patched.fields;
  }
  const withdrawn = withdrawnFrom(fields, [...state.removed(), ...missing]);
  const needless = new Set(
    missing.filter(({ path }) => withdrawn.some((one) => id(one) === id(path))).map(({ problem }) => problem),
  );
  return {
    fields: isJsonMap(fields) ? fields : {},
    owners: state.owners(),
    removed: state.removed(),
    withdrawn,
    conflicts: state.conflicts,
    problems: problems.filter((problem) => !needless.has(problem)),
  };
}

/** Only the launcher `existing` shares its configuration with the node. */
function withdrawnFrom(fields: Json, removed: readonly { readonly path: FieldPath }[]): FieldPath[] {
  const launcher = isJsonMap(fields) ? fields['launcher'] : undefined;
  if (!isJsonMap(launcher) || launcher['existing'] === undefined) return [];
  const paths = removed
    .map(({ path }) => path)
    .filter(([first, second, third]) => first === 'kubelet' && second === 'configuration' && third !== undefined);
  const isUnset = (path: FieldPath) =>
    path.reduce<Json | undefined>((value, key) => (isJsonMap(value) ? value[key] : undefined), fields) === undefined;
  const unique = new Map(paths.filter(isUnset).map((path) => [id(path), path]));
  return [...unique.values()].sort((a, b) => (id(a) < id(b) ? -1 : 1));
}

function statedFields(object: KubeletConfig): JsonMap {
  const spec = object.spec as unknown as JsonMap;
  return Object.fromEntries(mergedFields.flatMap((name) => (spec[name] === undefined ? [] : [[name, spec[name] as Json]])));
}

type Claim = Pick<FieldOwner, 'path' | 'patch' | 'computed'>;

function computedAt(path: FieldPath, values: readonly ComputedValue[]): Pick<FieldOwner, 'computed'> {
  const value = values.find((one) => one.path.every((step, index) => step === path[index]));
  return value ? { computed: { index: value.index, expression: value.expression } } : {};
}

function patchedLeaves(changes: readonly PatchChange[]): Claim[] {
  return changes.flatMap(({ index, target, set }) => set.map(({ path }) => ({ path, patch: { index, target } })));
}

/** The owner of each leaf while objects are merged from low to high, and the conflicts between equals. */
class Ownership {
  readonly conflicts: Conflict[] = [];
  readonly #owners = new Map<string, Claim & { object: KubeletConfig }>();
  readonly #removed = new Map<string, RemovedField>();

  /**
   * Makes `object` the owner of the claimed leaves. It is a conflict if a leaf of an object of equal priority
   * is gone or different now, by merge or by patch.
   */
  claim(object: KubeletConfig, before: Json, after: Json, claimed: readonly Claim[]): void {
    const now = new Map(leaves(after).map((leaf) => [id(leaf.path), leaf.value]));
    for (const leaf of leaves(before)) {
      const key = id(leaf.path);
      if (isDeepStrictEqual(now.get(key), leaf.value)) continue;
      const owner = this.#owners.get(key)?.object;
      const disagrees = owner && priority(owner) === priority(object) && !grewFromEmpty(leaf, after);
      if (disagrees) this.conflicts.push(conflict(leaf.path, owner, object));
      this.#owners.delete(key);
    }
    for (const claim of claimed) if (now.has(id(claim.path))) this.#owners.set(id(claim.path), { ...claim, object });
  }

  /** Notes what the patches of an object took away, and forgets what is there again. */
  remove(object: KubeletConfig, changes: readonly PatchChange[], after: Json): void {
    for (const { removed } of changes)
      for (const { path, value } of removed) this.#removed.set(id(path), { path, value, object: object.metadata.name });
    for (const { path } of leaves(after)) for (const depth of path.keys()) this.#removed.delete(id(path.slice(0, depth + 1)));
  }

  removed(): RemovedField[] {
    return [...this.#removed.values()];
  }

  owners(): FieldOwner[] {
    return [...this.#owners.values()].map(({ object, ...claim }) => ({ ...claim, object: object.metadata.name }));
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
