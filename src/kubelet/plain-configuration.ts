/**
 * Reads a file with a KubeletConfiguration as the kubelet itself does: laxer than kubectl in names,
 * stricter in nothing. Pure.
 */

import { isJsonMap, type JsonMap } from '../api/json.ts';
import type { FieldPath } from '../api/problem.ts';
import { readStream } from '../manifest/read/stream.ts';
import { nullsIn, plainValue, type SourceTree } from '../manifest/read/tree.ts';
import { fieldRow } from './field-table.ts';
import { withField } from './settings/fields.ts';

export interface PlainConfiguration {
  readonly path: string;
  /** Fields, with null where the file says null. */
  readonly fields: JsonMap;
  /** Why the kubelet does not start with the file. */
  readonly refused: readonly PlainFault[];
  /** What it takes without a word, and nobody means. */
  readonly odd: readonly PlainFault[];
}

export interface PlainFault {
  readonly field: FieldPath;
  readonly reason: string;
  readonly remedy: string;
}

const head = { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration' } as const;

const noKind = {
  field: [],
  reason: 'it holds nothing in its first document, and the kubelet takes it only as a KubeletConfiguration',
  remedy: 'begin it with apiVersion and kind',
};

/** Only the first document counts, and of a name that stands twice the last. */
export function readPlainConfiguration(path: string, text: string): PlainConfiguration {
  const none = { path, fields: {}, odd: [] };
  const isJson = /^\s{0,1000}\{/.test(text);
  if (text.includes('\ufffd'))
    return { ...none, refused: [{ field: [], reason: 'it has bytes that are no UTF-8', remedy: 'save it as UTF-8' }] };
  const [first, ...others] = [...readStream(isJson ? text : asOneDocument(text), path)];
  const isDuplicate = ({ code }: { readonly code: string }) => code === 'DuplicateKey';
  const faults = (first?.faults ?? []).map(({ path: field, reason, remedy, code }) => ({ field, reason, remedy, code }));
  const refused = [
    ...faults.filter((fault) => !isDuplicate(fault) && fault.code !== 'NumberTooLarge'),
    ...(isJson && others.length > 0 ? [behindJson] : []),
  ];
  const tree = first?.tree;
  if (refused.length > 0) return { ...none, refused };
  if (tree === undefined || tree.kind !== 'Map') return { ...none, refused: [noKind] };
  const value = plainValue(tree, { left: Number.POSITIVE_INFINITY });
  const whole = isJsonMap(value) ? value : {};
  const wrong = headFaults(whole, isJson);
  if (wrong.length > 0) return { ...none, refused: wrong };
  const { apiVersion: _apiVersion, kind: _kind, ...fields } = whole;
  const duplicates = faults.filter(isDuplicate).map((fault) => ({ ...fault, reason: `${fault.reason}: the last one counts` }));
  return {
    path,
    fields: [...nullsIn(tree)].reduce<JsonMap>((all, field) => withField(all, field, null), fields),
    refused: wrongNumbers(tree, isJson),
    odd: [...duplicates, ...(others.length > 0 ? [onlyTheFirst] : [])],
  };
}

const onlyTheFirst = { field: [], reason: 'only the first document counts', remedy: 'remove the others' };
const behindJson = {
  field: [],
  reason: 'json parse error: invalid character after top-level value',
  remedy: 'remove what follows',
};

/**
 * The text with the marks of YAML that our reader of objects refuses or takes for something else, and the
 * kubelet does not. Lines keep their numbers.
 */
function asOneDocument(text: string): string {
  const lines = text.replace(/\r(?!\n)|[\u0085\u2028\u2029]/g, '\n').split('\n');
  const isBlank = (line: string) => /^\s*(?:#|$)/.test(line);
  const begin = lines.findIndex((line) => !isBlank(line));
  const directive = /^%YAML 1\.1\s*(?:#|$)/.test(lines[begin] ?? '');
  if (directive) lines[begin] = '';
  const start = lines.findIndex((line) => !isBlank(line));
  // The first document has no mark of its own then.
  if (/^---(?:\s+#|\s*$)/.test(lines[start] ?? '')) lines[start] = '';
  const end = lines.findIndex((line) => /^\.\.\.(?:\s|$)/.test(line));
  const kept = end < 0 ? lines : lines.slice(0, end);
  const next = kept.findIndex((line, index) => index > start && /^---(?:\s|$)/.test(line));
  // Without a blank behind it this is no mark, but text.
  return kept.map((line, index) => (next < 0 || index < next ? line.replace(/^---(?=\S)/, '___') : line)).join('\n');
}

/** These two names may be written in any case; of several the last one counts, and YAML comes sorted. */
function headFaults(whole: JsonMap, isJson: boolean): PlainFault[] {
  const names = isJson ? Object.keys(whole) : Object.keys(whole).sort();
  const wrong = (['apiVersion', 'kind'] as const).flatMap((name) => {
    const given = names.findLast((one) => one.toLowerCase() === name.toLowerCase()) ?? name;
    return whole[given] === head[name] ? [] : [{ name, said: `${given} ${JSON.stringify(whole[given] ?? '')}` }];
  });
  const [first] = wrong;
  if (first === undefined) return [];
  const said = wrong.map((one) => one.said).join(' and ');
  const remedy = wrong.map(({ name }) => `${name}: ${head[name]}`).join(' and ');
  const reason = `${said}: the kubelet takes the file only as a KubeletConfiguration of ${head.apiVersion}`;
  return [{ field: [first.name], reason, remedy: `write ${remedy}` }];
}

/**
 * A JSON file is not read as YAML: there 110.0 is no whole number. A whole number beyond 64 bits is none
 * in either.
 */
function wrongNumbers(tree: SourceTree, isJson: boolean): PlainFault[] {
  const found: PlainFault[] = [];
  const look = (node: SourceTree, path: FieldPath): void => {
    if (node.kind === 'Map') for (const [name, { value }] of node.entries) look(value, [...path, name]);
    else if (node.kind === 'List') for (const [index, item] of node.items.entries()) look(item, [...path, index]);
    else if (typeof node.value === 'number' && isWhole(path) && isNoWholeNumber(node.source ?? '', isJson))
      found.push({
        field: path,
        reason: `cannot unmarshal number ${node.source} into a whole number`,
        remedy: `write ${Math.trunc(node.value)}`,
      });
  };
  look(tree, []);
  return found;
}

function isNoWholeNumber(source: string, isJson: boolean): boolean {
  if (/^-?\d+$/.test(source)) return BigInt.asIntN(64, BigInt(source)) !== BigInt(source);
  return isJson && /[.eE]/.test(source);
}

function isWhole(path: FieldPath): boolean {
  const field = path
    .map((part) => (typeof part === 'number' ? '[]' : `.${part}`))
    .join('')
    .slice(1);
  return /^u?int|nanoseconds/.test(fieldRow(field)?.type.replace(/^(?:map|list):/, '') ?? '');
}
