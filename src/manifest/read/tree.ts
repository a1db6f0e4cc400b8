/** A document as it stands in a file: its values, and where each of them and each key begins. YAML and JSON both become this. */

import type { FieldPath, ProblemCode } from '../../api/problem.ts';

export type JsonScalar = string | number | boolean | null;

/** Offsets count UTF-16 units from the start of the document's own text. */
export type SourceTree =
  | { readonly kind: 'Scalar'; readonly offset: number; readonly value: JsonScalar }
  | { readonly kind: 'List'; readonly offset: number; readonly items: readonly SourceTree[] }
  | { readonly kind: 'Map'; readonly offset: number; readonly entries: ReadonlyMap<string, SourceEntry> };

export interface SourceEntry {
  readonly keyOffset: number;
  readonly value: SourceTree;
}

/** Why a scalar cannot be sent. */
export interface ScalarFault {
  readonly code: ProblemCode;
  readonly reason: string;
  readonly remedy: string;
}

/** What is wrong at one place of the text; a file and a line make it a problem. */
export interface Fault extends ScalarFault {
  readonly path: FieldPath;
  readonly offset: number;
}

/** The parse ends at the first error of syntax, for what follows it would be guesswork. */
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

/** Deep enough for every Kubernetes object, shallow enough for every stack. */
export const maximumDepth = 200;

export const tooDeep = {
  reason: `maps and lists are nested deeper than ${maximumDepth} levels`,
  remedy: 'flatten the document',
};

/** How much JSON the documents of one file may become; aliases can otherwise make gigabytes of a few lines. */
export interface SizeBudget {
  left: number;
}

/** The plain value as `kubectl apply` sends it; no more than a part of it when the budget does not suffice. */
export function plainValue(tree: SourceTree, budget: SizeBudget, depth = 0): unknown {
  // Each alias may go deeper than the text does.
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
        // `kubectl apply` drops what is null from every map, since null means "delete this" when it updates.
        if (isNull(value) || !spend(budget, key.length + 4)) continue;
        entries.push([key, plainValue(value, budget, depth + 1)]);
      }
      // Not by assignment: a key `__proto__` has to stay a key.
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

export function isNull(tree: SourceTree): boolean {
  return tree.kind === 'Scalar' && tree.value === null;
}

/**
 * Where a field stands, or its nearest ancestor that exists.
 * @param part 'Key' points at the name of a map's field, 'Value' at what was written for it; items of lists have no key
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

function childOf(tree: SourceTree, step: string | number): SourceEntry | undefined {
  if (tree.kind === 'Map') return tree.entries.get(String(step));
  const item = tree.kind === 'List' ? tree.items[Number(step)] : undefined;
  return item === undefined ? undefined : { keyOffset: item.offset, value: item };
}
