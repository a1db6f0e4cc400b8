/**
 * Reads one YAML document as kubectl does. The yaml package parses the syntax. What scalars, merges, keys and
 * tags mean is decided here: go-yaml v2 differs from each schema of the package.
 */

import {
  type Alias,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { duplicateKey } from './json.ts';
import { type Fault, maximumDepth, type SourceEntry, type SourceTree, SyntaxFault, tooDeep } from './tree.ts';
import { type ResolvedScalar, resolveScalar } from './yaml-scalar.ts';
import {
  checkAnchor,
  checkBehindPlain,
  checkExplicitKey,
  checkIndentation,
  checkScalar,
  columnOf,
  type Stretch,
} from './yaml-strict.ts';
import { parseSyntax } from './yaml-syntax.ts';

/** The tree of a node; for a scalar also its meaning as a key, and why it cannot be a value. */
interface ReadNode {
  readonly tree: SourceTree;
  readonly scalar?: ResolvedScalar;
}

interface Reading {
  readonly text: string;
  readonly faults: Fault[];
  readonly path: (string | number)[];
  /**
   * The latest anchor of each name; 'Open' while its own node is read. Aliases share its tree, so nothing
   * multiplies.
   */
  readonly anchors: Map<string, ReadNode | 'Open'>;
  /** The parts of the text where tabs are allowed. */
  readonly insides: Stretch[];
  /** The number of entries that `<<` may still copy. */
  mergesLeft: number;
  inFlow: boolean;
  /** The column of the innermost map or list without brackets; -1 if there is none. */
  blockColumn: number;
}

export interface YamlDocument {
  /** Undefined if there are only blanks and comments. */
  readonly tree: SourceTree | undefined;
  readonly faults: readonly Fault[];
}

/** Reads a document. @throws SyntaxFault at the first place that kubectl cannot read either */
export function readYaml(text: string): YamlDocument {
  const content = parseSyntax(text);
  if (content === null) return { tree: undefined, faults: [] };
  const reading: Reading = {
    text,
    faults: [],
    path: [],
    anchors: new Map(),
    insides: [],
    mergesLeft: 100_000,
    inFlow: false,
    blockColumn: -1,
  };
  const { tree } = readValue(content, 0, reading);
  checkIndentation(text, reading.insides);
  return { tree, faults: reading.faults };
}

/** Reads a node that is a value, and reports a scalar that cannot be sent; as a key it may be fine. */
function readValue(node: unknown, offset: number, reading: Reading): ReadNode {
  const read = readNode(node, offset, reading);
  const fault = read.scalar?.fault;
  if (fault !== undefined)
    reading.faults.push({ ...fault, path: [...reading.path], offset: isAlias(node) ? startOf(node) : read.tree.offset });
  return read;
}

function readNode(node: unknown, offset: number, reading: Reading): ReadNode {
  if (isAlias(node)) return resolveAlias(node, reading);
  const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
  if (anchor === undefined) return readContent(node, offset, reading);
  checkAnchor(anchor, startOf(node));
  reading.anchors.set(anchor, 'Open');
  const read = readContent(node, offset, reading);
  reading.anchors.set(anchor, read);
  return read;
}

function resolveAlias(node: Alias, reading: Reading): ReadNode {
  checkAnchor(node.source, startOf(node));
  const anchored = reading.anchors.get(node.source);
  if (anchored === undefined) {
    throw new SyntaxFault(
      `the alias *${node.source} has no anchor &${node.source} before it`,
      'define it first, or quote the text',
      startOf(node),
    );
  }
  if (anchored === 'Open') {
    throw new SyntaxFault(`the anchor &${node.source} contains itself`, 'write the values out', startOf(node));
  }
  return anchored;
}

function readContent(node: unknown, offset: number, reading: Reading): ReadNode {
  if (reading.path.length > maximumDepth) throw new SyntaxFault(tooDeep.reason, tooDeep.remedy, offset);
  if (isScalar(node)) return readScalar(node, reading);
  if (!isMap(node) && !isSeq(node))
    return { tree: { kind: 'Scalar', offset, value: null }, scalar: { value: null, key: undefined } };
  return { tree: readCollection(node, reading) };
}

function readCollection(node: YAMLMap | YAMLSeq, reading: Reading): SourceTree {
  const { inFlow, blockColumn } = reading;
  const offset = startOf(node);
  reading.inFlow = node.flow === true;
  if (reading.inFlow) noteInside(node, reading);
  else reading.blockColumn = columnOf(reading.text, offset);
  const tree: SourceTree = isMap(node)
    ? { kind: 'Map', offset, entries: readEntries(node, reading) }
    : { kind: 'List', offset, items: readItems(node.items, offset, reading) };
  Object.assign(reading, { inFlow, blockColumn });
  return tree;
}

function readScalar(node: Scalar, reading: Reading): ReadNode {
  const start = startOf(node);
  const end = endOf(node);
  const source = reading.text.slice(start, end);
  if (source.includes('\t')) noteInside(node, reading);
  checkScalar(source, node.type ?? 'PLAIN', start, reading.inFlow);
  if (node.type === 'PLAIN') checkBehindPlain(reading.text, end, reading.blockColumn);
  const scalar = resolveScalar(String(node.value ?? ''), node.type === 'PLAIN', node.tag);
  const isText = typeof scalar.value === 'string' || scalar.value === null;
  return { tree: { kind: 'Scalar', offset: start, value: scalar.value, ...(!isText && { source }) }, scalar };
}

function noteInside({ range }: Node, reading: Reading): void {
  if (range) reading.insides.push([range[0], range[1]]);
}

function readItems(items: readonly unknown[], offset: number, reading: Reading): SourceTree[] {
  return items.map((item, index) => {
    reading.path.push(index);
    const { tree } = readValue(item, offset, reading);
    reading.path.pop();
    return tree;
  });
}

function readEntries(node: YAMLMap, reading: Reading): Map<string, SourceEntry> {
  const entries = new Map<string, SourceEntry>();
  const written = new Map<string, number>();
  for (const pair of node.items) {
    if (isMergeKey(pair.key)) mergeInto(entries, pair, reading);
    else readPair(entries, written, pair, reading);
    if (!reading.inFlow && pair.value !== null)
      checkExplicitKey(reading.text, startOf(node), endOf(pair.key), startOf(pair.value));
  }
  return entries;
}

function readPair(entries: Map<string, SourceEntry>, written: Map<string, number>, pair: Pair, reading: Reading): void {
  const start = startOf(pair.key);
  const { scalar } = readNode(pair.key, start, reading);
  if (scalar === undefined) throw new SyntaxFault('a map or list cannot be a key', 'write a word as the key', start);
  if (scalar.key === undefined) {
    const reason = scalar.value === null ? 'null, or nothing at all, cannot be a key' : 'this number is too large for a key';
    throw new SyntaxFault(
      scalar.fault?.code === 'NotYaml' ? scalar.fault.reason : reason,
      'write a word as the key, or quote it',
      start,
    );
  }
  reading.path.push(scalar.key);
  const earlier = written.get(scalar.key);
  if (earlier !== undefined) reading.faults.push(duplicateKey(scalar.key, reading.path, start, earlier));
  written.set(scalar.key, earlier ?? start);
  entries.set(scalar.key, { keyOffset: start, value: readValue(pair.value, start, reading).tree });
  reading.path.pop();
}

/**
 * go-yaml's isMerge: a plain `<<`, with or without the tag `!`, or one with the tag !!merge; never an alias
 * of it.
 */
function isMergeKey(key: unknown): boolean {
  if (!isScalar(key) || key.value !== '<<') return false;
  if (key.tag === 'tag:yaml.org,2002:merge' || key.tag === '!') return true;
  return key.tag === undefined && key.type === 'PLAIN';
}

/**
 * Merges in the order of the text, over earlier keys: in go-yaml v2 a `<<` overrides a key that is written
 * above it.
 */
function mergeInto(entries: Map<string, SourceEntry>, pair: Pair, reading: Reading): void {
  const start = startOf(pair.key);
  const { tree } = readNode(pair.value, start, reading);
  // go-yaml accepts a list of maps here, but not an alias of a list.
  const sources = tree.kind === 'List' && !isAlias(pair.value) ? tree.items.toReversed() : [tree];
  for (const source of sources) {
    if (source.kind !== 'Map') throw new SyntaxFault('<< takes a map or a list of maps', 'refer to a map, or quote "<<"', start);
    reading.mergesLeft -= source.entries.size;
    if (reading.mergesLeft < 0) throw new SyntaxFault('<< copies more than 100000 entries', 'write the values out', start);
    for (const [key, entry] of source.entries) entries.set(key, entry);
  }
}

function startOf(node: unknown): number {
  return (isNode(node) ? node.range?.[0] : undefined) ?? 0;
}

function endOf(node: unknown): number {
  return (isNode(node) ? node.range?.[1] : undefined) ?? 0;
}
