/** Sets of fields of an object, and `FieldsV1`, the form in which metadata.managedFields has them. */

import { isMap, type JsonMap } from './object.ts';

/** Of one step: `f:spec` for a field, `k:{"name":"a"}` for an item by its keys, `v:"a"` for one by its value. */
export type PathElement = string;
export type FieldPath = readonly PathElement[];

/** The paths as `pathText` writes them. */
export type FieldSet = ReadonlySet<string>;

const separator = '\n';

export function pathText(path: FieldPath): string {
  return path.join(separator);
}

export function pathOf(text: string): FieldPath {
  return text.split(separator);
}

export function union(...sets: readonly FieldSet[]): FieldSet {
  return new Set(sets.flatMap((set) => [...set]));
}

export function difference(one: FieldSet, other: FieldSet): FieldSet {
  return new Set([...one].filter((path) => !other.has(path)));
}

export function intersection(one: FieldSet, other: FieldSet): FieldSet {
  return new Set([...one].filter((path) => other.has(path)));
}

/** `.spec.volumes[name="a"].path`, as a conflict names it. */
export function readable(text: string): string {
  return pathOf(text)
    .map((element) => {
      const rest = element.slice(2);
      if (element.startsWith('f:')) return `.${rest}`;
      if (element.startsWith('v:')) return `[=${rest}]`;
      const keys = Object.entries(JSON.parse(rest) as JsonMap);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');
}

interface Tree {
  [element: PathElement]: Tree;
}

/** A field with others below it is itself in the set when it has a `.`. */
export function fieldsV1(set: FieldSet): JsonMap {
  const root: Tree = {};
  for (const text of [...set].sort()) {
    let at = root;
    for (const element of pathOf(text)) {
      at[element] ??= {};
      at = at[element];
    }
  }
  for (const text of set) markMember(root, pathOf(text));
  return root;
}

function markMember(root: Tree, path: FieldPath): void {
  const at = path.reduce((tree, element) => tree[element] ?? {}, root);
  if (Object.keys(at).length > 0) at['.'] = {};
}

export function fieldSetOf(fields: unknown): FieldSet {
  const set = new Set<string>();
  const walk = (node: unknown, path: FieldPath): void => {
    const entries = isMap(node) ? Object.entries(node) : [];
    if (path.length > 0 && (entries.length === 0 || entries.some(([element]) => element === '.'))) set.add(pathText(path));
    for (const [element, inner] of entries) if (element !== '.') walk(inner, [...path, element]);
  };
  walk(fields, []);
  return set;
}
