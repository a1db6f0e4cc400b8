/**
 * Checks across several fields: the size of all files, unique names in a list, the value that a patch needs.
 */

import type { FieldPath, Problem } from '../problem.ts';
import { keyedLists } from '../schema/walk.ts';
import { at, error, items, show } from './parts.ts';

/**
 * Lists in which a name is unique. The same path twice, in `files` or elsewhere, is found by the check of
 * paths.
 */
const namedLists = keyedLists.filter(({ key }) => key !== 'path');

const filesLimit = 64 * 1024;

/** The problems of the files, volumes and patches of an object. */
export function contentProblems(value: unknown): Problem[] {
  return [
    ...namedLists.flatMap(({ path, key }) => duplicateNames(value, ['spec', ...path], key)),
    ...filesTotal(at(value, 'spec', 'files')),
    ...items(at(value, 'spec', 'patches')).flatMap((patch, index) => patchValue(patch, ['spec', 'patches', index])),
  ];
}

function duplicateNames(value: unknown, list: FieldPath, key: string): Problem[] {
  const first = new Map<unknown, number>();
  return items(at(value, ...list)).flatMap((item, index) => {
    const name = at(item, key);
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, index);
    if (earlier === undefined || typeof name !== 'string') return [];
    const reason = `the ${key} ${show(name)} is already used at index ${earlier} of this list`;
    return [error('DuplicateItem', [...list, index, key], reason, 'rename one of the two, or remove it')];
  });
}

/** RFC 6902 requires a value. The API server cannot check it, because CEL does not see untyped fields. */
function patchValue(patch: unknown, path: FieldPath): Problem[] {
  const operation = at(patch, 'op');
  if (!['add', 'replace', 'test'].includes(String(operation)) || at(patch, 'value') !== undefined) return [];
  const remedy = 'add value; to take a field away use op: remove';
  return [error('MissingField', [...path, 'value'], `${operation} needs a value`, remedy)];
}

function filesTotal(files: unknown): Problem[] {
  const contents = items(files).map((file) => at(file, 'content'));
  const total = contents.reduce<number>(
    (sum, content) => sum + (typeof content === 'string' ? Buffer.byteLength(content) : 0),
    0,
  );
  if (total <= filesLimit) return [];
  const reason = `the files have ${total} bytes together; the limit is ${filesLimit}`;
  return [error('TooLarge', ['spec', 'files'], reason, 'bring large files to the node another way, for example in its image')];
}
