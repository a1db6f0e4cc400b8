/**
 * The shapes of which the schema is built. Each is a structural schema, the only kind that an API server
 * accepts, and has the limits that the cost estimate of CEL needs.
 */

import type { Static, TSchema, TUnsafe } from 'typebox';
import * as Type from 'typebox';

/**
 * A CEL rule. The API server shows reason and remedy as one message; offline they are the two parts of a
 * problem.
 */
export interface Rule {
  readonly rule: string;
  readonly reason: string;
  readonly remedy: string;
}

/**
 * Our own keywords in the schema, left out of the CRD: a pattern in words, and the rules with their remedies.
 */
export const expectsKeyword = 'x-expects';
export const rulesKeyword = 'x-kubernetes-validations';
/** Marks a path that is written on the host: `WrittenPathRule`. Left out of the CRD. */
export const writtenKeyword = 'x-written-path';

/** A field that may be absent. */
export const optional = Type.Optional;

interface TextLimits {
  readonly maxLength: number;
  readonly pattern?: string;
  /** The pattern in words that complete "write …". */
  readonly expects?: string;
}

/** A string. */
export function text(description: string, { expects, ...limits }: TextLimits): TUnsafe<string> {
  return Type.Unsafe<string>({ type: 'string', ...limits, ...(expects && { [expectsKeyword]: expects }), description });
}

/** An absolute path. Whether it is normal, and allowed, is checked with the allowance of the agent. */
export function absolutePath(description: string): TUnsafe<string> {
  return text(description, {
    maxLength: 4096,
    pattern: '^/[^\\x00-\\x1f\\x7f]*$',
    expects: 'an absolute path, one that begins with /, without control characters',
  });
}

/** How validation checks a path that is written on the host. */
export interface WrittenPathRule {
  /** A path that is allowed, although it is not in a place where objects may write. */
  readonly exempt?: string;
}

/** A path that the agent or the launcher's program writes. Validation checks that the agent allows it. */
export function writtenPath(path: TUnsafe<string>, rule: WrittenPathRule = {}): TUnsafe<string> {
  return Type.Unsafe<string>({ ...path, [writtenKeyword]: rule });
}

/** One of some words. */
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

/** A whole number within limits. */
export function integer(description: string, limits: IntegerLimits): TUnsafe<number> {
  const format = limits.maximum > 2 ** 31 - 1 ? 'int64' : 'int32';
  return Type.Unsafe<number>({ type: 'integer', format, ...limits, description });
}

/** A boolean. */
export function yesNo(description: string, limits: { readonly default?: boolean } = {}): TUnsafe<boolean> {
  return Type.Unsafe<boolean>({ type: 'boolean', ...limits, description });
}

interface ListLimits {
  readonly maxItems: number;
  /**
   * The members that identify an item. Without them the list is atomic: server-side apply replaces it whole.
   */
  readonly keys?: readonly string[];
}

/** A list; a merge by key if it has keys, else atomic. */
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

/** A list of command-line words. */
export function words(description: string): TUnsafe<string[]> {
  return list(description, text('One word, passed on as it stands.', { maxLength: 4096 }), { maxItems: 64 });
}

/** A map from any name to values of one shape. */
export function map<Value extends TSchema>(
  description: string,
  values: Value,
  limits: { readonly maxProperties: number },
): TUnsafe<Record<string, Static<Value>>> {
  return Type.Unsafe<Record<string, Static<Value>>>({ type: 'object', ...limits, additionalProperties: values, description });
}

/**
 * A value of any type. CEL sees neither such a value nor a map of them, so only `validateKubeletConfig`
 * checks them.
 */
export function untyped<Value>(description: string): TUnsafe<Value> {
  return Type.Unsafe<Value>({ 'x-kubernetes-preserve-unknown-fields': true, description });
}

interface ObjectLimits {
  readonly rules?: readonly Rule[];
  /** Server-side apply gives the whole object one owner. */
  readonly atomic?: boolean;
  /** The API server keeps fields that are not declared. */
  readonly open?: boolean;
  /** See `notEmpty`. */
  readonly minProperties?: 1;
  /** Only outside the merged fields: in them the default would override another object's value. */
  readonly default?: object;
}

/**
 * For a group that must hold at least one field. The API server drops a misspelt field before it validates;
 * without this limit it would then accept an empty group, which means something else.
 */
export const notEmpty = { minProperties: 1 } as const;

/** A map with the given fields. */
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
