/**
 * The JSON types of KubeletConfiguration, as Go decodes them: it converts nothing, and no version of the
 * kubelet starts with a wrong type.
 */

import { isJsonMap, type Json } from '../api/json.ts';
import type { FieldPath } from '../api/problem.ts';
import { show } from '../api/validate/parts.ts';
import { refusal, type SpecProblem } from '../desired/spec-problem.ts';
import { parseQuantity } from '../go/quantity.ts';
import { isGoDuration } from '../go/values.ts';
import type { FieldType, ScalarType } from './data/kubelet-fields.ts';

interface TypedValue {
  readonly value: Json;
  readonly type: FieldType;
  readonly path: FieldPath;
}

/** An error for each value below `value` that is not of the type in the table. */
export function typeProblems({ value, type, path }: TypedValue): SpecProblem[] {
  if (isListType(type)) {
    if (Array.isArray(value))
      return value.flatMap((item: Json, index) => typeProblems({ value: item, type: itemType(type), path: [...path, index] }));
    return value === null ? [] : [wrongType(value, 'a list', 'write a list, also for a single item', path)];
  }
  if (isMapType(type)) {
    if (isJsonMap(value))
      return Object.entries(value).flatMap(([key, item]) =>
        typeProblems({ value: item, type: itemType(type), path: [...path, key] }),
      );
    return value === null ? [] : [wrongType(value, 'a map', 'write a map of names to values', path)];
  }
  return scalarProblems(value, type, path);
}

type ListType = Extract<FieldType, `list:${string}`>;
type MapType = Extract<FieldType, `map:${string}`>;

function isListType(type: FieldType): type is ListType {
  return type.startsWith('list:');
}

function isMapType(type: FieldType): type is MapType {
  return type.startsWith('map:');
}

function itemType(type: ListType | MapType): FieldType {
  return type.slice(type.indexOf(':') + 1) as FieldType;
}

/**
 * null leaves the default; only in a duration that is no pointer does the kubelet read it as an empty
 * duration.
 */
function scalarProblems(value: Json, type: ScalarType, path: FieldPath): SpecProblem[] {
  if (value === null) {
    return type === 'duration' ? [wrongType(value, 'a duration', 'leave the field out for its default', path)] : [];
  }
  switch (type) {
    case 'string':
      return typeof value === 'string' ? [] : [wrongType(value, 'a string', quotes(value), path)];
    case 'bool':
      return typeof value === 'boolean' ? [] : [wrongType(value, 'true or false', 'write true or false without quotes', path)];
    case 'int32':
      return integerProblems(value, 32, path);
    case 'int64':
      return integerProblems(value, 64, path);
    case 'float64':
      return typeof value === 'number' ? [] : [wrongType(value, 'a number', 'write a number without quotes', path)];
    case 'quantity':
      return typeof value === 'number' || (typeof value === 'string' && parseQuantity(value.trim()).ok)
        ? []
        : [wrongType(value, 'a quantity', 'write a quantity, e.g. "1Gi"', path)];
    case 'duration':
    case 'duration?':
      return durationProblems(value, path);
    case 'uint32':
      return unsignedProblems(value, path);
    case 'duration|nanoseconds':
      return typeof value === 'number' ? integerProblems(value, 64, path) : durationProblems(value, path);
    case 'object':
      return isJsonMap(value) ? [] : [wrongType(value, 'a map', 'write a map of fields', path)];
    default:
      return type satisfies never;
  }
}

function integerProblems(value: Json, bits: 32 | 64, path: FieldPath): SpecProblem[] {
  if (typeof value !== 'number') return [wrongType(value, 'a whole number', 'write a number without quotes', path)];
  if (!Number.isInteger(value)) return [wrongType(value, 'a whole number', 'round it', path)];
  const limit = 2 ** (bits - 1);
  // 2^63 - 1 is 2^63 here.
  if (-limit <= value && (value < limit || (bits === 64 && value === limit))) return [];
  return [
    wrongType(value, `a whole number of ${bits} bits`, `write a number between -2^${bits - 1} and 2^${bits - 1} - 1`, path),
  ];
}

function unsignedProblems(value: Json, path: FieldPath): SpecProblem[] {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32) return [];
  return [wrongType(value, 'a whole number of 0 or more', 'write a number without quotes', path)];
}

function durationProblems(value: Json, path: FieldPath): SpecProblem[] {
  if (typeof value === 'string' && isGoDuration(value)) return [];
  const meant = meantDuration(String(value));
  const remedy = meant ?? 'a string of numbers with their units, e.g. "30s", "5m" or "1h30m"';
  return [wrongType(value, 'a duration', `write ${remedy}`, path)];
}

/** What a number without a unit, or with one that Go does not have, most likely means. */
function meantDuration(text: string): string | undefined {
  const [, amount, word = ''] = /^(\d{1,9}) {0,3}([a-z]{0,7})$/.exec(text) ?? [];
  if (amount === undefined) return undefined;
  if (/^d(ays?)?$/.test(word)) return `"${Number(amount) * 24}h"`;
  const unit = ['seconds', 'minutes', 'hours'].find((name) => name.startsWith(word));
  return unit === undefined ? undefined : `"${amount}${unit.charAt(0)}"`;
}

function quotes(value: Json): string {
  return typeof value === 'object' ? 'write one string' : `put it in quotes: "${value}"`;
}

function wrongType(value: Json, expected: string, remedy: string, path: FieldPath): SpecProblem {
  const reason = `expected ${expected}, found ${show(value)}: the kubelet does not start with it`;
  return refusal('ConfigurationInvalid', path, reason, remedy);
}
