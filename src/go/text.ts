/** Go's strings, paths, addresses and URL queries; where Go's releases differ, as rkt's builds (Go 1.8) have them. */

import { posix } from 'node:path';
import { accepted, type Parsed, refused } from './parsed.ts';

/** Go's strings, paths, addresses and URL queries; where Go's releases differ, as rkt's builds (Go 1.8) have them. */

export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Go's strings, paths, addresses and URL queries; where Go's releases differ, as rkt's builds (Go 1.8) have them. */

export function percentEncode(text: string, keep: RegExp): string {
  const encode = (character: string) =>
    [...new TextEncoder().encode(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
  return [...text].map((character) => (keep.test(character) ? character : encode(character))).join('');
}

/** Go's strings, paths, addresses and URL queries; where Go's releases differ, as rkt's builds (Go 1.8) have them. */

function unescapeQuery(text: string): Parsed<string> {
  const bad = text.search(/%(?![0-9a-fA-F]{2})/);
  if (bad >= 0) return refused(`invalid URL escape ${quoted(text.slice(bad, bad + 3))}`, 'write a literal % as %25');
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const bytes = (run: string) => Uint8Array.from(run.slice(1).split('%'), (pair) => Number.parseInt(pair, 16));
  return accepted(text.replaceAll('+', ' ').replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => decoder.decode(bytes(run))));
}

/** Go's strings, paths, addresses and URL queries; where Go's releases differ, as rkt's builds (Go 1.8) have them. */

function parseQuery(query: string): Parsed<ReadonlyMap<string, readonly string[]>> {
  const values = new Map<string, string[]>();
  for (const piece of query.split(/[&;]/)) {
    if (piece === '') continue;
    const [rawKey, rawValue] = cut(piece, '=') ?? [piece, ''];
    const key = unescapeQuery(rawKey);
    if (!key.ok) return key;
    const value = unescapeQuery(rawValue);
    if (!value.ok) return value;
    values.set(key.value, [...(values.get(key.value) ?? []), value.value]);
  }
  return accepted(values);
}

/** Go's strings, paths, addresses and URL queries; where Go's releases differ, as rkt's builds (Go 1.8) have them. */

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

/** Go's strings, paths, addresses and URL queries; where Go's releases differ, as rkt's builds (Go 1.8) have them. */

export function cut(text: string, separator: string): readonly [string, string] | undefined {
  const at = text.indexOf(separator);
  return at < 0 ? undefined : [text.slice(0, at), text.slice(at + separator.length)];
}

/** Go's strings, paths, addresses and URL queries; where Go's releases differ, as rkt's builds (Go 1.8) have them. */

export function isIpAddress(text: string): boolean {
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (octets) return octets.slice(1).every((octet) => Number(octet) <= 255);
  return /^[0-9a-fA-F:.]+$/.test(text) && text.includes(':') && URL.canParse(`http://[${text}]/`);
}

/** Go's strings, paths, addresses and URL queries; where Go's releases differ, as rkt's builds (Go 1.8) have them. */

export function cleanPath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 ? normal.replace(/\/$/, '') : normal;
}
