/**
 * What an object from an API server has beyond the schema of this program. The server has pruned what its own CRD does not know and refused other
 * values, so whatever is left was written for a newer one: half of it must not be acted on (design N11).
 */

import type { Problem } from '../problem.ts';
import type { Schema } from '../schema/walk.ts';
import { at, error, show } from './parts.ts';
import { offlineSchema } from './shape.ts';
import { shapeFaults } from './shape-faults.ts';

let schema: Schema | undefined;

/** Fields, members and values that only a newer program knows. Flags and the kubelet's configuration are in no schema of ours. */
export function newerProblems(object: unknown): Problem[] {
  schema ??= offlineSchema();
  const name = at(object, 'metadata', 'name');
  // What Kubernetes adds to metadata is no affair of ours.
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
