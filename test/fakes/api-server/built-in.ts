/** The resources that every API server has, as far as anything here needs them. */

import { eventCauses, eventSchema } from './event.ts';
import { nodeCauses, nodeSchema, withNotReadyTaint } from './node.ts';
import type { ApiObject } from './object.ts';
import type { ApiResource } from './resource.ts';
import { anything, boolean, integer, list, map, microTime, object, text } from './schema-parts.ts';
import type { Cause } from './status.ts';

const common = {
  namespaced: false,
  builtIn: true,
  hasStatus: false,
  hasGeneration: false,
  unconditionalUpdate: true,
  createOnUpdate: false,
  statusAtCreation: true,
  statusTakesMetadata: true,
  selectableFields: [],
  completeNew: (created: ApiObject) => created,
  causes: (): readonly Cause[] => [],
} as const;

const nodes: ApiResource = {
  ...common,
  group: '',
  version: 'v1',
  kind: 'Node',
  listKind: 'NodeList',
  plural: 'nodes',
  schema: nodeSchema,
  hasStatus: true,
  selectableFields: ['spec.unschedulable'],
  completeNew: withNotReadyTaint,
  causes: nodeCauses,
};

const namespaces: ApiResource = {
  ...common,
  group: '',
  version: 'v1',
  kind: 'Namespace',
  listKind: 'NamespaceList',
  plural: 'namespaces',
  schema: object({
    spec: { ...object({ finalizers: list(text) }), default: {} },
    status: { ...object({ phase: text }), default: {} },
  }),
  hasStatus: true,
  selectableFields: ['status.phase', 'name'],
  completeNew: completeNamespace,
};

function completeNamespace(namespace: ApiObject): ApiObject {
  const { metadata } = namespace;
  return {
    ...namespace,
    metadata: { ...metadata, labels: { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
}

const configMaps: ApiResource = {
  ...common,
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  listKind: 'ConfigMapList',
  plural: 'configmaps',
  namespaced: true,
  schema: object({ data: map(text), binaryData: map(text), immutable: boolean }),
  causes: configMapCauses,
};

const mostData = 1024 * 1024;

function configMapCauses({ data = {} }: ApiObject): Cause[] {
  const entries = Object.entries(data as Readonly<Record<string, string>>);
  const size = entries.reduce((sum, [, value]) => sum + Buffer.byteLength(value), 0);
  const bad = entries.map(([key]) => key).filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key));
  return [
    ...bad.map((key): Cause => {
      const why =
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
      return { reason: 'FieldValueInvalid', message: `Invalid value: "${key}": ${why}`, field: `data[${key}]` };
    }),
    ...(size > mostData
      ? [{ reason: 'FieldValueTooLong', message: `Too long: may not be more than ${mostData} bytes`, field: '' }]
      : []),
  ];
}

const leases: ApiResource = {
  ...common,
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  listKind: 'LeaseList',
  plural: 'leases',
  namespaced: true,
  schema: object({
    spec: {
      ...object({
        acquireTime: microTime,
        holderIdentity: text,
        leaseDurationSeconds: integer,
        leaseTransitions: integer,
        preferredHolder: text,
        renewTime: microTime,
        strategy: text,
      }),
      default: {},
    },
  }),
  unconditionalUpdate: false,
  createOnUpdate: true,
  causes: leaseCauses,
};

function leaseCauses(lease: ApiObject): Cause[] {
  const { leaseDurationSeconds: duration, leaseTransitions: transitions } = (lease['spec'] ?? {}) as Record<string, number>;
  const wrong = (field: string, value: number, why: string): Cause => ({
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${value}: ${why}`,
    field: `spec.${field}`,
  });
  return [
    ...(duration !== undefined && duration <= 0 ? [wrong('leaseDurationSeconds', duration, 'must be greater than 0')] : []),
    ...(transitions !== undefined && transitions < 0
      ? [wrong('leaseTransitions', transitions, 'must be greater than or equal to 0')]
      : []),
  ];
}

const events: ApiResource = {
  ...common,
  group: 'events.k8s.io',
  errorGroup: '',
  version: 'v1',
  kind: 'Event',
  listKind: 'EventList',
  plural: 'events',
  namespaced: true,
  schema: eventSchema,
  createOnUpdate: true,
  selectableFields: ['reason', 'type', 'regarding.kind', 'regarding.name', 'regarding.namespace', 'regarding.uid'],
  causes: eventCauses,
};

/** Whatever the spec of a pod says is kept, and nothing of it is judged. */
const pods: ApiResource = {
  ...common,
  group: '',
  version: 'v1',
  kind: 'Pod',
  listKind: 'PodList',
  plural: 'pods',
  namespaced: true,
  schema: object({ spec: anything, status: anything }),
  hasStatus: true,
  statusAtCreation: false,
  selectableFields: ['spec.nodeName', 'status.phase'],
};

const disruptionBudgets: ApiResource = {
  ...common,
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  listKind: 'PodDisruptionBudgetList',
  plural: 'poddisruptionbudgets',
  namespaced: true,
  schema: object({ spec: anything, status: anything }),
  hasStatus: true,
  hasGeneration: true,
  statusAtCreation: false,
};

export const builtInResources: readonly ApiResource[] = [nodes, namespaces, configMaps, leases, events, pods, disruptionBudgets];
