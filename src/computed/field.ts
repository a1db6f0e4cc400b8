/** The field that a computed value is for: its path, and the type that it needs. Pure. */

import type { FieldPath } from '../api/problem.ts';
import { mergedFields } from '../api/schema/schema.ts';
import { keyedLists, rootSchema, type Schema } from '../api/schema/walk.ts';
import { nearest } from '../api/validate/parts.ts';
import type { FieldType } from '../kubelet/data/kubelet-fields.ts';
import { type FlagType, flagRows } from '../kubelet/data/kubelet-flags.ts';
import { fieldsOf } from '../kubelet/field-table.ts';
import type { Missing } from './facts.ts';

/** A field of the merged spec. */
export interface ComputedField {
  /** Below spec. */
  readonly path: FieldPath;
  /** The types, as CEL writes them, of which the result must have one; the first is the field's own. */
  readonly types: readonly string[];
  /** The type in the table of the kubelet's fields; absent for any other field. */
  readonly kubeletType?: FieldType;
}

export type FoundField = ComputedField | Missing;

/** Finds the field of a path such as `kubelet.configuration.maxPods` or `kubelet.flags["node-ip"]`. */
export function fieldAt(text: string): FoundField {
  const steps = stepsOf(text);
  if (steps === undefined) {
    const remedy =
      'write names with dots between them, as in kubelet.configuration.maxPods, and other names as in unit.environment["NAME"]';
    return { reason: `${JSON.stringify(text)} is not the path of a field`, remedy };
  }
  const [root = '', group = '', ...rest] = steps;
  if (root === 'kubelet' && group === 'flags') return flagField(steps, rest);
  if (root === 'kubelet' && group === 'configuration') return configurationField(rest);
  return specField(steps);
}

