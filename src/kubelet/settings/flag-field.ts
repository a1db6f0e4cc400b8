/** The fields of KubeletConfiguration that flags set: a flag counts more than the file. Pure. */

import type { Json, JsonMap } from '../../api/json.ts';
import type { FieldPath } from '../../api/problem.ts';
import { integerOf, parseBool } from '../../go/values.ts';
import { fieldRow } from '../field-table.ts';
import { flagRowAt } from '../flag-table.ts';
import type { Release } from '../release.ts';

/** A field as flags set it. */
export interface FlagField {
  readonly path: FieldPath;
  readonly value: Json;
}

/** The field that says the same as a flag; undefined if there is none, as for --node-ip. */
export function fieldOf(flag: string, release: Release | undefined): string | undefined {
  return flagRowAt(flag, release)?.field;
}

/**
 * The field that a flag sets, with its value as JSON.
 *
 * @param texts the values of a repeated flag, in their order: a list or map takes them all, any other
 * type the last
 * @returns undefined if the flag has no field
 */
export function fieldOfFlags(flag: string, texts: readonly string[], release: Release | undefined): FlagField | undefined {
  const field = fieldOf(flag, release);
  if (field === undefined) return undefined;
  return { path: field.split('.'), value: fieldValue(flag, field, texts) };
}

function fieldValue(flag: string, field: string, texts: readonly string[]): Json {
  const last = texts.at(-1) ?? '';
  const special = specialValues[flag];
  if (special) return special(texts);
  switch (fieldRow(field)?.type) {
    case 'bool':
      return booleanOr(last);
    case 'int32':
    case 'int64':
      return integerOr(last);
    case 'float64':
      return Number.isNaN(Number(last)) ? last : Number(last);
    case 'list:string':
      return texts.flatMap((text) => splitList(text, ','));
    case 'map:string':
      return pairs(texts, '=', (value) => value);
    case 'map:bool':
      return pairs(texts, '=', booleanOr);
    default:
      return last;
  }
}

const specialValues: Readonly<Record<string, (texts: readonly string[]) => Json>> = {
  v: (texts) => integerOr(texts.at(-1) ?? ''),
  'eviction-hard': (texts) => pairs(texts, '<', (value) => value),
  'eviction-soft': (texts) => pairs(texts, '<', (value) => value),
  'manifest-url-header': (texts) => headers(texts),
  'register-with-taints': (texts) =>
    splitList(texts.at(-1) ?? '', ',')
      .filter((text) => !text.endsWith('-'))
      .map(taint),
  'reserved-memory': (texts) => texts.flatMap((text) => splitList(text, ';').map(reservedMemory)),
  // An empty item says nothing.
  vmodule: (texts) =>
    splitList(texts.at(-1) ?? '', ',')
      .filter((item) => item !== '')
      .map(verbosity),
  'log-json-split-stream': (texts) => booleanOr(texts.at(-1) ?? ''),
  'log-text-split-stream': (texts) => booleanOr(texts.at(-1) ?? ''),
};

/** A text that cannot be read stays a text: a kubelet does not start with it, and a person should see it. */
function booleanOr(text: string): Json {
  const parsed = parseBool(text);
  return parsed.ok ? parsed.value : text;
}

function integerOr(text: string): Json {
  const integer = integerOf(text);
  return integer === undefined ? text : Number(integer);
}

function splitList(text: string, separator: string): string[] {
  return text === '' ? [] : text.split(separator).map((part) => part.trim());
}

/** `a=1,b` as a flag that is a map reads it: a key without a value has an empty one. */
export function pairsOf(text: string): (readonly [key: string, value: string])[] {
  return splitList(text, ',').map((part) => {
    const [key = '', value = ''] = halves(part, '=');
    return [key.trim(), value.trim()];
  });
}

function pairs(texts: readonly string[], separator: string, read: (value: string) => Json): JsonMap {
  const found: Record<string, Json> = {};
  for (const part of texts.flatMap((text) => splitList(text, ','))) {
    const at = part.indexOf(separator);
    if (at > 0) found[part.slice(0, at).trim()] = read(part.slice(at + separator.length).trim());
  }
  return found;
}

/** `a:1,a:2,b:3` */
function headers(texts: readonly string[]): JsonMap {
  const found: Record<string, Json[]> = {};
  for (const part of texts.flatMap((text) => splitList(text, ','))) {
    const at = part.indexOf(':');
    if (at <= 0) continue;
    const name = part.slice(0, at).trim();
    found[name] = [...(found[name] ?? []), part.slice(at + 1).trim()];
  }
  return found;
}

/** `key=value:effect` or `key:effect` */
function taint(text: string): JsonMap {
  const colon = text.lastIndexOf(':');
  const [key = '', value] = halves(text.slice(0, colon < 0 ? undefined : colon), '=');
  return { key, ...(value !== undefined && value !== '' && { value }), effect: colon < 0 ? '' : text.slice(colon + 1) };
}

/** `0:memory=1Gi,hugepages-2Mi=2Gi` */
function reservedMemory(text: string): JsonMap {
  const [node = '', limits = ''] = halves(text, ':');
  return { numaNode: integerOr(node), limits: pairs([limits], '=', (value) => value) };
}

/** `file=3` */
function verbosity(text: string): JsonMap {
  const [filePattern = '', level = ''] = halves(text, '=');
  return { filePattern, verbosity: integerOr(level) };
}

function halves(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
