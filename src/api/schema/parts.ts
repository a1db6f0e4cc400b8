/** The few shapes the schema is built of. Each is structural (an API server accepts no other) and has the limits CEL's cost estimate asks for. */

import type { Static, TSchema, TUnsafe } from 'typebox';
import * as Type from 'typebox';

/** A CEL rule. The API server shows reason and remedy joined; offline they are the two halves of a problem. */
export interface Rule {
  readonly rule: string;
  readonly reason: string;
  readonly remedy: string;
}

/** Keywords of ours in the schema, left out of the CRD: what a pattern means in words, and the remedy of a rule. */
export const expectsKeyword = 'x-expects';
export const rulesKeyword = 'x-kubernetes-validations';
/** Marks a path that is written on the host: `WrittenPathRule`. Left out of the CRD. */
export const writtenKeyword = 'x-written-path';

export const optional = Type.Optional;

interface TextLimits {
  readonly maxLength: number;
  readonly pattern?: string;
  /** What the pattern asks for, in words that complete "expected …". */
  readonly expects?: string;
}

export function text(description: string, { expects, ...limits }: TextLimits): TUnsafe<string> {
  return Type.Unsafe<string>({ type: 'string', ...limits, ...(expects && { [expectsKeyword]: expects }), description });
}

export function absolutePath(description: string): TUnsafe<string> {
  return text(description, {
    maxLength: 4096,
    pattern: '^/[^\\x00-\\x1f\\x7f]*$',
    expects: 'an absolute path, one that begins with /, without control characters',
  });
}

export interface WrittenPathRule {
  /** A path that is allowed though it lies outside the places that an object may write to. */
  readonly exempt?: string;
}

/** A path at which the agent or the launcher's program writes. Validation compares it with the places that the agent allows. */
export function writtenPath(path: TUnsafe<string>, rule: WrittenPathRule = {}): TUnsafe<string> {
  return Type.Unsafe<string>({ ...path, [writtenKeyword]: rule });
}

export function choice<const Values extends readonly string[]>(
  description: string,
  values: Values,
  limits: { readonly default?: Values[number] } = {},
): TUnsafe<Values[number]> {
  return Type.Unsafe<Values[number]>({ type: 'string', enum: [...values], ...limits, description });
}

interface IntegerLimits {
  readonly minimum: number;
  readonly maximum: number;
  readonly default?: number;
}

export function integer(description: string, limits: IntegerLimits): TUnsafe<number> {
  const format = limits.maximum > 2 ** 31 - 1 ? 'int64' : 'int32';
  return Type.Unsafe<number>({ type: 'integer', format, ...limits, description });
}

export function yesNo(description: string, limits: { readonly default?: boolean } = {}): TUnsafe<boolean> {
  return Type.Unsafe<boolean>({ type: 'boolean', ...limits, description });
}

interface ListLimits {
  readonly maxItems: number;
  /** The members that identify an item. Without them the list is replaced whole, as server-side apply does with atomic lists. */
  readonly keys?: readonly string[];
}

export function list<Item extends TSchema>(
  description: string,
  items: Item,
  { maxItems, keys }: ListLimits,
): TUnsafe<Static<Item>[]> {
  const merging = keys
    ? { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys }
    : { 'x-kubernetes-list-type': 'atomic' };
  return Type.Unsafe<Static<Item>[]>({ type: 'array', maxItems, ...merging, items, description });
}

export function words(description: string): TUnsafe<string[]> {
  return list(description, text('One word, passed on as it stands.', { maxLength: 4096 }), { maxItems: 64 });
}

/** From any name to values of one shape. */
export function map<Value extends TSchema>(
  description: string,
  values: Value,
  limits: { readonly maxProperties: number },
): TUnsafe<Record<string, Static<Value>>> {
  return Type.Unsafe<Record<string, Static<Value>>>({ type: 'object', ...limits, additionalProperties: values, description });
}

/** A value of any type. CEL can see neither it nor a map of such values, so these are checked by `validateKubeletConfig` only. */
export function untyped<Value>(description: string): TUnsafe<Value> {
  return Type.Unsafe<Value>({ 'x-kubernetes-preserve-unknown-fields': true, description });
}

interface ObjectLimits {
  readonly rules?: readonly Rule[];
  /** One owner for the whole under server-side apply. */
  readonly atomic?: boolean;
  /** Fields beyond the declared ones are kept as they are. */
  readonly open?: boolean;
  /** Only outside the merged fields: below them a default would make "absent" look "set" and override another object. */
  readonly default?: object;
}

export function object<Properties extends Type.TProperties>(
  description: string,
  properties: Properties,
  { rules, atomic, open, ...limits }: ObjectLimits = {},
): Type.TObject<Properties> {
  return Type.Object(properties, {
    ...limits,
    ...(rules && { [rulesKeyword]: rules }),
    ...(atomic && { 'x-kubernetes-map-type': 'atomic' }),
    ...(open && { 'x-kubernetes-preserve-unknown-fields': true }),
    description,
  });
}
