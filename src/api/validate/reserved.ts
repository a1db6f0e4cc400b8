/**
 * Fields that the schema has already, so that no object will have to change, but that nothing implements yet.
 */

import type { FieldPath, Problem } from '../problem.ts';
import { at, error } from './parts.ts';

interface Reserved {
  readonly path: FieldPath;
  readonly remedy: string;
  /** The only value that is built. */
  readonly built?: string;
}

const reserved: readonly Reserved[] = [
  { path: ['spec', 'rollout', 'canary'], remedy: 'leave it out; with maxUnavailable: 1 the nodes change one after the other' },
  { path: ['spec', 'rollout', 'topologyKey'], remedy: 'leave it out; the nodes change in the order of their names' },
  { path: ['spec', 'rollout', 'drain'], remedy: 'leave it out; pods go on running while their kubelet restarts' },
  { path: ['spec', 'rollout', 'drainOptions'], remedy: 'leave it out; pods go on running while their kubelet restarts' },
  { path: ['spec', 'rollout', 'respect'], remedy: 'leave it out; set paused: true to hold nodes back until you set it to false' },
  { path: ['spec', 'rollout', 'dryRun'], remedy: 'leave it out; kubelet-config diff says what would change' },
  { path: ['spec', 'rollout', 'batches'], remedy: 'leave it out; maxUnavailable is the only limit' },
  {
    path: ['spec', 'rollout', 'approval'],
    built: 'Automatic',
    remedy: 'leave it out; set paused: true to hold nodes back until you set it to false',
  },
];

function samePath(a: FieldPath, b: FieldPath): boolean {
  return a.length === b.length && a.every((key, index) => key === b[index]);
}

/** Whether no value of the field is built yet. */
export function isReserved(path: FieldPath): boolean {
  return reserved.some((one) => one.built === undefined && samePath(one.path, path));
}

/** An error for each reserved field that an object sets. */
export function reservedProblems(value: unknown): Problem[] {
  return reserved
    .filter(({ path, built }) => at(value, ...path) !== undefined && at(value, ...path) !== built)
    .map(({ path, remedy, built }) => {
      const field = path.at(-1);
      const reason = built === undefined ? `${field} is not built yet` : `${field} other than ${built} is not built yet`;
      return error('NotBuiltYet', path, reason, remedy);
    });
}
