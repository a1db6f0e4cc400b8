/**
 * Fields and values of an object from an API server that are not in the schema of this program. The server
 * has pruned what its CRD does not have and refused wrong values, so the CRD is newer than this program. To
 * act on the known half of such an object could be wrong (design N11).
 */

import type { Problem } from '../problem.ts';
import type { Schema } from '../schema/walk.ts';
import { at, error, show } from './parts.ts';
import { offlineSchema } from './shape.ts';
import { shapeFaults } from './shape-faults.ts';

let schema: Schema | undefined;

/**
 * Fields, members and values that only a newer program knows. Flags and kubelet configuration are not in our
 * schema.
 */
export function newerProblems(object: unknown): Problem[] {
  schema ??= offlineSchema();
  const name = at(object, 'metadata', 'name');
  // Kubernetes may add fields to metadata; only spec counts.
  const beyond = shapeFaults(schema, object).filter(
    ({ keyword, path }) => path[0] === 'spec' && (keyword === 'additionalProperties' || keyword === 'enum'),
  );
  return beyond.map(({ keyword, path, value }) => {
    const what = keyword === 'enum' ? `the value ${show(value)}` : `the field ${show(String(path.at(-1)))}`;
    const reason = `this agent is older than the CRD and does not know ${what}`;
    const problem = error('AgentTooOld', path, reason, 'update the agent; until then the node keeps what it has');
    return typeof name === 'string' ? { ...problem, object: name } : problem;
  });
}
