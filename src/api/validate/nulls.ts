/**
 * Tells of null: it sets nothing, and people write it to take away what another object sets, or for a flag
 * without a value.
 */

import type { FieldPath, Problem } from '../problem.ts';
import { mergedFields } from '../schema/schema.ts';
import { error, warning } from './parts.ts';

/** Enough for a person to read. */
const mostWarnings = 100;

/**
 * A problem for each of these fields that is below spec: a warning, for a flag an error.
 * @param nulls the fields that are null
 */
export function nullProblems(nulls: Iterable<FieldPath>): Problem[] {
  const problems: Problem[] = [];
  for (const path of nulls) {
    if (problems.length === mostWarnings) break;
    if (path[0] === 'spec' && path.length > 1) problems.push(isFlag(path) ? flagError(path) : nullWarning(path));
  }
  return problems;
}

/** A flag without a value is no way to write a flag: a kubelet has an empty value, or not the flag. */
function isFlag([, group, member, ...name]: FieldPath): boolean {
  return group === 'kubelet' && member === 'flags' && name.length === 1;
}

function flagError(path: FieldPath): Problem {
  const remedy = `write "" for an empty one, or remove the line${awayFor(path)}`;
  return error('FlagInvalid', path, 'the flag has no value', remedy);
}

function nullWarning(path: FieldPath): Problem {
  return warning('NullDropped', path, 'null sets nothing, so the field is left out', remedyFor(path));
}

function awayFor(path: FieldPath): string {
  const isMerged = (mergedFields as readonly (string | number | undefined)[]).includes(path[1]);
  return isMerged ? `; to take away what another object sets, use patches with op: remove and path: ${pointerTo(path)}` : '';
}

function remedyFor(path: FieldPath): string {
  const [, group = '', member] = path;
  const away = awayFor(path);
  if (group === 'launcher' && path.length === 3) return `write ${String(member)}: {} for its defaults, or remove the line${away}`;
  return `remove the line${away}`;
}

/** A JSON pointer, as patches have it: from spec. */
function pointerTo([, ...path]: FieldPath): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
