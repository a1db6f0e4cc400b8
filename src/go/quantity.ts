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
