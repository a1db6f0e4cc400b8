/** Does a value have the shape the schema asks for? Objects are closed here, unlike in the CRD, so that misspelt fields are found. */

import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { FieldPath, Problem } from './problem.ts';
import { mapSchema, rootSchema, type Schema } from './schema-walk.ts';
import { type ShapeFault, shapeProblem } from './shape-problem.ts';
import { at, nearest } from './validate-parts.ts';

export function shapeProblems(value: unknown): Problem[] {
  compiled ??= new Ajv({ allErrors: true, verbose: true, strict: false, validateFormats: false, ownProperties: true }).compile(
    offlineSchema(),
  );
  if (compiled(value)) return [];
  const faults = (compiled.errors ?? []).slice(0, mostFaults).map((found) => shapeFault(found, value));
  return faults.filter((fault, index) => !explainedByAnother(fault, index, faults)).map(shapeProblem);
}

/** Nobody reads more, and an object made to have a million faults must not keep an agent busy. */
const mostFaults = 100;

let compiled: ValidateFunction | undefined;

function shapeFault({ keyword, instancePath, params, parentSchema, data }: ErrorObject, root: unknown): ShapeFault {
  const path = fieldPath(instancePath, root);
  const key: unknown = keyword === 'required' ? params['missingProperty'] : params['additionalProperty'];
  return {
    keyword,
    path: typeof key === 'string' && ['required', 'additionalProperties'].includes(keyword) ? [...path, key] : path,
    schema: (parentSchema ?? {}) as Schema,
    value: data,
  };
}

/** One mistake, one problem: a misspelt required field is not also missing, and of several limits of one value the first is enough. */
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

/** ajv's JSON pointer does not tell the index 0 from the key "0": the value does. */
function fieldPath(pointer: string, root: unknown): FieldPath {
  const path: (string | number)[] = [];
  for (const component of pointer.split('/').slice(1)) {
    const key = component.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(at(root, ...path)) ? Number(key) : key);
  }
  return path;
}

function offlineSchema(): Schema {
  const { properties, ...others } = mapSchema(rootSchema, closed);
  return {
    ...others,
    properties: { apiVersion: {}, kind: {}, metadata: metadataSchema, ...properties },
    required: ['metadata', ...(others.required ?? [])],
  };
}

function closed({ anyOf: _anyOf, ...node }: Schema): Schema {
  if (node['x-kubernetes-int-or-string']) return { ...node, type: ['integer', 'string'] };
  const open = node.additionalProperties !== undefined || node['x-kubernetes-preserve-unknown-fields'];
  return node.type === 'object' && !open ? { ...node, additionalProperties: false } : node;
}

const texts: Schema = { type: 'object', additionalProperties: { type: 'string' } };

/** ObjectMeta with its fields by name, so that `lables` is found; what the API server writes there is its own affair. */
const metadataSchema: Schema = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: { type: 'string' },
    labels: texts,
    annotations: texts,
    ...Object.fromEntries(
      [
        'uid',
        'generation',
        'resourceVersion',
        'creationTimestamp',
        'deletionTimestamp',
        'deletionGracePeriodSeconds',
        'finalizers',
        'generateName',
        'managedFields',
        'namespace',
        'ownerReferences',
        'selfLink',
      ].map((name): [string, Schema] => [name, {}]),
    ),
  },
};
