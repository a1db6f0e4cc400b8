/** Words to write the schemas of built-in resources with. */

import type { Schema } from './resource.ts';

export const text: Schema = { type: 'string' };
export const boolean: Schema = { type: 'boolean' };
export const integer: Schema = { type: 'integer' };
export const quantity: Schema = { 'x-kubernetes-int-or-string': true };
/** Go's Time, which forgets fractions of a second. */
export const time: Schema = { type: 'string', format: 'time' };
/** Go's MicroTime wants six digits after the point: what `toISOString` makes is refused. */
export const microTime: Schema = { type: 'string', format: 'micro-time' };

export const anything: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

export function object(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', properties };
}

export function map(values: Schema): Schema {
  return { type: 'object', additionalProperties: values };
}

export function list(items: Schema): Schema {
  return { type: 'array', items };
}

export function keyed(key: string, items: Schema): Schema {
  return { type: 'array', items, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] };
}
