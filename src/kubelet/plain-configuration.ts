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
  if (/^---[ \t\r]*\n---/.test(text)) return { ...none, refused: [noKind] };
  if (text.includes('\ufffd'))
    return { ...none, refused: [{ field: [], reason: 'it has bytes that are no UTF-8', remedy: 'save it as UTF-8' }] };
  const [first, ...others] = [...readStream(text, path)];
  const isDuplicate = ({ code }: { readonly code: string }) => code === 'DuplicateKey';
  const faults = (first?.faults ?? []).map(({ path: field, reason, remedy, code }) => ({ field, reason, remedy, code }));
  const refused = faults.filter((fault) => !isDuplicate(fault) && fault.code !== 'NumberTooLarge');
  const tree = first?.tree;
  if (refused.length > 0) return { ...none, refused };
  if (tree === undefined || tree.kind !== 'Map')
    return {
      ...none,
      refused: [noKind],
    };
  const value = plainValue(tree, { left: Number.POSITIVE_INFINITY });
  const whole = isJsonMap(value) ? value : {};
  const wrong = headFaults(whole);
  if (wrong.length > 0) return { ...none, refused: wrong };
  const { apiVersion: _apiVersion, kind: _kind, ...fields } = whole;
  const duplicates = faults.filter(isDuplicate).map((fault) => ({ ...fault, reason: `${fault.reason}: the last one counts` }));
  const ignored = others.length > 0 ? [{ field: [], reason: 'only the first document counts', remedy: 'remove the others' }] : [];
  return {
    path,
    fields: [...nullsIn(tree)].reduce<JsonMap>((all, field) => withField(all, field, null), fields),
    refused: fractions(tree, text),
    odd: [...duplicates, ...ignored],
  };
}

function headFaults(whole: JsonMap): PlainFault[] {
  const wrong = (['apiVersion', 'kind'] as const).filter((name) => whole[name] !== head[name]);
  const [first] = wrong;
  if (first === undefined) return [];
  const said = wrong.map((name) => `${name} ${JSON.stringify(whole[name] ?? '')}`).join(' and ');
  const remedy = wrong.map((name) => `${name}: ${head[name]}`).join(' and ');
  return [
    {
      field: [first],
      reason: `${said}: the kubelet takes the file only as a KubeletConfiguration of ${head.apiVersion}`,
      remedy: `write ${remedy}`,
    },
  ];
}

/** A JSON file is not read as YAML: there 110.0 is no whole number. */
function fractions(tree: SourceTree, text: string): PlainFault[] {
  if (!/^\s{0,1000}\{/.test(text)) return [];
  const found: PlainFault[] = [];
  const look = (node: SourceTree, path: FieldPath): void => {
    if (node.kind === 'Map') for (const [name, { value }] of node.entries) look(value, [...path, name]);
    else if (node.kind === 'List') for (const [index, item] of node.items.entries()) look(item, [...path, index]);
    else if (typeof node.value === 'number' && isWhole(path) && /[.eE]/.test(node.source ?? ''))
      found.push({
        field: path,
        reason: `cannot unmarshal number ${node.source} into a whole number`,
        remedy: `write ${node.value}`,
      });
  };
  look(tree, []);
  return found;
}

function isWhole(path: FieldPath): boolean {
  const field = path
    .map((part) => (typeof part === 'number' ? '[]' : `.${part}`))
    .join('')
    .slice(1);
  return /^u?int/.test(fieldRow(field)?.type.replace(/^(?:map|list):/, '') ?? '');
}
