/** Plain JSON values, as YAML, the API server and the journal hold them. */

import { createHash } from 'node:crypto';

export type Json = null | boolean | number | string | readonly Json[] | JsonMap;
export interface JsonMap {
  readonly [key: string]: Json;
}

/** Whether a value is a map. */
export function isJsonMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The same text for the same value in any order of its keys, so a reordered manifest is not a change.
 * `undefined` and an absent key are the same.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isJsonMap(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

/**
 * The first 16 hexadecimal digits of the SHA-256 of the canonical JSON. A node has few revisions, so 64 bits
 * are enough to tell them apart.
 */
export function contentId(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16);
}
