/**
 * Reads manifests: turns text into the objects that kubectl would send, with the place of each field in the
 * file.
 */

import type { Locate } from '../../api/locate-problems.ts';
import type { FieldPath, Problem } from '../../api/problem.ts';
import type { Locator } from './position.ts';
import { readStream, type StreamDocument } from './stream.ts';
import {
  type Fault,
  findOffset,
  isNull,
  nullsIn,
  plainValue,
  type SizeBudget,
  type SourceEntry,
  type SourceTree,
  writtenAt,
} from './tree.ts';

export interface ManifestDocument {
  /** The plain JSON value as `kubectl apply` sends it, not validated yet. */
  readonly value: unknown;
  /** The fields that are null, and therefore not in the value. */
  readonly nulls: Iterable<FieldPath>;
  readonly file: string;
  /**
   * The place of a field, or of its nearest ancestor that exists.
   * @param part in a map: the name of the field (the default), or its value
   */
  readonly locate: Locate;
}

export interface Manifests {
  readonly documents: readonly ManifestDocument[];
  readonly problems: readonly Problem[];
}

/** Twice etcd's limit for one object: enough for many objects, and read within two seconds. */
export const largestFile = 3 * 1024 * 1024;
const largestObject = 1024 * 1024;

/**
 * Reads any number of YAML or JSON documents, and lists of objects, as kubectl 1.32 does. It is stricter in
 * two points: duplicate keys and integers beyond 2^53 are errors. Documents with an error are left out.
 */
export function readManifests(text: string, file: string): Manifests {
  if (Buffer.byteLength(text) > largestFile) return { documents: [], problems: [tooLargeFile(file)] };
  const documents: ManifestDocument[] = [];
  const problems: Problem[] = [];
  // Without aliases JSON has less than four times the size of its YAML.
  const budget: SizeBudget = { left: 4 * largestFile };
  for (const document of readStream(text, file)) {
    const faults = [...document.faults];
    for (const tree of splitList(document, faults)) {
      const value = plainValue(tree, budget);
      const fault = checkSize(value, tree, budget);
      if (fault !== undefined) faults.push(fault);
      else if (faults.length === 0)
        documents.push({
          value,
          nulls: { [Symbol.iterator]: () => nullsIn(tree) },
          file,
          locate: locatorOf(tree, document.locate),
        });
      if (budget.left < 0)
        return { documents, problems: [...problems, ...faults.map((fault) => problemOf(fault, document.locate))] };
    }
    problems.push(...faults.map((fault) => problemOf(fault, document.locate)));
  }
  return { documents, problems };
}

function locatorOf(tree: SourceTree, locate: Locator): ManifestDocument['locate'] {
  const place = (path: FieldPath, part: 'Key' | 'Value' = 'Key') => locate(findOffset(tree, path, part));
  return Object.assign(place, { written: (path: FieldPath) => writtenAt(tree, path) });
}

function problemOf({ code, path, reason, remedy, offset, earlier }: Fault, locate: Locator): Problem {
  const whole = earlier === undefined ? reason : `${reason}, first in line ${locate(earlier).line}`;
  return { severity: 'error', code, path, reason: whole, remedy, position: locate(offset) };
}

/**
 * Returns the objects of a document: the items of a list (`List`, `KubeletConfigList`), none of an empty
 * document.
 */
function splitList({ tree }: StreamDocument, faults: Fault[]): readonly SourceTree[] {
  if (tree === undefined || isNull(tree)) return [];
  const listKind = scalarAt(tree, 'kind');
  if (tree.kind !== 'Map' || !listKind.endsWith('List')) return [tree];
  const items = tree.entries.get('items')?.value;
  if (items !== undefined && isNull(items)) return [];
  if (items?.kind !== 'List') {
    const offset = tree.entries.get('items')?.keyOffset ?? tree.offset;
    faults.push(wrongKind(['items'], offset, `a ${listKind} needs a list of objects under items`));
    return [];
  }
  return items.items.flatMap((item, index) => {
    const typed = withTypeOf(item, listKind.slice(0, -'List'.length), tree.entries.get('apiVersion'));
    if (item.kind === 'Map' && !scalarAt(item, 'kind').endsWith('List')) return [typed];
    faults.push(wrongKind(['items', index], item.offset, `an item of a ${listKind} must be an object, not another list`));
    return [];
  });
}

function wrongKind(path: FieldPath, offset: number, reason: string): Fault {
  return {
    code: 'WrongKind',
    path,
    offset,
    reason,
    remedy: "write each object as its own document, with '---' between them",
  };
}

/** kubectl adds kind and apiVersion to the items of a typed list. */
function withTypeOf(item: SourceTree, kind: string, apiVersion: SourceEntry | undefined): SourceTree {
  if (
    item.kind !== 'Map' ||
    kind === '' ||
    apiVersion === undefined ||
    item.entries.has('kind') ||
    item.entries.has('apiVersion')
  )
    return item;
  const kindEntry: SourceEntry = { keyOffset: item.offset, value: { kind: 'Scalar', offset: item.offset, value: kind } };
  return { ...item, entries: new Map([['apiVersion', apiVersion], ['kind', kindEntry], ...item.entries]) };
}

function scalarAt(tree: SourceTree, key: string): string {
  const value = tree.kind === 'Map' ? tree.entries.get(key)?.value : undefined;
  return value?.kind === 'Scalar' && typeof value.value === 'string' ? value.value : '';
}

function checkSize(value: unknown, tree: SourceTree, budget: SizeBudget): Fault | undefined {
  const size = budget.left < 0 ? Number.POSITIVE_INFINITY : Buffer.byteLength(JSON.stringify(value));
  if (size <= largestObject) return undefined;
  const reason = Number.isFinite(size)
    ? `the object has ${size} bytes as JSON; the limit is ${largestObject} (1 MiB)`
    : 'its aliases expand to more than a file may contain';
  return { code: 'TooLarge', path: [], offset: tree.offset, reason, remedy: 'split the object, or keep large content out of it' };
}

function tooLargeFile(file: string): Problem {
  const position = { file, line: 1, column: 1, excerpt: '' };
  return {
    severity: 'error',
    code: 'TooLarge',
    path: [],
    reason: 'the file is larger than 3 MiB',
    remedy: 'split it into several files',
    position,
  };
}
