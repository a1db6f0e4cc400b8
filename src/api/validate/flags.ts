/**
 * Checks spec.kubelet.flags, which the schema and CEL cannot. Whether a version has a flag is checked in
 * kubelet/.
 */

import type { FieldPath, Problem } from '../problem.ts';
import { at, entries, error, items, show } from './parts.ts';

/** The problems of the names and values of the flags. */
export function flagProblems(value: unknown): Problem[] {
  const path = ['spec', 'kubelet', 'flags'];
  return entries(at(value, ...path)).flatMap(([name, flag]) => {
    const misnamed = flagName(name, [...path, name]);
    return misnamed.length > 0 ? misnamed : flagValue(flag, [...path, name]);
  });
}

function flagName(name: string, path: FieldPath): Problem[] {
  const refuse = (reason: string, remedy: string): Problem[] => [error('FlagInvalid', path, reason, remedy)];
  if (/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return [];
  const cleaned = name.replace(/^-+/, '').replace(/=.*/s, '').replaceAll('_', '-').toLowerCase();
  const instead = /^[a-z0-9]+(-[a-z0-9]+)*$/.test(cleaned)
    ? `write ${cleaned}`
    : 'write the name of a kubelet flag, e.g. node-labels';
  if (name.startsWith('-')) return refuse('the name of a flag is written without its leading dashes', instead);
  if (name.includes('='))
    return refuse('the name of the flag contains its value', `${instead} as the key and the rest as its value`);
  // To the kubelet both spellings are one flag, but the merge would treat them as two.
  if (name.includes('_')) return refuse('the name of a flag is written with dashes, not with underscores', instead);
  return refuse(`${show(name)} cannot be the name of a flag`, instead);
}

/** An empty list leaves the flag out: it removes what an object of lower priority set. */
function flagValue(value: unknown, path: FieldPath): Problem[] {
  if (Array.isArray(value)) return items(value).flatMap((item, index) => listItem(item, [...path, index]));
  if (typeof value === 'string' && /[ \t]\\$/.test(value)) {
    const reason = 'the value ends in a backslash, which joined lines where it was copied from';
    return [error('FlagInvalid', path, reason, 'remove the backslash and the blank before it')];
  }
  if (['string', 'number', 'boolean'].includes(typeof value)) return [];
  const reason = `expected a string, a number, true, false or a list of strings, found ${show(value)}`;
  return [error('FlagInvalid', path, reason, 'write it as the kubelet reads it on its command line, e.g. "a=1,b=2"')];
}

function listItem(item: unknown, path: FieldPath): Problem[] {
  if (typeof item === 'string') return [];
  const isScalar = typeof item === 'number' || typeof item === 'boolean';
  const remedy = isScalar ? `put it in quotes: "${item}"` : 'write a list of strings, one for each time the flag is given';
  return [error('FlagInvalid', path, `expected a string, found ${show(item)}`, remedy)];
}
