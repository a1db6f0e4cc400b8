/**
 * Why the kubelet's parser of flags refuses a value: each flag by its own grammar, in the kubelet's words.
 * Pure.
 */

import { parseQuantity } from '../go/quantity.ts';
import { isIpAddress, quoted } from '../go/text.ts';
import { integerOf, isGoDuration, isGoFloat, isGoInteger, parseBool } from '../go/values.ts';
import { fieldRow } from './field-table.ts';
import { flagRowAt, flagType } from './flag-table.ts';
import type { Release } from './release.ts';
import { isLabelValue, isQualifiedName } from './rules/nodes.ts';

/** Undefined for a value that the kubelet reads, and for a flag that no release has. */
export function flagValueFault(name: string, text: string, release: Release): string | undefined {
  const row = flagRowAt(name, release);
  if (row === undefined) return undefined;
  const special = Object.hasOwn(grammars, name) ? grammars[name] : undefined;
  if (special) return special(text);
  switch (flagType(row, release)) {
    case 'bool': {
      const parsed = parseBool(text);
      return parsed.ok ? undefined : parsed.refusal.reason;
    }
    case 'int':
      return integerFault(text, row.field !== undefined && fieldRow(row.field)?.type === 'int32' ? 32 : 64);
    case 'float':
      return isGoFloat(text) ? undefined : `strconv.ParseFloat: parsing ${quoted(text)}: invalid syntax`;
    case 'duration':
      return isGoDuration(text) ? undefined : `time: invalid duration ${quoted(text)}`;
    case 'ip':
      return text === '' || isIpAddress(text.trim()) ? undefined : `${quoted(text)} is not a valid IP address`;
    case 'map':
      return pairFault(text, '=');
    case 'quantity':
      return parseQuantity(text).ok ? undefined : `${quoted(text)} is no quantity`;
    default:
      return undefined;
  }
}

function integerFault(text: string, bits: 32 | 64): string | undefined {
  const integer = integerOf(text);
  if (integer === undefined || (bits === 64 && !isGoInteger(text))) {
    return `strconv.ParseInt: parsing ${quoted(text)}: ${integer === undefined ? 'invalid syntax' : 'value out of range'}`;
  }
  return BigInt.asIntN(bits, integer) === integer ? undefined : `strconv.ParseInt: parsing ${quoted(text)}: value out of range`;
}

const grammars: Readonly<Record<string, (text: string) => string | undefined>> = {
  'node-labels': () => undefined,
  v: verbosityFault,
  'eviction-hard': (text) => pairFault(text, '<'),
  'eviction-soft': (text) => pairFault(text, '<'),
  'manifest-url-header': (text) => pairFault(text, ':'),
  'feature-gates': gatesFault,
  'register-with-taints': taintsFault,
  'reserved-memory': reservedMemoryFault,
  vmodule: vmoduleFault,
};

function verbosityFault(text: string): string | undefined {
  const integer = text.startsWith('-') || text.startsWith('+') ? undefined : integerOf(text);
  if (integer === undefined) return `strconv.ParseUint: parsing ${quoted(text)}: invalid syntax`;
  return integer <= 2_147_483_647n ? undefined : `strconv.ParseUint: parsing ${quoted(text)}: value out of range`;
}

/** An empty text is no pair at all, which is fine. */
function pairFault(text: string, separator: string): string | undefined {
  const pairs = text.split(',').filter((pair) => pair !== '');
  return pairs.every((pair) => pair.includes(separator)) ? undefined : `malformed pair, expect string${separator}string`;
}

function gatesFault(text: string): string | undefined {
  for (const pair of text.split(',').filter((one) => one.trim() !== '')) {
    const at = pair.indexOf('=');
    if (at < 0) return `missing bool value for ${pair.trim()}`;
    const value = parseBool(pair.slice(at + 1).trim());
    if (!value.ok)
      return `invalid value of ${pair.slice(0, at).trim()}: ${pair.slice(at + 1).trim()}, err: ${value.refusal.reason}`;
  }
  return undefined;
}

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function taintsFault(text: string): string | undefined {
  const seen = new Set<string>();
  for (const taint of text.split(',').filter((one) => one !== '')) {
    const [said = '', effect, ...more] = taint.split(':');
    const [key = '', value = '', ...values] = said.split('=');
    if (effect === undefined || more.length > 0 || values.length > 0) return `invalid taint spec: ${taint}`;
    // A dash behind it takes a taint away.
    if (!effects.includes(effect.replace(/-$/, ''))) return `invalid taint effect: ${effect}, unsupported taint effect`;
    if (!isQualifiedName(key) || !isLabelValue(value)) return `invalid taint spec: ${taint}`;
    if (seen.has(`${key}:${effect}`)) return `duplicated taints with the same key and effect: ${taint}`;
    seen.add(`${key}:${effect}`);
  }
  return undefined;
}

function reservedMemoryFault(text: string): string | undefined {
  for (const node of text.split(';').filter((one) => one !== '')) {
    const at = node.indexOf(':');
    if (at < 0)
      return `the reserved memory has incorrect format, expected numaNodeID:type=quantity[,type=quantity...], got ${node}`;
    if (integerOf(node.slice(0, at)) === undefined) return `failed to convert the NUMA node ID, ${quoted(node.slice(0, at))}`;
    for (const limit of node.slice(at + 1).split(',')) {
      const [name = '', amount, ...more] = limit.split('=');
      if (amount === undefined || more.length > 0)
        return `the reserved limit has incorrect value, expected type=quantity, got ${limit}`;
      if (name !== 'memory' && !name.startsWith('hugepages-'))
        return `memory type conversion error, unknown type: ${quoted(name)}`;
      if (!parseQuantity(amount).ok) return `failed to parse the quantity: ${amount}`;
    }
  }
  return undefined;
}

function vmoduleFault(text: string): string | undefined {
  for (const item of text.split(',').filter((one) => one !== '')) {
    const [pattern = '', level, ...more] = item.split('=');
    if (level === undefined || more.length > 0 || pattern === '') return `${quoted(item)} does not have the pattern=N format`;
    const fault = verbosityFault(level);
    if (fault !== undefined) return `parsing verbosity in ${quoted(item)}: ${fault}`;
  }
  return undefined;
}
