/** ObjectMeta: its fields, and the rules for them that hold for every object. */

import { type ApiObject, type Metadata, same } from './object.ts';
import type { ApiResource, Schema } from './resource.ts';
import { free } from './schema.ts';
import type { Cause } from './status.ts';

const text: Schema = { type: 'string' };
const texts: Schema = { type: 'object', additionalProperties: text };

export const metadataSchema: Schema = {
  type: 'object',
  properties: {
    name: text,
    generateName: text,
    namespace: text,
    selfLink: text,
    uid: text,
    resourceVersion: text,
    generation: { type: 'integer' },
    creationTimestamp: text,
    deletionTimestamp: text,
    deletionGracePeriodSeconds: { type: 'integer' },
    labels: texts,
    annotations: texts,
    finalizers: { type: 'array', 'x-kubernetes-list-type': 'set', items: text },
    ownerReferences: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      items: {
        type: 'object',
        'x-kubernetes-map-type': 'atomic',
        properties: {
          apiVersion: text,
          kind: text,
          name: text,
          uid: text,
          controller: { type: 'boolean' },
          blockOwnerDeletion: { type: 'boolean' },
        },
      },
    },
    managedFields: { type: 'array', items: free },
  },
};

const invalid = (field: string, value: unknown, why: string): Cause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
  field,
});

const subdomain = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const namePart = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValue = '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?';

const badSubdomain = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomain}')`;
const badNamePart = `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${namePart}')`;
const badLabelValue = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${labelValue}')`;

export function metadataCauses({ plural }: ApiResource, metadata: Metadata): Cause[] {
  const { name, labels = {}, annotations = {} } = metadata;
  const longest = plural === 'namespaces' ? 63 : 253;
  if (!name) {
    const message = 'Required value: name or generateName is required';
    return [{ reason: 'FieldValueRequired', message, field: 'metadata.name' }];
  }
  return [
    ...(fits(subdomain, name) ? [] : [invalid('metadata.name', name, badSubdomain)]),
    ...(name.length <= longest ? [] : [invalid('metadata.name', name, `must be no more than ${longest} characters`)]),
    ...Object.entries(labels).flatMap(([key, value]) => [
      ...qualifiedNameCauses('metadata.labels', key),
      ...(fits(labelValue, value) ? [] : [invalid('metadata.labels', value, badLabelValue)]),
      ...(value.length <= 63 ? [] : [invalid('metadata.labels', value, 'must be no more than 63 characters')]),
    ]),
    ...Object.keys(annotations).flatMap((key) => qualifiedNameCauses('metadata.annotations', key.toLowerCase())),
    ...ownerCauses(metadata),
  ];
}

/** `example.com/name`, or only the name. */
export function qualifiedNameCauses(field: string, key: string): Cause[] {
  const [name = '', prefix] = key.split('/').reverse();
  if (prefix !== undefined && !fits(subdomain, prefix))
    return [invalid(field, key, `prefix part ${prefix === '' ? 'must be non-empty' : badSubdomain}`)];
  if (!fits(namePart, name)) return [invalid(field, key, badNamePart)];
  return name.length <= 63 ? [] : [invalid(field, key, 'name part must be no more than 63 characters')];
}

function ownerCauses({ ownerReferences }: Metadata): Cause[] {
  const owners = Array.isArray(ownerReferences) ? (ownerReferences as Record<string, unknown>[]) : [];
  return owners.flatMap((owner, index) =>
    ['apiVersion', 'kind', 'name', 'uid']
      .filter((key) => !owner[key])
      .map((key) =>
        invalid(
          `metadata.ownerReferences[${index}].${key}`,
          '',
          key === 'apiVersion' ? 'version must not be empty' : 'must not be empty',
        ),
      ),
  );
}

/** What a write may not do to the metadata of an object that is there. */
export function metadataChangeCauses(before: ApiObject, after: ApiObject): Cause[] {
  const [old, fresh] = [before.metadata, after.metadata];
  const added = (fresh.finalizers ?? []).filter((finalizer) => !old.finalizers?.includes(finalizer));
  const changed = (['uid', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const).filter(
    (key) => !same(old[key], fresh[key]),
  );
  return [
    ...(old.deletionTimestamp !== undefined && added.length > 0 ? [lateFinalizer(added)] : []),
    ...changed.map((key) => invalid(`metadata.${key}`, fresh[key], 'field is immutable')),
  ];
}

function lateFinalizer(added: readonly string[]): Cause {
  const shown = added.map((one) => `"${one}"`).join(', ');
  return {
    reason: 'FieldValueForbidden',
    message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown}}`,
    field: 'metadata.finalizers',
  };
}

function fits(pattern: string, value: string): boolean {
  return new RegExp(`^${pattern}$`).test(value);
}