/** `a.b-c["d.e"]`: a part is a name, or a JSON string in brackets. */
function stepsOf(text: string): string[] | undefined {
  const steps: string[] = [];
  const part = /^(?:\.?([A-Za-z0-9_-]+)|\["([^"\\]{1,317})"\])/;
  let rest = text;
  while (rest !== '') {
    const [whole, name, quoted] = part.exec(rest) ?? [];
    const step = name ?? quoted;
    const isFirst = steps.length === 0;
    if (whole === undefined || step === undefined || (isFirst ? !/^[A-Za-z]/.test(whole) : /^[^.[]/.test(whole)))
      return undefined;
    steps.push(step);
    rest = rest.slice(whole.length);
  }
  return steps.length === 0 ? undefined : steps;
}

const flagTypes: Readonly<Record<FlagType, readonly string[]>> = {
  bool: ['bool'],
  int: ['int'],
  float: ['double'],
  ...{ string: ['string'], duration: ['string'], quantity: ['string'], ip: ['string'], version: ['string'] },
  ...{ list: ['string', 'list<string>'], map: ['string', 'list<string>'] },
};

function flagField(path: FieldPath, [name, ...deeper]: readonly string[]): FoundField {
  if (name === undefined) return one('kubelet.flags', 'a map of flags', 'name one, as in kubelet.flags.node-ip');
  if (deeper.length > 0) return one(`kubelet.flags.${name}`, 'one flag', 'end the path there');
  const row = flagRows.findLast((known) => known.name === name);
  if (row) return { path, types: row.repeatable ? withList(flagTypes[row.type]) : flagTypes[row.type] };
  return unknown(`no kubelet has a flag --${name}`, name, new Set(flagRows.map((known) => known.name)), 'kubelet.flags.');
}

function withList(types: readonly string[]): readonly string[] {
  return [...new Set([...types, 'list<string>'])];
}

/**
 * A map has the field's own keys: what follows is one key, also with dots in it
 * (`evictionHard.memory.available`).
 */
function configurationField(steps: readonly string[]): FoundField {
  let parent = '';
  for (const [index, step] of steps.entries()) {
    const row = fieldsOf(parent).get(step);
    const whole = `kubelet.configuration.${[...(parent === '' ? [] : [parent]), step].join('.')}`;
    if (!row)
      return unknown(
        `there is no field ${whole}`,
        step,
        fieldsOf(parent).keys(),
        `kubelet.configuration.${parent}${parent && '.'}`,
      );
    const rest = steps.slice(index + 1);
    const path = ['kubelet', 'configuration', ...steps.slice(0, index + 1)];
    if (rest.length === 0 || !isMap(row.type)) {
      if (rest.length === 0) return typed(path, row.type, whole);
      if (row.type !== 'object') return one(whole, 'not a map', 'end the path there');
      parent = row.path;
      continue;
    }
    return typed([...path, rest.join('.')], row.type.slice('map:'.length) as FieldType, whole);
  }
  return one('kubelet.configuration', 'a map of fields', 'name one, as in kubelet.configuration.maxPods');
}

function isMap(type: FieldType): boolean {
  return type.startsWith('map:');
}

function typed(path: FieldPath, kubeletType: FieldType, whole: string): FoundField {
  const type = celType(kubeletType);
  if (type !== undefined) return { path, types: [type], kubeletType };
  return one(whole, 'a group, or a list of groups', 'give the path of one value in it; a list of groups cannot be computed');
}

/** Undefined for what no expression can make. */
function celType(type: FieldType): string | undefined {
  if (type.startsWith('list:')) return wrap('list<', type.slice('list:'.length));
  if (type.startsWith('map:')) return wrap('map<string, ', type.slice('map:'.length));
  switch (type) {
    case 'string':
    case 'quantity':
    case 'duration':
    case 'duration?':
      return 'string';
    case 'int32':
    case 'int64':
      return 'int';
    case 'float64':
      return 'double';
    case 'bool':
      return 'bool';
    default:
      return undefined;
  }
}

function wrap(before: string, inner: string): string | undefined {
  const type = celType(inner as FieldType);
  return type === undefined ? undefined : `${before}${type}>`;
}

/** Any other field of the merged spec, by the schema. */
function specField(path: readonly string[]): FoundField {
  const [root = ''] = path;
  const text = path.join('.');
  if (!(mergedFields as readonly string[]).includes(root)) {
    const remedy = `begin the path with one of ${mergedFields.join(', ')} (paths count from spec)`;
    return { reason: `${text} is not a field that is merged per node`, remedy };
  }
  if (keyedLists.some((list) => list.path.every((step, index) => step === path[index]))) {
    return {
      reason: `${text} is in a list, whose items cannot be computed`,
      remedy: 'write one object for each value, and select it by a label',
    };
  }
  let schema: Schema | undefined = rootSchema.properties?.['spec'];
  for (const [index, step] of path.entries()) {
    const { properties = {}, additionalProperties }: Schema = schema ?? {};
    schema = Object.hasOwn(properties, step) ? properties[step] : additionalProperties || undefined;
    const parent = path.slice(0, index).join('.');
    if (!schema)
      return unknown(
        `there is no field ${parent}${parent && '.'}${step}`,
        step,
        Object.keys(properties),
        `${parent}${parent && '.'}`,
      );
  }
  const type = schemaType(schema);
  return type === undefined ? one(text, 'a group', 'give the path of one value in it') : { path, types: [type] };
}

function schemaType(schema: Schema | undefined): string | undefined {
  const { type, items, additionalProperties } = schema ?? {};
  const scalars: Readonly<Record<string, string>> = { string: 'string', integer: 'int', boolean: 'bool' };
  if (typeof type !== 'string') return undefined;
  if (type === 'array') return schemaType(items) === 'string' ? 'list<string>' : undefined;
  if (type === 'object' && additionalProperties)
    return schemaType(additionalProperties) === 'string' ? 'map<string, string>' : undefined;
  return Object.hasOwn(scalars, type) ? scalars[type] : undefined;
}

function one(path: string, what: string, remedy: string): Missing {
  return { reason: `${path} is ${what}`, remedy };
}

/** With more names than these a list of them helps nobody. */
const fewNames = 12;

function unknown(reason: string, name: string, known: Iterable<string>, prefix: string): Missing {
  const names = [...known];
  const near = nearest(name, names);
  if (near !== undefined) return { reason, remedy: `write ${prefix}${near}` };
  return { reason, remedy: names.length > 0 && names.length <= fewNames ? `use one of ${names.join(', ')}` : 'correct the path' };
}
