/** Warns of null: it sets nothing, and people write it to take away what another object sets. */

import type { FieldPath, Problem } from '../problem.ts';
import { mergedFields } from '../schema/schema.ts';
import { warning } from './parts.ts';

/** Enough for a person to read. */
const mostWarnings = 100;

/** A warning for each of these fields that is below spec. @param nulls the fields that are null */
export function nullProblems(nulls: Iterable<FieldPath>): Problem[] {
  const problems: Problem[] = [];
  for (const path of nulls) {
    if (problems.length === mostWarnings) break;
    if (path[0] === 'spec' && path.length > 1) problems.push(warning('NullDropped', path, reasonFor(path), remedyFor(path)));
  }
  return problems;
}

function reasonFor(path: FieldPath): string {
  const isFlag = path[1] === 'kubelet' && path[2] === 'flags';
  return isFlag ? 'the flag has no value (null), so it is left out' : 'null sets nothing, so the field is left out';
}

function remedyFor(path: FieldPath): string {
  const [, group = '', member] = path;
  const isMerged = (mergedFields as readonly (string | number)[]).includes(group);
  const away = isMerged
    ? `; to take away what another object sets, use patches with op: remove and path: ${pointerTo(path)}`
    : '';
  if (group === 'kubelet' && member === 'flags') return `write "" for the empty value, or remove the line${away}`;
  if (group === 'launcher' && path.length === 3) return `write ${String(member)}: {} for its defaults, or remove the line${away}`;
  return `remove the line${away}`;
}

/** A JSON pointer, as patches have it: from spec. */
function pointerTo([, ...path]: FieldPath): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
