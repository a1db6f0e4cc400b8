/** Nodes as the double serves them. */

import { qualifiedNameCauses } from './metadata.ts';
import { type ApiObject, same } from './object.ts';
import type { Schema } from './resource.ts';
import { boolean, integer, keyed, list, map, object, quantity, text, time } from './schema-parts.ts';
import type { Cause } from './status.ts';

const taint = object({ key: text, value: text, effect: text, timeAdded: time });

const spec = object({
  configSource: map(text),
  externalID: text,
  podCIDR: text,
  podCIDRs: { ...list(text), 'x-kubernetes-list-type': 'set' },
  providerID: text,
  taints: list(taint),
  unschedulable: boolean,
});

const condition = object({
  type: text,
  status: text,
  reason: text,
  message: text,
  lastHeartbeatTime: time,
  lastTransitionTime: time,
});

const nodeInfoFields = [
  'architecture',
  'bootID',
  'containerRuntimeVersion',
  'kernelVersion',
  'kubeProxyVersion',
  'kubeletVersion',
  'machineID',
  'operatingSystem',
  'osImage',
  'systemUUID',
];

/** Empty texts where nothing is known, as Go writes them. */
const nodeInfo: Schema = object(Object.fromEntries(nodeInfoFields.map((field) => [field, { ...text, default: '' }])));

const status = object({
  addresses: keyed('type', object({ type: text, address: text })),
  allocatable: map(quantity),
  capacity: map(quantity),
  conditions: keyed('type', condition),
  config: map(text),
  daemonEndpoints: {
    ...object({ kubeletEndpoint: { ...object({ Port: { ...integer, default: 0 } }), default: {} } }),
    default: {},
  },
  images: list(object({ names: list(text), sizeBytes: integer })),
  nodeInfo: { ...nodeInfo, default: {} },
  phase: text,
  volumesAttached: list(object({ name: text, devicePath: text })),
  volumesInUse: list(text),
});

export const nodeSchema: Schema = object({ spec: { ...spec, default: {} }, status: { ...status, default: {} } });

interface Taint {
  readonly key: string;
  readonly effect: string;
}

const notReady: Taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

function taintsOf(node: ApiObject): readonly Taint[] {
  return (node['spec'] as { taints?: readonly Taint[] } | undefined)?.taints ?? [];
}

/** Every new node is tainted until somebody has seen it ready. */
export function withNotReadyTaint(node: ApiObject): ApiObject {
  const taints = taintsOf(node);
  if (taints.some((one) => one.key === notReady.key && one.effect === notReady.effect)) return node;
  return { ...node, spec: { ...(node['spec'] as object), taints: [...taints, notReady] } };
}

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function nodeCauses(node: ApiObject): Cause[] {
  const taints = taintsOf(node);
  return taints.flatMap(({ key, effect }, index) => {
    // The server really says metadata, though taints stand in the spec.
    const field = `metadata.taints[${index}]`;
    const isRepeated = taints.findIndex((other) => same([other.key, other.effect], [key, effect])) < index;
    return [
      ...qualifiedNameCauses(`${field}.key`, key),
      ...(effects.includes(effect) ? [] : [unsupported(`${field}.effect`, effect)]),
      ...(isRepeated ? [duplicate(field, key)] : []),
    ];
  });
}

function unsupported(field: string, effect: string): Cause {
  const supported = effects.map((one) => `"${one}"`).join(', ');
  return { reason: 'FieldValueNotSupported', message: `Unsupported value: "${effect}": supported values: ${supported}`, field };
}

function duplicate(field: string, key: string): Cause {
  const message = `Duplicate value: "${key}": taints must be unique by key and effect pair`;
  return { reason: 'FieldValueDuplicate', message, field };
}
