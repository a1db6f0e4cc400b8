/**
 * Fields that the schema has already, so that no object will have to change, but that nothing implements yet.
 */

import type { FieldPath, Problem } from '../problem.ts';
import { launcherKinds, reservedLaunchers } from '../schema/launcher.ts';
import { rootSchema } from '../schema/walk.ts';
import { at, error } from './parts.ts';

const reserved: readonly { readonly path: FieldPath; readonly remedy: string }[] = [
  ...reservedLaunchers.map((name) => ({ path: ['spec', 'launcher', name], remedy: `use ${launcherKinds.join(' or ')}` })),
  { path: ['spec', 'rollout', 'canary'], remedy: 'leave it out; with maxUnavailable: 1 the nodes change one after the other' },
  { path: ['spec', 'rollout', 'topologyKey'], remedy: 'leave it out; the nodes change in the order of their names' },
  { path: ['spec', 'rollout', 'drain'], remedy: 'leave it out; pods go on running while their kubelet restarts' },
  {
    path: ['spec', 'rollout', 'approval'],
    remedy: 'leave it out; set paused: true to hold nodes back until you set it to false',
  },
];

/** An error for each reserved field that an object sets. */
export function reservedProblems(value: unknown): Problem[] {
  return reserved
    .filter(({ path }) => at(value, ...path) !== undefined && at(value, ...path) !== serverDefault(path))
    .map(({ path, remedy }) => {
      const field = path.at(-1);
      const hasDefault = serverDefault(path) !== undefined;
      const reason = hasDefault ? `${field} other than ${serverDefault(path)} is not built yet` : `${field} is not built yet`;
      return error('NotBuiltYet', path, reason, remedy);
    });
}

/** The API server sets its default in each object that it stores, so a person did not ask for this value. */
function serverDefault(path: FieldPath): unknown {
  return at(rootSchema, ...path.flatMap((field) => ['properties', field]), 'default');
}
