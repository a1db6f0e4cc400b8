/**
 * The meaning of a YAML scalar to kubectl: the resolve rules of go-yaml v2 (YAML 1.1 core with Go's number
 * syntax), then the conversion to JSON of sigs.k8s.io/yaml. test/vectors/kubectl-scalars.json records what a
 * real kubectl made of each.
 */

import { integerOf } from '../../go/values.ts';
import type { JsonScalar, ScalarFault } from './tree.ts';

export interface ResolvedScalar {
  readonly value: JsonScalar;
  /** The scalar as the key of a map; undefined if kubectl refuses it as a key. */
  readonly key: string | undefined;
  /** Why it cannot be a value, although it may be a key. */
  readonly fault?: ScalarFault;
}

type Resolved =
  | { readonly type: 'str' | 'timestamp'; readonly text: string }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'null' }
  | { readonly type: 'int'; readonly integer: bigint }
  | { readonly type: 'float'; readonly float: number; readonly writtenAsInteger: boolean };

const standardTag = 'tag:yaml.org,2002:';
const words = new Map<string, Resolved>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (word) => [word, { type: 'bool', value: true }] as const,
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (word) => [word, { type: 'bool', value: false }] as const,
  ),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, { type: 'null' }] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, floatOf(Number.NaN)] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word) => [word, floatOf(Number.POSITIVE_INFINITY)] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, floatOf(Number.NEGATIVE_INFINITY)] as const),
]);

/**
 * Resolves one scalar as kubectl does.
 * @param plain whether it has no quotes and is not a block scalar
 * @param tag the tag before it, in full (`tag:yaml.org,2002:int`), if there is one
 */
export function resolveScalar(text: string, plain: boolean, tag: string | undefined): ResolvedScalar {
  if (tag === undefined) return jsonOf(plain ? resolve(text, 'any') : { type: 'str', text });
  if (tag === `${standardTag}binary`) return decodeBinary(text);
  const wanted = tag.startsWith(standardTag) ? tag.slice(standardTag.length) : tag;
  // For a tag that it does not know, and for `!`, go-yaml takes the text as it is.
  if (!['bool', 'int', 'float', 'null', 'timestamp'].includes(wanted)) return jsonOf({ type: 'str', text });
  return resolveTagged(text, wanted);
}

function resolveTagged(text: string, wanted: string): ResolvedScalar {
  const resolved = resolve(text, wanted);
  if (resolved.type === wanted) return jsonOf(resolved);
  if (resolved.type === 'int' && wanted === 'float') return jsonOf(floatOf(Number(resolved.integer), true));
  return refused(`\`${text}\` has the tag !!${wanted}, but its value is of another type`, 'remove the tag or correct the value');
}

function resolve(text: string, wanted: string): Resolved {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (text.startsWith('.')) return parseDotFloat(text) ?? { type: 'str', text };
  if (!/^[-+0-9]/.test(text)) return { type: 'str', text };
  if (wanted === 'timestamp' && /^\d{4}-\d{1,2}-\d{1,2}([Tt ]|$)/.test(text)) return { type: 'timestamp', text };
  return parseNumber(text.replaceAll('_', '')) ?? { type: 'str', text };
}

/**
 * go-yaml leaves text that begins with a dot to Go's ParseFloat, which allows underscores between digits
 * only.
 */
function parseDotFloat(text: string): Resolved | undefined {
  if (!/^\.\d+(_\d+)*([eE][-+]?\d+(_\d+)*)?$/.test(text)) return undefined;
  return finiteFloat(text.replaceAll('_', ''), false);
}

function parseNumber(text: string): Resolved | undefined {
  const integer = parseGoInteger(text);
  if (integer !== undefined) return { type: 'int', integer };
  if (/^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(text)) return finiteFloat(text, /^[-+]?\d+$/.test(text));
  const signedBinary = /^0b([-+][01]+)$/.exec(text)?.[1];
  return signedBinary === undefined ? undefined : { type: 'int', integer: BigInt(Number.parseInt(signedBinary, 2)) };
}

