/** Laws that span several fields: the size of all files, names that are unique in a list, what an operation of a patch needs. */

import type { FieldPath, Problem } from '../problem.ts';
import { keyedLists } from '../schema/walk.ts';
import { at, error, items, show } from './parts.ts';

/** The same path twice, in `files` or elsewhere, is found with the paths. */
const namedLists = keyedLists.filter(({ key }) => key !== 'path');

const filesLimit = 64 * 1024;

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
    const reason = `${show(name)} is also the ${key} of item ${earlier} of this list`;
    return [error('DuplicateItem', [...list, index, key], reason, 'rename one of the two, or remove it')];
  });
}

/**
 * RFC 6902 asks for it; the API server cannot, because CEL does not see untyped fields. And it drops a null, so that the object would mean
 * something in a directory that it does not mean in the cluster.
 */
function patchValue(patch: unknown, path: FieldPath): Problem[] {
  const operation = at(patch, 'op');
  const value = at(patch, 'value');
  if (!['add', 'replace', 'test'].includes(String(operation)) || (value !== undefined && value !== null)) return [];
  if (value === undefined)
    return [error('MissingField', [...path, 'value'], `value is missing, which ${operation} needs`, 'add value')];
  const reason = `${operation} needs a value, and the API server takes null for none`;
  return [error('MissingField', [...path, 'value'], reason, 'write a value; to take a field away use op: remove')];
}

function filesTotal(files: unknown): Problem[] {
  const contents = items(files).map((file) => at(file, 'content'));
  const total = contents.reduce<number>(
    (sum, content) => sum + (typeof content === 'string' ? Buffer.byteLength(content) : 0),
    0,
  );
  if (total <= filesLimit) return [];
  const reason = `the files hold ${total} bytes together, more than ${filesLimit}`;
  return [error('TooLarge', ['spec', 'files'], reason, 'bring large files to the node another way, e.g. in its image')];
}
