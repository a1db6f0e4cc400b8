/**
 * Amounts of memory and CPU (appc/spec schema/types/resource/quantity.go, a copy of Kubernetes' own from
 * 2015).
 */

import { accepted, type Parsed, refused } from './parsed.ts';

const FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

const FACTORS: Readonly<Record<string, number>> = {
  ...{ '': 1, n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** `ParseQuantity`: an amount in cores or bytes, so `500m` is 0.5. */
export function parseQuantity(text: string): Parsed<number> {
  // The digits may be missing altogether: the code is laxer than its own expression.
  const parts = /^([+-]?)([0-9]*(?:\.[0-9]*)?)((?:[eEinumkKMGTP]+[-+]?[0-9]*|[-+][0-9]*)?)$/.exec(text);
  if (text === '' || !parts) return refused(FORMAT, 'write a number with a suffix, for example 500m, 16M or 1Gi');
  const [, sign = '', digits = '', suffix = ''] = parts;
  const factor = suffixFactor(suffix);
  if (factor === undefined) return refused("unable to parse quantity's suffix", 'use m, k, M, G, T, Ki, Mi, Gi or Ti');
  const amount = Number(`0${digits}`) * factor;
  return accepted(sign === '-' ? -amount : amount);
}

function suffixFactor(suffix: string): number | undefined {
  if (Object.hasOwn(FACTORS, suffix)) return FACTORS[suffix];
  const exponent = /^[eE]([+-]?[0-9]+)$/.exec(suffix)?.[1];
  return exponent === undefined ? undefined : 10 ** Number(exponent);
}

const powers: Readonly<Record<string, { readonly base: 2 | 10; readonly power: number }>> = {
  ...{ n: ten(-9), u: ten(-6), m: ten(-3), '': ten(0), k: ten(3), M: ten(6), G: ten(9), T: ten(12), P: ten(15), E: ten(18) },
  ...{ Ki: two(10), Mi: two(20), Gi: two(30), Ti: two(40), Pi: two(50), Ei: two(60) },
};

function ten(power: number) {
  return { base: 10, power } as const;
}

function two(power: number) {
  return { base: 2, power } as const;
}

/**
 * Whether the kubelet has the quantity as a whole number of 64 bits (`Quantity.AsInt64`): it takes
 * nothing that it has to keep as a decimal, which are more than 18 digits, a fraction that is not
 * multiplied away by a power of ten, and 1Pi and more.
 */
export function isWholeQuantity(text: string): boolean {
  if (text === '0') return true;
  const [, digits = '', fraction = '', suffix = ''] = /^[+-]?(\d*)(?:\.(\d*))?((?:[a-zA-Z]+(?:[+-]?\d+)?)?)$/.exec(text) ?? [];
  if (digits + fraction === '') return false;
  const [, exponent] = /^[eE]([+-]?\d{1,3})$/.exec(suffix) ?? [];
  const known = Object.hasOwn(powers, suffix) ? powers[suffix] : undefined;
  const unit = exponent === undefined ? known : ten(Number(exponent));
  if (unit === undefined) return false;
  const length = Math.max(digits.replace(/^0+/, '').length, 1);
  if (unit.base === 2) return fraction === '' && 15 - length - Math.floor((unit.power * 3) / 10) - 1 >= 0;
  const scale = unit.power - fraction.length;
  if (length + fraction.length > 18 || scale < 0) return false;
  const size = BigInt(digits + fraction) * 10n ** BigInt(scale);
  return BigInt.asIntN(64, size) === size;
}