/**
 * strconv.ParseInt(text, 0, 64), then ParseUint; undefined beyond 64 bits, where go-yaml tries a float next.
 */
function parseGoInteger(text: string): bigint | undefined {
  const integer = integerOf(text);
  const largest = /^[-+]/.test(text) ? 2n ** 63n - 1n : 2n ** 64n - 1n;
  return integer === undefined || integer > largest || integer < -(2n ** 63n) ? undefined : integer;
}

function finiteFloat(text: string, writtenAsInteger: boolean): Resolved | undefined {
  const float = Number(text);
  return Number.isFinite(float) ? floatOf(float, writtenAsInteger) : undefined;
}

function floatOf(float: number, writtenAsInteger = false): Resolved {
  return { type: 'float', float, writtenAsInteger };
}

/**
 * Decodes strict base64 with line breaks, like Go. Bytes that are not UTF-8 become U+FFFD, as in Go's JSON.
 */
function decodeBinary(text: string): ResolvedScalar {
  const packed = text.replace(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(packed)) {
    return refused('the value of !!binary is not base64', 'write standard base64 with its padding, or remove the tag');
  }
  const decoded = Buffer.from(packed, 'base64').toString('utf8');
  return { value: decoded, key: decoded };
}

function jsonOf(resolved: Resolved): ResolvedScalar {
  switch (resolved.type) {
    case 'str':
    case 'timestamp':
      return { value: resolved.text, key: resolved.text };
    case 'bool':
      return { value: resolved.value, key: String(resolved.value) };
    case 'null':
      return { value: null, key: undefined };
    case 'int':
      return jsonOfInteger(resolved.integer);
    case 'float':
      return jsonOfFloat(resolved.float, resolved.writtenAsInteger);
    default:
      return resolved satisfies never;
  }
}

function jsonOfInteger(integer: bigint): ResolvedScalar {
  // kubectl cannot write a key beyond the signed 64 bits.
  const key = integer < 2n ** 63n ? String(integer) : undefined;
  const value = Number(integer);
  return Number.isSafeInteger(value) ? { value, key } : { value, key, fault: numberTooLarge(String(integer)) };
}

function jsonOfFloat(float: number, writtenAsInteger: boolean): ResolvedScalar {
  const key = formatFloatKey(float);
  if (!Number.isFinite(float)) {
    const reason = `JSON, and so the API server, cannot hold the number ${key}`;
    return {
      value: null,
      key,
      fault: { code: 'NotYaml', reason, remedy: 'write a finite number, or put it in quotes if it is text' },
    };
  }
  // The API server reads JSON's -0 as the integer 0.
  const value = float === 0 ? 0 : float;
  return writtenAsInteger && !Number.isSafeInteger(value) ? { value, key, fault: numberTooLarge(String(float)) } : { value, key };
}

/** The fault of an integer that JavaScript, and other readers of JSON, would round. */
export function numberTooLarge(integer: string): ScalarFault {
  return {
    code: 'NumberTooLarge',
    reason: `the integer ${integer} is beyond 2^53, and programs round it differently`,
    remedy: 'write a smaller number, or put it in quotes if it is text',
  };
}

function refused(reason: string, remedy: string): ResolvedScalar {
  return { value: null, key: undefined, fault: { code: 'NotYaml', reason, remedy } };
}

/**
 * strconv.FormatFloat(float, 'g', -1, 32): sigs.k8s.io/yaml writes a key that is a float with 32-bit
 * precision.
 */
function formatFloatKey(float: number): string {
  const narrow = Math.fround(float);
  if (Number.isNaN(narrow)) return '.nan';
  if (!Number.isFinite(narrow)) return narrow > 0 ? '.inf' : '-.inf';
  if (narrow === 0) return Object.is(narrow, -0) ? '-0' : '0';
  let digits = 1;
  while (Math.fround(Number(narrow.toPrecision(digits))) !== narrow) digits += 1;
  const [mantissa = '', exponentText = '0'] = narrow.toExponential(digits - 1).split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 6) return String(Number(narrow.toPrecision(digits)));
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}
