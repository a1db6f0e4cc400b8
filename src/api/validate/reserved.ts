/** Fields that are in the schema from the start, so that no object has to change, but that nothing acts on yet. */

import { isDeepStrictEqual } from 'node:util';
import type { FieldPath, Problem } from '../problem.ts';
import { rootSchema } from '../schema/walk.ts';
import { at, entries, error } from './parts.ts';

const reserved: readonly { readonly path: FieldPath; readonly remedy: string }[] = [
  { path: ['spec', 'launcher', 'podman'], remedy: 'use rkt or host' },
  { path: ['spec', 'launcher', 'existing'], remedy: 'use rkt or host' },
  { path: ['spec', 'drift'], remedy: 'leave it out' },
  { path: ['spec', 'rollout'], remedy: 'leave it out; today an object reaches all its nodes at once' },
];

export function reservedProblems(value: unknown): Problem[] {
  return reserved
    .filter(({ path }) => at(value, ...path) !== undefined && !(path[1] === 'rollout' && isServerDefault(at(value, ...path))))
    .map(({ path, remedy }) => error('NotBuiltYet', path, `${path.at(-1)} is not built yet`, remedy));
}

/** The API server fills in rollout in every object it stores; that is nothing a person asked for. */
function isServerDefault(rollout: unknown): boolean {
  const fields = rootSchema.properties?.['spec']?.properties?.['rollout']?.properties;
  if (typeof rollout !== 'object' || rollout === null) return false;
  return entries(rollout).every(([name, value]) => isDeepStrictEqual(value, at(fields, name, 'default')) && value !== undefined);
}
