/**
 * Checks the shape of a value against the schema. Unlike in the CRD objects are closed, so misspelt fields
 * are found.
 */

import type { FieldPath, Problem } from '../problem.ts';
import { mapSchema, rootSchema, type Schema } from '../schema/walk.ts';
import { nearest } from './parts.ts';
import { type ShapeFault, shapeFaults } from './shape-faults.ts';
import { shapeProblem } from './shape-problem.ts';

/** The problems of the shape of an object. */
export function shapeProblems(value: unknown): Problem[] {
  schema ??= offlineSchema();
  const faults = shapeFaults(schema, value);
  return faults.filter((fault, index) => !explainedByAnother(fault, index, faults)).map(shapeProblem);
}

let schema: Schema | undefined;

/**
 * One mistake gives one problem: a misspelt required field is not also missing, and one broken limit of a
 * value is enough.
 */
function explainedByAnother(fault: ShapeFault, index: number, faults: readonly ShapeFault[]): boolean {
  if (fault.keyword === 'additionalProperties') return false;
  if (fault.keyword === 'required') {
    const missing = String(fault.path.at(-1));
    const siblings = faults.filter(
      ({ keyword, path }) => keyword === 'additionalProperties' && samePath(path.slice(0, -1), fault.path.slice(0, -1)),
    );
    return siblings.some(({ path }) => nearest(String(path.at(-1)), [missing]) !== undefined);
  }
  return faults.slice(0, index).some(({ path }) => samePath(path, fault.path));
}

function samePath(a: FieldPath, b: FieldPath): boolean {
  return a.length === b.length && a.every((key, index) => key === b[index]);
}

/** The schema of the CRD with the fields that each object has, closed: any other field is a mistake. */
export function offlineSchema(): Schema {
  const { properties, ...others } = mapSchema(rootSchema, closed);
  return {
    ...others,
    properties: { apiVersion: {}, kind: {}, metadata: metadataSchema, ...properties },
    required: ['metadata', ...(others.required ?? [])],
  };
}

/** Drops `format`: only the status has formats, and the API server checks them. */
function closed({ anyOf: _anyOf, format: _format, ...node }: Schema): Schema {
  if (node['x-kubernetes-int-or-string']) return { ...node, type: ['integer', 'string'] };
  const open = node.additionalProperties !== undefined || node['x-kubernetes-preserve-unknown-fields'];
  return node.type === 'object' && !open ? { ...node, additionalProperties: false } : node;
}

const text: Schema = { type: 'string' };
const texts: Schema = { type: 'object', additionalProperties: text };
/** Generators of manifests write `creationTimestamp: null`; to the API server that is absent. */
const time: Schema = { type: ['string', 'null'] };

/**
 * ObjectMeta by its field names, so that `lables` is found. The fields that the API server writes are not
 * checked.
 */
const metadataSchema: Schema = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: text,
    labels: texts,
    annotations: texts,
    uid: text,
    generation: { type: 'integer' },
    resourceVersion: text,
    creationTimestamp: time,
    deletionTimestamp: time,
    deletionGracePeriodSeconds: { type: 'integer' },
    finalizers: { type: 'array', items: text },
    generateName: text,
    managedFields: { type: 'array' },
    namespace: text,
    ownerReferences: { type: 'array' },
    selfLink: text,
  },
};
