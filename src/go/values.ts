/**
 * How Go reads booleans, numbers and durations; the only reader of these in the project. Where Go's releases
 * differ, the most lenient one counts, because the kubelets of ten years were built with many of them.
 */

import { accepted, type Parsed, refused } from './parsed.ts';
import { quoted } from './text.ts';

const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

/** `strconv.ParseBool`; the reason of a refusal is in Go's own words. */
export function parseBool(text: string): Parsed<boolean> {
  if (TRUE.includes(text)) return accepted(true);
  if (FALSE.includes(text)) return accepted(false);
  return refused(`strconv.ParseBool: parsing ${quoted(text)}: invalid syntax`, 'write true or false');
}

/** `strconv.Atoi` on a 64-bit machine: decimal digits only; the reason of a refusal is in Go's own words. */
export function parseInteger(text: string): Parsed<number> {
  const prefix = `strconv.Atoi: parsing ${quoted(text)}`;
  if (!/^[+-]?[0-9]+$/.test(text)) return refused(`${prefix}: invalid syntax`, 'write a whole number');
  const exact = BigInt(text.replace(/^\+/, ''));
  if (BigInt.asIntN(64, exact) !== exact) return refused(`${prefix}: value out of range`, 'write a smaller number');
  return accepted(Number(exact));
}

const integerSyntax = /^(?:0[xX](?:_?[\da-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0(?:_?[0-7])*|[1-9](?:_?\d)*)$/;

/**
 * The whole number that `strconv.ParseInt(text, 0, …)` reads: 010 is 8, and since Go 1.13 0b1, 0o7 and 1_000
 * are numbers. It may have any size. Undefined for a text that is no number.
 */
export function integerOf(text: string): bigint | undefined {
  const isNegative = text.startsWith('-');
  const digits = text.replace(/^[+-]/, '');
  if (!integerSyntax.test(digits)) return undefined;
  const size = BigInt(digits.replaceAll('_', '').replace(/^0(?=\d)/, '0o'));
  return isNegative ? -size : size;
}

/** Whether `strconv.ParseInt(text, 0, 64)` reads it. The narrower types of some flags are not told apart. */
export function isGoInteger(text: string): boolean {
  const integer = integerOf(text);
  return integer !== undefined && BigInt.asIntN(64, integer) === integer;
}

/** Whether `strconv.ParseFloat(text, 64)` reads it. */
export function isGoFloat(text: string): boolean {
  return floatOf(text) !== undefined;
}

/** The number that `strconv.ParseFloat` reads; undefined for a text that is none. */
export function floatOf(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1;
  const size = text.replace(/^[+-]/, '').toLowerCase();
  if (/^inf(?:inity)?$/.test(size)) return sign * Number.POSITIVE_INFINITY;
  if (size === 'nan') return Number.NaN;
  // An underscore stands between digits, or behind the prefix of a base.
  if (/_(?!\w)|__|^_|[.ep]_|_[.ep]|_$/.test(size.replace(/^0x_/, '0x'))) return undefined;
  const plain = size.replaceAll('_', '');
  if (/^(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/.test(plain)) return sign * Number(plain);
  const [whole, digits = '', fraction = '', power = ''] = /^0x([\da-f]*)(?:\.([\da-f]*))?p([+-]?\d+)$/.exec(plain) ?? [];
  if (whole === undefined || digits + fraction === '') return undefined;
  return sign * Number.parseInt(digits + fraction, 16) * 2 ** (Number(power) - 4 * fraction.length);
}

const nanoseconds: Readonly<Record<string, number>> = {
  ...{ ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6 },
  ...{ s: 1e9, m: 60e9, h: 3600e9 },
};

/**
 * Whether `time.ParseDuration` reads it: 0 alone needs no unit, and the sum must fit 64 bits of nanoseconds.
 */
export function isGoDuration(text: string): boolean {
  return nanosecondsOf(text) !== undefined;
}

/** The length that `time.ParseDuration` reads; undefined for a text that is no duration. */
export function nanosecondsOf(text: string): number | undefined {
  if (/^[+-]?0$/.test(text)) return 0;
  if (!/^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return undefined;
  const parts = text.matchAll(/([\d.]+)([^\d.]*)/g);
  const total = [...parts].reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (nanoseconds[unit] ?? 0), 0);
  if (total > 2 ** 63) return undefined;
  return text.startsWith('-') ? -total : total;
}
