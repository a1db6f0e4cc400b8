/** Validation by an OpenAPI schema, told as the API server tells it. */

import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { isMap, same } from './object.ts';
import type { Schema } from './resource.ts';
import type { Cause } from './status.ts';

/** In the order of the schema, each with the path as the server writes it; empty when the value is valid. */
export function schemaCauses(schema: Schema, value: unknown): Cause[] {
  const check = compiled(schema);
  check(value);
  const errors = (check.errors ?? []).filter((error, index, all) => !isSecondOfText(error, all.slice(0, index)));
  return [...errors.map((error) => causeOf(error, value)), ...duplicates(schema, value, '')];
}

/** The server stops at the first thing that is wrong with a text. */
function isSecondOfText(error: ErrorObject, before: readonly ErrorObject[]): boolean {
  return typeof error.data === 'string' && before.some(({ instancePath }) => instancePath === error.instancePath);
}

const ajv = new Ajv({ allErrors: true, verbose: true, strict: false, logger: false, ownProperties: true });
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;
ajv.addFormat('date-time', dateTime);
ajv.addFormat('time', dateTime);
ajv.addFormat('int32', { type: 'number', validate: (number) => Math.abs(number) < 2 ** 31 });
ajv.addFormat('int64', { type: 'number', validate: (number) => Math.abs(number) < 2 ** 63 });
/** Go's MicroTime, which wants all six digits. */
const microTime = 'micro-time';
ajv.addFormat(microTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/);

/** Also by their text: every server of a test run has the same few. */
const byText = new Map<string, ValidateFunction>();
const known = new WeakMap<Schema, ValidateFunction>();

function compiled(schema: Schema): ValidateFunction {
  const found = known.get(schema);
  if (found) return found;
  const text = JSON.stringify(schema);
  const check = byText.get(text) ?? ajv.compile(forAjv(schema));
  byText.set(text, check);
  known.set(schema, check);
  return check;
}

function forAjv(schema: Schema): Schema {
  const { properties, additionalProperties, items, anyOf: _anyOf, ...rest } = schema;
  return {
    ...(schema['x-kubernetes-int-or-string'] ? rest : schema),
    ...(schema['x-kubernetes-int-or-string'] && ({ type: ['integer', 'string'] } as unknown as Schema)),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, child]) => [key, forAjv(child)])),
    }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: forAjv(additionalProperties) }),
    ...(items && { items: forAjv(items) }),
  };
}

function causeOf({ keyword, params, instancePath, data, parentSchema }: ErrorObject, root: unknown): Cause {
  const field = fieldPath(instancePath, root);
  const wrong = (reason: string, message: string): Cause => ({ reason, message, field });
  const invalid = (text: string) =>
    wrong('FieldValueInvalid', `Invalid value: ${JSON.stringify(data)}: ${field} in body ${text}`);
  const wrongType = (type: string, shown: unknown) =>
    wrong('FieldValueTypeInvalid', `Invalid value: "${shown}": ${field} in body must be of type ${type}: "${shown}"`);
  switch (keyword) {
    case 'required': {
      const name = String(params['missingProperty']);
      return { reason: 'FieldValueRequired', message: 'Required value', field: field === '' ? name : `${field}.${name}` };
    }
    case 'type':
      return wrongType(String(params['type']), typeName(data));
    case 'format':
      if (params['format'] === microTime) return wrong('FieldValueTypeInvalid', unparsable(String(data)));
      if (!String(params['format']).includes('time')) return outOfRange(params['format'], field);
      return wrongType(String(params['format']), data);
    case 'enum': {
      const values = (params['allowedValues'] as unknown[]).map((value) => JSON.stringify(value)).join(', ');
      return wrong('FieldValueNotSupported', `Unsupported value: ${JSON.stringify(data)}: supported values: ${values}`);
    }
    case 'maxLength':
      return wrong('FieldValueTooLong', `Too long: may not be more than ${params['limit']} bytes`);
    case 'maxItems':
    case 'maxProperties': {
      const size = Object.keys(data as object).length;
      return wrong('FieldValueTooMany', `Too many: ${size}: must have at most ${params['limit']} items`);
    }
    case 'minimum':
      return invalid(`should be greater than or equal to ${params['limit']}`);
    case 'maximum':
      return invalid(`should be less than or equal to ${params['limit']}`);
    case 'pattern':
      return invalid(`should match '${params['pattern']}'`);
    case 'minLength':
      return invalid(`should be at least ${params['limit']} chars long`);
    case 'minItems':
      return invalid(`should have at least ${params['limit']} items`);
    case 'minProperties':
      return invalid(`should have at least ${params['limit']} properties`);
    default:
      return invalid(`does not fit ${keyword} ${JSON.stringify(parentSchema?.[keyword])}`);
  }
}

function unparsable(text: string): string {
  return `parsing time "${text}" as "2006-01-02T15:04:05.000000Z07:00": cannot parse it`;
}

function outOfRange(format: unknown, field: string): Cause {
  const message = `Invalid value: "": Checked value must be of type integer with format ${String(format)} in ${field}`;
  return { reason: 'FieldValueInvalid', message, field: '<nil>' };
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** `/spec/volumes/0/name` is `spec.volumes[0].name`: the value tells an index from a key. */
function fieldPath(pointer: string, root: unknown): string {
  let path = '';
  let value = root;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    value = (value as Record<string, unknown>)[key];
  }
  return path;
}

/** Items of sets, and keys of lists that are maps, are there once. */
function duplicates(schema: Schema, value: unknown, path: string): Cause[] {
  if (isMap(value)) {
    const { properties = {}, additionalProperties } = schema;
    const others = typeof additionalProperties === 'object' ? additionalProperties : {};
    return Object.entries(value).flatMap(([key, inner]) =>
      duplicates(properties[key] ?? others, inner, path === '' ? key : `${path}.${key}`),
    );
  }
  if (!Array.isArray(value)) return [];
  const identities = value.map((item) => identity(schema, item));
  const here = identities.flatMap((one, index): Cause[] => {
    if (one === undefined || identities.findIndex((other) => same(one, other)) === index) return [];
    return [{ reason: 'FieldValueDuplicate', message: `Duplicate value: ${JSON.stringify(one)}`, field: `${path}[${index}]` }];
  });
  return [...here, ...value.flatMap((item, index) => duplicates(schema.items ?? {}, item, `${path}[${index}]`))];
}

function identity(schema: Schema, item: unknown): unknown {
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return item;
    case 'map': {
      const keys = schema['x-kubernetes-list-map-keys'] ?? [];
      const isWhole = isMap(item) && keys.every((key) => key in item);
      return isWhole ? Object.fromEntries(keys.map((key) => [key, item[key]])) : undefined;
    }
    default:
      return undefined;
  }
}
