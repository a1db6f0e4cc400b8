/** The CustomResourceDefinitions, made from the schemas. */

import { nodeKubeletKind, nodeKubeletSchema } from './node-kubelet.ts';
import { expectsKeyword, rulesKeyword, writtenKeyword } from './parts.ts';
import { group, kind, mergedFields, version } from './schema.ts';
import { mapSchema, rootSchema, rulesOf, type Schema } from './walk.ts';

/**
 * The CRD of KubeletConfig.
 * @throws Error if a field below a merged field has a default: the API server would set it in every object,
 * and it would override the objects of lower priority
 */
export function kubeletConfigCrd(): object {
  const schema = mapSchema(rootSchema, structural);
  for (const field of mergedFields) refuseDefaults(schema.properties?.['spec']?.properties?.[field], field);
  return customResource({
    kind,
    shortName: 'kc',
    schema,
    additionalPrinterColumns: [
      { name: 'Matched', type: 'integer', jsonPath: '.status.nodes.matched', description: 'Nodes that the object selects.' },
      { name: 'Updated', type: 'integer', jsonPath: '.status.nodes.updated', description: 'Nodes that run it.' },
      {
        name: 'Held',
        type: 'integer',
        jsonPath: '.status.nodes.held',
        description: 'Nodes that a person keeps from changing.',
        priority: 1,
      },
      {
        name: 'Failed',
        type: 'integer',
        jsonPath: '.status.nodes.failed',
        description: 'Nodes that cannot run it, or on which it failed.',
        priority: 1,
      },
      warnings,
      condition('Ready', 'status', 'Whether all selected nodes run it.'),
      condition('Status', 'reason', 'Why it is ready, or is not yet.'),
      { ...condition('Message', 'message', 'What to do about it.'), priority: 1 },
      age,
    ],
  });
}

/** The CRD of NodeKubelet. */
export function nodeKubeletCrd(): object {
  return customResource({
    kind: nodeKubeletKind,
    shortName: 'nk',
    schema: mapSchema(nodeKubeletSchema as unknown as Schema, structural),
    // API servers before 1.31 drop this field.
    selectableFields: [{ jsonPath: '.status.phase' }],
    additionalPrinterColumns: [
      { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'What the node is doing.' },
      condition('Ready', 'status', 'Whether the node is as the objects ask.'),
      warnings,
      { name: 'Applied', type: 'string', jsonPath: '.status.applied', description: 'The revision on the host.' },
      { name: 'Kubelet', type: 'string', jsonPath: '.status.kubeletVersion', description: 'Version of the kubelet that runs.' },
      age,
      { ...condition('Message', 'message', 'Why it is ready, or is not.'), priority: 1 },
    ],
  });
}

interface CustomResource {
  readonly kind: string;
  readonly shortName: string;
  readonly schema: Schema;
  readonly selectableFields?: readonly object[];
  readonly additionalPrinterColumns: readonly object[];
}

function customResource({ kind, shortName, schema, ...others }: CustomResource): object {
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Cluster',
      names: { plural, singular, kind, listKind: `${kind}List`, shortNames: [shortName], categories: ['kubelet-config'] },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          ...others,
          schema: { openAPIV3Schema: withObjectFields(schema, kind) },
        },
      ],
    },
  };
}

const warnings = {
  name: 'Warnings',
  type: 'integer',
  jsonPath: '.status.warningCount',
  description: 'How many warnings there are.',
};
const age = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

/** A column from the condition Ready; the other two conditions say the same in other words. */
function condition(name: string, field: 'status' | 'reason' | 'message', description: string) {
  return { name, type: 'string', jsonPath: `.status.conditions[?(@.type=="Ready")].${field}`, description };
}

function withObjectFields(schema: Schema, kind: string): Schema {
  const { description, properties, ...others } = schema;
  return {
    description,
    ...others,
    properties: {
      apiVersion: { type: 'string', description: `Version of this representation of the object: ${group}/${version}.` },
      kind: { type: 'string', description: `Kind of the object: ${kind}.` },
      metadata: { type: 'object' },
      ...properties,
    },
  };
}

/** Leaves out our own keywords, and puts the description first, where a reader looks for it. */
function structural(schema: Schema): Schema {
  const { description, [rulesKeyword]: _rules, [expectsKeyword]: _expects, [writtenKeyword]: _written, ...keywords } = schema;
  const rules = rulesOf(schema).map(({ rule, reason, remedy }) => ({ rule, message: `${reason}; ${remedy}` }));
  return { description, ...withoutEmptyProperties(keywords), ...(rules.length > 0 && { [rulesKeyword]: rules }) };
}

/** An API server stores no empty list of properties, so each `kubectl apply` would change it again. */
function withoutEmptyProperties(schema: Schema): Schema {
  const { properties, ...others } = schema;
  return properties !== undefined && Object.keys(properties).length === 0 ? others : schema;
}

function refuseDefaults(schema: Schema | undefined, name: string): void {
  if (!schema) throw new Error(`the schema has no field spec.${name}`);
  mapSchema(schema, (node) => {
    if ('default' in node) throw new Error(`a server-side default below the merged field spec.${name}`);
    return node;
  });
}
