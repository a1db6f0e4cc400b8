/** The CEL rules of a CustomResourceDefinition (`x-kubernetes-validations`), also those about a transition, which see `oldSelf`. */

import { Environment } from '@marcbachmann/cel-js';
import { celValue } from '../../../src/api/validate/rules.ts';
import { isMap } from './object.ts';
import type { Schema } from './resource.ts';
import { childSchema } from './schema.ts';
import type { Cause } from './status.ts';

export interface Rule {
  readonly rule: string;
  readonly message?: string;
}

/** Causes that keep the server from looking at the rules at all. */
const blocking = [
  'FieldValueRequired',
  'FieldValueTypeInvalid',
  'FieldValueNotSupported',
  'FieldValueTooLong',
  'FieldValueTooMany',
];

/** `found` is what was wrong with the value before. */
export function ruleCauses(schema: Schema, value: unknown, old: unknown, found: readonly Cause[]): Cause[] {
  if (!found.some(({ reason }) => blocking.includes(reason))) {
    return [...violations(schema, { self: celValue(value), oldSelf: celValue(old) }, '')];
  }
  return hasRules(schema) ? [unchecked] : [];
}

const unchecked: Cause = {
  reason: 'FieldValueInvalid',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  field: '<nil>',
};

interface Values {
  readonly self: unknown;
  /** Undefined when the object is new, and below lists, whose items have no identity here. */
  readonly oldSelf: unknown;
}

function* violations(schema: Schema, { self, oldSelf }: Values, path: string): Generator<Cause> {
  if (self === undefined || self === null) return;
  for (const { rule, message } of schema['x-kubernetes-validations'] ?? []) {
    if (holds(rule, { self, oldSelf })) continue;
    const shown = typeof self === 'object' ? '' : `${typeof self === 'bigint' ? self : JSON.stringify(self)}: `;
    const text = `Invalid value: ${shown}${message ?? `failed rule: ${rule}`}`;
    yield { reason: 'FieldValueInvalid', message: text, field: path === '' ? '<nil>' : path };
  }
  if (Array.isArray(self)) {
    for (const [index, item] of self.entries())
      yield* violations(schema.items ?? {}, { self: item, oldSelf: undefined }, `${path}[${index}]`);
  } else if (isMap(self)) {
    for (const [key, inner] of Object.entries(self)) {
      const before = isMap(oldSelf) ? oldSelf[key] : undefined;
      yield* violations(childSchema(schema, key) ?? {}, { self: inner, oldSelf: before }, path === '' ? key : `${path}.${key}`);
    }
  }
}

function holds(rule: string, values: Values): boolean {
  if (/\boldSelf\b/.test(rule) && values.oldSelf === undefined) return true;
  try {
    return program(rule)({ ...values }) === true;
  } catch {
    // To the server too a rule that cannot be evaluated is violated.
    return false;
  }
}

type Program = ReturnType<Environment['parse']>;
const programs = new Map<string, Program>();

function program(rule: string): Program {
  const known = programs.get(rule);
  if (known) return known;
  const parsed = new Environment().registerVariable('self', 'dyn').registerVariable('oldSelf', 'dyn').parse(rule);
  programs.set(rule, parsed);
  return parsed;
}

function hasRules(schema: Schema): boolean {
  const { properties = {}, additionalProperties, items } = schema;
  const children = [...Object.values(properties), ...(typeof additionalProperties === 'object' ? [additionalProperties] : [])];
  return schema['x-kubernetes-validations'] !== undefined || [...children, ...(items ? [items] : [])].some(hasRules);
}
