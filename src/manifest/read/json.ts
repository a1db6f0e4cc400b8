/**
 * Reads one JSON value with the place of each part. JSON.parse gives no places, keeps the last of two equal
 * keys and rounds large integers silently. YAML parsers refuse long keys and surrogate escapes that JSON
 * allows.
 */

import { type Fault, maximumDepth, type SourceEntry, type SourceTree, SyntaxFault, tooDeep } from './tree.ts';
import { numberTooLarge } from './yaml-scalar.ts';

export interface JsonValue {
  readonly tree: SourceTree;
  /** The offset just behind the value. */
  readonly end: number;
  readonly faults: readonly Fault[];
}

interface Cursor {
  readonly text: string;
  offset: number;
  readonly path: (string | number)[];
  readonly faults: Fault[];
}

const blank = /[ \t\n\r]*/y;
const numberToken = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y;
const literals = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/** Reads the value that begins at `start`. @throws SyntaxFault at the first place that is not JSON */
export function readJson(text: string, start: number): JsonValue {
  const cursor: Cursor = { text, offset: start, path: [], faults: [] };
  skipBlank(cursor);
  const tree = readValue(cursor);
  return { tree, end: cursor.offset, faults: cursor.faults };
}

/** The offset of the first character that is not blank. */
export function skipBlanks(text: string, offset: number): number {
  blank.lastIndex = offset;
  blank.test(text);
  return blank.lastIndex;
}

function skipBlank(cursor: Cursor): void {
  cursor.offset = skipBlanks(cursor.text, cursor.offset);
}

function readValue(cursor: Cursor): SourceTree {
  const offset = cursor.offset;
  if (cursor.path.length > maximumDepth) throw new SyntaxFault(tooDeep.reason, tooDeep.remedy, offset);
  const first = cursor.text[offset];
  if (first === '{') return { kind: 'Map', offset, entries: readEntries(cursor) };
  if (first === '[') return { kind: 'List', offset, items: readItems(cursor) };
  if (first === '"') return { kind: 'Scalar', offset, value: readString(cursor) };
  for (const [word, value] of literals) {
    if (!cursor.text.startsWith(word, offset)) continue;
    cursor.offset += word.length;
    return { kind: 'Scalar', offset, value };
  }
  const value = readNumber(cursor);
  return { kind: 'Scalar', offset, value, source: cursor.text.slice(offset, cursor.offset) };
}

function readEntries(cursor: Cursor): Map<string, SourceEntry> {
  const entries = new Map<string, SourceEntry>();
  readMembers(cursor, '}', () => {
    const keyOffset = cursor.offset;
    if (cursor.text[keyOffset] !== '"') throw unexpected(cursor, 'a key in double quotes');
    const key = readString(cursor);
    cursor.path.push(key);
    const earlier = entries.get(key)?.keyOffset;
    if (earlier !== undefined) cursor.faults.push(duplicateKey(key, cursor.path, keyOffset, earlier));
    skipBlank(cursor);
    if (cursor.text[cursor.offset] !== ':') throw unexpected(cursor, "':'");
    cursor.offset += 1;
    skipBlank(cursor);
    entries.set(key, { keyOffset, value: readValue(cursor) });
    cursor.path.pop();
  });
  return entries;
}

function readItems(cursor: Cursor): SourceTree[] {
  const items: SourceTree[] = [];
  readMembers(cursor, ']', () => {
    cursor.path.push(items.length);
    items.push(readValue(cursor));
    cursor.path.pop();
  });
  return items;
}

/** Reads the members between a bracket and its match. */
function readMembers(cursor: Cursor, close: '}' | ']', readMember: () => void): void {
  cursor.offset += 1;
  skipBlank(cursor);
  if (cursor.text[cursor.offset] === close) {
    cursor.offset += 1;
    return;
  }
  for (;;) {
    readMember();
    skipBlank(cursor);
    const next = cursor.text[cursor.offset];
    if (next !== ',' && next !== close) throw unexpected(cursor, `',' or '${close}'`);
    cursor.offset += 1;
    if (next === close) return;
    skipBlank(cursor);
  }
}

function readString(cursor: Cursor): string {
  const start = cursor.offset;
  let end = start + 1;
  while (end < cursor.text.length && cursor.text[end] !== '"') end += cursor.text[end] === '\\' ? 2 : 1;
  const text = parseString(cursor.text.slice(start, end + 1));
  if (text === undefined) {
    throw new SyntaxFault(
      'a string is not closed, or holds a line break, a control character or an unknown escape',
      jsonRemedy,
      start,
    );
  }
  if (/\p{Surrogate}/u.test(text))
    throw new SyntaxFault('a string holds half of a surrogate pair', 'write the whole character', start);
  cursor.offset = end + 1;
  return text;
}

function parseString(token: string): string | undefined {
  try {
    const value: unknown = JSON.parse(token);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function readNumber(cursor: Cursor): number {
  numberToken.lastIndex = cursor.offset;
  const match = numberToken.exec(cursor.text);
  if (match === null) throw unexpected(cursor, 'a value');
  const [token, fraction, exponent] = match;
  const value = Number(token);
  const fault = { path: [...cursor.path], offset: cursor.offset };
  if (!Number.isFinite(value)) {
    cursor.faults.push({
      ...fault,
      code: 'NumberTooLarge',
      reason: `the number ${token} is too large`,
      remedy: 'write a smaller number',
    });
  } else if (fraction === undefined && exponent === undefined && !Number.isSafeInteger(value)) {
    cursor.faults.push({ ...fault, ...numberTooLarge(token) });
  }
  cursor.offset += token.length;
  return value === 0 ? 0 : value;
}

const jsonRemedy = "correct the JSON; to have it read as YAML, put a line '---' before it";

function unexpected(cursor: Cursor, wanted: string): SyntaxFault {
  const found = cursor.text[cursor.offset];
  const reason =
    found === undefined ? `the JSON ends where ${wanted} should follow` : `expected ${wanted} but found ${JSON.stringify(found)}`;
  return new SyntaxFault(reason, jsonRemedy, cursor.offset);
}

/** The fault of a key that is in one map twice. */
export function duplicateKey(key: string, path: readonly (string | number)[], offset: number, earlier: number): Fault {
  const reason = `the key ${JSON.stringify(key)} is in the same map twice`;
  return { code: 'DuplicateKey', path: [...path], offset, earlier, reason, remedy: 'remove one of the two' };
}
