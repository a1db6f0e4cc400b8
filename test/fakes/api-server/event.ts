/** Events (`events.k8s.io/v1`) as the double serves them: Kubernetes' pkg/apis/core/validation/events.go. */

import { qualifiedNameCauses } from './metadata.ts';
import { type ApiObject, same } from './object.ts';
import type { Schema } from './resource.ts';
import { integer, microTime, object, text } from './schema-parts.ts';
import type { Cause } from './status.ts';

const reference: Schema = {
  ...object({ apiVersion: text, fieldPath: text, kind: text, name: text, namespace: text, resourceVersion: text, uid: text }),
  'x-kubernetes-map-type': 'atomic',
};

export const eventSchema: Schema = object({
  action: text,
  deprecatedCount: integer,
  deprecatedFirstTimestamp: text,
  deprecatedLastTimestamp: text,
  deprecatedSource: { ...object({ component: text, host: text }), default: {} },
  eventTime: microTime,
  note: text,
  reason: text,
  regarding: reference,
  related: reference,
  reportingController: text,
  reportingInstance: text,
  series: object({ count: integer, lastObservedTime: microTime }),
  type: text,
});

interface EventFields {
  readonly eventTime?: string;
  readonly type?: string;
  readonly regarding?: { readonly namespace?: string };
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
  readonly [field: string]: unknown;
}

export function eventCauses(event: ApiObject, before: ApiObject | undefined): Cause[] {
  const fields: EventFields = event;
  return [
    ...(fields.eventTime === undefined ? [] : timedCauses(event)),
    ...(same(fields.series, before?.['series']) ? [] : seriesCauses(fields)),
    ...(before ? changeCauses(event, before) : newCauses(fields)),
  ];
}

/** An event about an object without namespace belongs into one of these. */
const clusterNamespaces: readonly unknown[] = ['default', 'kube-system'];

function timedCauses(event: ApiObject): Cause[] {
  const { regarding, reportingController: controller = '' }: EventFields = event;
  const isMisplaced = !regarding?.namespace && !clusterNamespaces.includes(event.metadata.namespace);
  return [
    ...(isMisplaced ? [invalid('involvedObject.namespace', '', 'does not match event.namespace')] : []),
    ...(controller === '' ? [required('reportingController')] : []),
    ...qualifiedNameCauses('reportingController', String(controller)),
    ...['reportingInstance', 'action', 'reason'].flatMap((field) => [
      ...(event[field] ? [] : [required(field)]),
      ...atMost(field, event[field], 128),
    ]),
    ...atMost('message', event['note'], 1024),
  ];
}

function seriesCauses({ series }: EventFields): Cause[] {
  if (!series) return [];
  return [
    ...((series.count ?? 0) < 2 ? [invalid('series.count', '', 'should be at least 2')] : []),
    ...(series.lastObservedTime === undefined ? [required('series.lastObservedTime')] : []),
  ];
}

/** The server's names for fields that the older API called otherwise. */
const deprecated = [
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
  ['deprecatedSource', 'source'],
] as const;

function newCauses(event: EventFields): Cause[] {
  const { eventTime, type = '' } = event;
  return [
    ...(eventTime === undefined ? [required('eventTime')] : []),
    ...(type === 'Normal' || type === 'Warning' ? [] : [invalid('type', '', `has invalid value: ${type}`)]),
    ...deprecated
      .filter(([field]) => event[field] !== undefined && !same(event[field], {}))
      .map(([, name]) => invalid(name, '', 'needs to be unset')),
  ];
}

const fixed = [
  ['regarding', 'involvedObject'],
  ['reason', 'reason'],
  ['note', 'message'],
  ['type', 'type'],
  ['eventTime', 'eventTime'],
  ['action', 'action'],
  ['related', 'related'],
  ['reportingController', 'reportingController'],
  ['reportingInstance', 'reportingInstance'],
  ...deprecated,
] as const;

function changeCauses(event: ApiObject, before: ApiObject): Cause[] {
  return fixed
    .filter(([field]) => !same(event[field], before[field]))
    .map(([field, name]) => invalid(name, event[field] ?? null, 'field is immutable'));
}

function atMost(field: string, value: unknown, limit: number): Cause[] {
  if (Buffer.byteLength(String(value ?? '')) <= limit) return [];
  return [invalid(field, '', `can have at most ${limit} characters`)];
}

function required(field: string): Cause {
  return { reason: 'FieldValueRequired', message: 'Required value', field };
}

function invalid(field: string, value: unknown, why: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${why}`, field };
}
