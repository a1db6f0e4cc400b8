/**
 * A document as a tree of its values, with the offset of each value and each key. YAML and JSON both become
 * one.
 */

import type { Written } from '../../api/locate-problems.ts';
import type { FieldPath, ProblemCode } from '../../api/problem.ts';

export type JsonScalar = string | number | boolean | null;

/**
 * Offsets count UTF-16 units from the start of the text of the document. `source` is a number, true or false
 * as it is written: `0x10`, `1.30`, `y`.
 */
export type SourceTree =
  | { readonly kind: 'Scalar'; readonly offset: number; readonly value: JsonScalar; readonly source?: string }
  | { readonly kind: 'List'; readonly offset: number; readonly items: readonly SourceTree[] }
  | { readonly kind: 'Map'; readonly offset: number; readonly entries: ReadonlyMap<string, SourceEntry> };

export interface SourceEntry {
  readonly keyOffset: number;
  readonly value: SourceTree;
}

/** Why a scalar cannot be sent to the API server. */
export interface ScalarFault {
  readonly code: ProblemCode;
  readonly reason: string;
  readonly remedy: string;
}

/** A fault at one offset of the text. With a file and a line it becomes a problem. */
export interface Fault extends ScalarFault {
  readonly path: FieldPath;
  readonly offset: number;
  /** Another place that the reason is about: its line is named behind it. */
  readonly earlier?: number;
}

/** A syntax error. It ends the reading, since what follows it would be a guess. */
export class SyntaxFault extends Error {
  override readonly name = 'SyntaxFault';
  readonly offset: number;
  readonly remedy: string;

  constructor(reason: string, remedy: string, offset: number) {
    super(reason);
    this.remedy = remedy;
    this.offset = offset;
  }
}

/** More levels than any Kubernetes object has, and few enough for the stack. */
export const maximumDepth = 200;

export const tooDeep = {
  reason: `maps and lists are nested deeper than ${maximumDepth} levels`,
  remedy: 'flatten the document',
};

/** The JSON that the documents of one file may still become. Aliases could make gigabytes of a few lines. */
export interface SizeBudget {
  left: number;
}

/**
 * The plain value as `kubectl apply` sends it. If the budget is too small it is only a part, and `left` is
 * below 0.
 */
export function plainValue(tree: SourceTree, budget: SizeBudget, depth = 0): unknown {
  // An alias can nest values deeper than the text does.
  if (depth > 2 * maximumDepth) budget.left = -1;
  switch (tree.kind) {
    case 'Scalar':
      budget.left -= typeof tree.value === 'string' ? tree.value.length + 3 : 6;
      return tree.value;
    case 'List': {
      const items: unknown[] = [];
      for (const item of tree.items) if (spend(budget, 1)) items.push(plainValue(item, budget, depth + 1));
      return items;
    }
    case 'Map': {
      const entries: [string, unknown][] = [];
      for (const [key, { value }] of tree.entries) {
        // `kubectl apply` drops each null from a map: in an update null means "delete this".
        if (isNull(value) || !spend(budget, key.length + 4)) continue;
        entries.push([key, plainValue(value, budget, depth + 1)]);
      }
      // Object.fromEntries keeps `__proto__` a key like any other; an assignment would not.
      return Object.fromEntries(entries);
    }
    default:
      return tree satisfies never;
  }
}

function spend(budget: SizeBudget, size: number): boolean {
  budget.left -= size;
  return budget.left >= 0;
}

/** The fields that are null, which `plainValue` leaves out, in the order of the text. */
export function* nullsIn(tree: SourceTree, path: FieldPath = []): Generator<FieldPath> {
  if (tree.kind === 'List') for (const [index, item] of tree.items.entries()) yield* nullsIn(item, [...path, index]);
  if (tree.kind !== 'Map') return;
  for (const [key, { value }] of tree.entries) {
    if (isNull(value)) yield [...path, key];
    else yield* nullsIn(value, [...path, key]);
  }
}

/** Whether a value is null. */
export function isNull(tree: SourceTree): boolean {
  return tree.kind === 'Scalar' && tree.value === null;
}

/**
 * The offset of a field, or of its nearest ancestor that exists.
 * @param part 'Key' for the name of a map's field, 'Value' for its value; an item of a list has only a value
 */
export function findOffset(root: SourceTree, path: FieldPath, part: 'Key' | 'Value'): number {
  let tree = root;
  let offset = root.offset;
  for (const [index, step] of path.entries()) {
    const child = childOf(tree, step);
    if (child === undefined) return offset;
    tree = child.value;
    offset = part === 'Value' && index === path.length - 1 ? child.value.offset : child.keyOffset;
  }
  return offset;
}

/** A scalar that is no text, with how it is written; undefined if the field is none. */
export function writtenAt(root: SourceTree, path: FieldPath): Written | undefined {
  let tree: SourceTree | undefined = root;
  for (const step of path) tree = tree && childOf(tree, step)?.value;
  return tree?.kind === 'Scalar' && tree.source !== undefined ? { value: String(tree.value), source: tree.source } : undefined;
}

function childOf(tree: SourceTree, step: string | number): SourceEntry | undefined {
  if (tree.kind === 'Map') return tree.entries.get(String(step));
  const item = tree.kind === 'List' ? tree.items[Number(step)] : undefined;
  return item === undefined ? undefined : { keyOffset: item.offset, value: item };
}
