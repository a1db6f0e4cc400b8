/** The CustomResourceDefinition, made from the schema. */

import { expectsKeyword, rulesKeyword } from './parts.ts';
import { group, kind, mergedFields, version } from './schema.ts';
import { mapSchema, rootSchema, rulesOf, type Schema } from './walk.ts';

/** Fails where a default slipped below a merged field: the API server would make "absent" look "set", and override the object below. */
export function kubeletConfigCrd(): object {
  const schema = mapSchema(rootSchema, structural);
  for (const field of mergedFields) refuseDefaults(schema.properties?.['spec']?.properties?.[field], field);
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `kubeletconfigs.${group}` },
    spec: {
      group,
      scope: 'Cluster',
      names: {
        plural: 'kubeletconfigs',
        singular: 'kubeletconfig',
        kind,
        listKind: `${kind}List`,
        shortNames: ['kc'],
        categories: ['kubelet-config'],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: printerColumns,
          schema: { openAPIV3Schema: withObjectFields(schema) },
        },
      ],
    },
  };
}

const printerColumns = [
  { name: 'Matched', type: 'integer', jsonPath: '.status.nodes.matched', description: 'Nodes that the object selects.' },
  { name: 'Updated', type: 'integer', jsonPath: '.status.nodes.updated', description: 'Nodes that run it.' },
  {
    name: 'Ready',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Ready")].status',
    description: 'Whether all selected nodes run it.',
  },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];

function withObjectFields(schema: Schema): Schema {
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

/** Leaves out the keywords of our own and puts the description first, where a reader looks for it. */
function structural(schema: Schema): Schema {
  const { description, [rulesKeyword]: _rules, [expectsKeyword]: _expects, ...keywords } = schema;
  const rules = rulesOf(schema).map(({ rule, reason, remedy }) => ({ rule, message: `${reason}; ${remedy}` }));
  return { description, ...keywords, ...(rules.length > 0 && { [rulesKeyword]: rules }) };
}

function refuseDefaults(schema: Schema | undefined, name: string): void {
  if (!schema) throw new Error(`the schema has no field spec.${name}`);
  mapSchema(schema, (node) => {
    if ('default' in node) throw new Error(`a server-side default below the merged field spec.${name}`);
    return node;
  });
}
