/**
 * When two values of a field are the same thing for a kubelet, however its files and its /configz write
 * it. Pure.
 */

import { posix } from 'node:path';
import { isJsonMap, type Json } from '../../api/json.ts';
import { parseQuantity } from '../../go/quantity.ts';
import { nanosecondsOf } from '../../go/values.ts';
import type { Setting } from './setting.ts';

/**
 * Whether a running kubelet has a field otherwise than its files say.
 *
 * @param said what the files say; undefined for nothing
 * @param runs what the kubelet says; undefined for nothing
 * @param known whether the kubelet's own default, or nothing, is known to be right where no file gives the
 * field; and whether the kubelet has such a field
 */
export function differsInForce(
  said: Pick<Setting, 'value' | 'by'> | undefined,
  runs: Json | undefined,
  known: { readonly isDefault: boolean; readonly hasField: boolean },
): boolean {
  if (sameInForce(said?.value, runs)) return false;
  return said?.by === undefined ? known.isDefault : runs !== undefined || known.hasField;
}

/**
 * True if a kubelet has the same in force. The empty value and none are the same: /configz leaves out what is
 * empty. Durations and quantities count by what they mean, flags may give a number as a text, and a path may
 * have needless slashes.
 */
export function sameInForce(one: Json | undefined, other: Json | undefined): boolean {
  if (isEmptyValue(one) || isEmptyValue(other)) return isEmptyValue(one) && isEmptyValue(other);
  if (Array.isArray(one) || Array.isArray(other)) return Array.isArray(one) && Array.isArray(other) && sameLists(one, other);
  if (isJsonMap(one) || isJsonMap(other)) {
    if (!isJsonMap(one) || !isJsonMap(other)) return false;
    return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((key) => sameInForce(one[key], other[key]));
  }
  return sameScalars(String(one), String(other), typeof one === 'number' || typeof other === 'number');
}

function sameLists(one: readonly Json[], other: readonly Json[]): boolean {
  return one.length === other.length && one.every((item, index) => sameInForce(item, other[index]));
}

function isEmptyValue(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isJsonMap(value)) return Object.values(value).every(isEmptyValue);
  // The text 0 may be a CPU, or a limit of memory.
  return !value || (typeof value === 'string' && value !== '0' && nanosecondsOf(value) === 0);
}

function sameScalars(one: string, other: string, isNumber: boolean): boolean {
  if (one === other) return true;
  if (one.startsWith('/') && other.startsWith('/')) return pathOf(one) === pathOf(other);
  const isSame = (read: (text: string) => number | undefined) => read(one) !== undefined && read(one) === read(other);
  return isSame((text) => durationOf(text, isNumber)) || isSame(quantityOf);
}

/** A number beside a duration counts nanoseconds, as in `logging.flushFrequency`. */
function durationOf(text: string, isNumber: boolean): number | undefined {
  const isWhole = /^\d+$/.test(text);
  return isWhole && isNumber ? Number(text) : nanosecondsOf(text);
}

function quantityOf(text: string): number | undefined {
  const parsed = /^[+-]?[0-9.]/.test(text) ? parseQuantity(text) : undefined;
  return parsed?.ok ? parsed.value : undefined;
}

function pathOf(text: string): string {
  return posix.resolve('/', text);
}
