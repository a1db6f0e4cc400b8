/**
 * Go's strings, paths, addresses and URL queries. Where Go's releases differ, this is what rkt's builds (Go
 * 1.8) do.
 */

import { posix } from 'node:path';
import { accepted, type Parsed, refused } from './parsed.ts';

/** `%q`, which is JSON for the texts that are shown here. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

const encoder = new TextEncoder();

/** Percent-encodes the UTF-8 bytes of every character that `keep` does not match. */
export function percentEncode(text: string, keep: RegExp): string {
  const encode = (character: string) =>
    [...encoder.encode(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
  return [...text].map((character) => (keep.test(character) ? character : encode(character))).join('');
}

/** `url.QueryUnescape`: `+` is a blank, `%XX` a byte. */
function unescapeQuery(text: string): Parsed<string> {
  const bad = text.search(/%(?![0-9a-fA-F]{2})/);
  if (bad >= 0) return refused(`invalid URL escape ${quoted(text.slice(bad, bad + 3))}`, 'write a literal % as %25');
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const bytes = (run: string) => Uint8Array.from(run.slice(1).split('%'), (pair) => Number.parseInt(pair, 16));
  return accepted(text.replaceAll('+', ' ').replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => decoder.decode(bytes(run))));
}

/**
 * `url.ParseQuery`: `&` and `;` separate; only the first `=` of a piece counts; without one the value is
 * empty.
 */
function parseQuery(query: string): Parsed<ReadonlyMap<string, readonly string[]>> {
  const values = new Map<string, string[]>();
  for (const piece of query.split(/[&;]/)) {
    if (piece === '') continue;
    const [rawKey, rawValue] = splitOnce(piece, '=') ?? [piece, ''];
    const key = unescapeQuery(rawKey);
    if (!key.ok) return key;
    const value = unescapeQuery(rawValue);
    if (!value.ok) return value;
    const known = values.get(key.value);
    if (known === undefined) values.set(key.value, [value.value]);
    else known.push(value.value);
  }
  return accepted(values);
}

/** Reads a query of a grammar in which every key may stand once. */
export function parseUniqueQuery(query: string): Parsed<ReadonlyMap<string, string>> {
  const parsed = parseQuery(query);
  if (!parsed.ok) return parsed;
  for (const [key, values] of parsed.value) {
    if (values.length > 1) {
      return refused(`label ${key} with multiple values [${values.map(quoted).join(' ')}]`, `keep one ${key}=`);
    }
  }
  return accepted(new Map([...parsed.value].map(([key, values]) => [key, values[0] ?? ''])));
}

/**
 * The texts before and behind the first separator, as `strings.SplitN(text, separator, 2)`; undefined without
 * one.
 */
export function splitOnce(text: string, separator: string): readonly [string, string] | undefined {
  const at = text.indexOf(separator);
  return at < 0 ? undefined : [text.slice(0, at), text.slice(at + separator.length)];
}

/** `net.ParseIP(text) != nil` */
export function isIpAddress(text: string): boolean {
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (octets) return octets.slice(1).every((octet) => Number(octet) <= 255);
  return /^[0-9a-fA-F:.]+$/.test(text) && text.includes(':') && URL.canParse(`http://[${text}]/`);
}

/** `path.Clean` */
export function cleanPath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 ? normal.replace(/\/$/, '') : normal;
}
