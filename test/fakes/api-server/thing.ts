/** A custom resource that has one of everything, for tests of the double. */

export const things = '/apis/probe.dev/v1/things';

const text = { type: 'string' };

export const thingCrd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.probe.dev' },
  spec: {
    group: 'probe.dev',
    scope: 'Cluster',
    names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        selectableFields: [{ jsonPath: '.status.phase' }],
        schema: { openAPIV3Schema: thingSchema() },
      },
    ],
  },
};

function thingSchema() {
  return {
    type: 'object',
    required: ['spec'],
    'x-kubernetes-validations': [{ rule: 'self.metadata.name.size() <= 20', message: 'the name is too long' }],
    properties: {
      apiVersion: text,
      kind: text,
      metadata: { type: 'object' },
      spec: {
        type: 'object',
        required: ['must'],
        properties: {
          must: { type: 'string', maxLength: 10, pattern: '^[a-z]*$' },
          count: { type: 'integer', format: 'int32', minimum: 1, maximum: 9, default: 3 },
          percent: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, text] },
          mode: { type: 'string', enum: ['A', 'B'] },
          when: { type: 'string', format: 'date-time' },
          map: { type: 'object', maxProperties: 3, additionalProperties: { type: 'string', maxLength: 5 } },
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          list: { type: 'array', maxItems: 3, items: text },
          set: { type: 'array', maxItems: 5, 'x-kubernetes-list-type': 'set', items: text },
          keyed: {
            type: 'array',
            maxItems: 5,
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name'],
            items: {
              type: 'object',
              required: ['name'],
              properties: { name: text, a: text, b: { type: 'string', default: 'bee' } },
            },
          },
          atom: { type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { a: text, b: text } },
          frozen: {
            type: 'string',
            maxLength: 10,
            'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'it is frozen' }],
          },
        },
      },
      status: { type: 'object', properties: { phase: { type: 'string', enum: ['Up', 'Down'] } } },
    },
  };
}

/** The least that is valid. */
export function thing(name: string, spec: object = {}, metadata: object = {}) {
  return { apiVersion: 'probe.dev/v1', kind: 'Thing', metadata: { name, ...metadata }, spec: { must: 'x', ...spec } };
}
