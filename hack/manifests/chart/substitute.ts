/** Puts Helm's expressions where the table of values says, into the text of a manifest. */

import { type Document, isMap, isScalar, isSeq, Scalar, type YAMLMap } from 'yaml';
import type { ChartValue, Form } from './chart-value.ts';
import { chartValues, expressions } from './values.ts';

interface Substitution {
  readonly path: string;
  readonly form: Form;
  /** For Helm, without the braces. */
  readonly expression: string;
  /** Whether it becomes lines of its own. */
  readonly isBlock: boolean;
}

/** `DaemonSet agent`, as the table of values names objects. */
export function nameOf(document: Document): string {
  return `${document.get('kind')} ${document.getIn(['metadata', 'name'])}`;
}

/**
 * The text of a manifest as a template of Helm.
 * @throws Error for a place in the table that the manifest does not have, or has when it should not
 */
export function templateOf(document: Document): string {
  const object = nameOf(document);
  const own = substitutionsIn(object);
  const marked = document.clone() as Document;
  for (const [index, { path, form }] of own.entries()) {
    if (!mark(marked, path.split('.'), form, marker(index)))
      throw new Error(
        `${object} has no ${path} that a value could be put into as ${form}: correct hack/manifests/chart/values.ts`,
      );
  }
  if (marked.directives) marked.directives.docStart = null;
  // Braces of a manifest are no expressions of Helm.
  const text = marked.toString({ lineWidth: 160, flowCollectionPadding: false }).replaceAll('{{', '{{ "{{" }}');
  return own.reduce((filled, substitution, index) => fill(filled, marker(index), substitution), text);
}

function substitutionsIn(object: string): Substitution[] {
  const values = chartValues.flatMap((value) =>
    (value.places ?? []).filter((place) => place.object === object).map(({ path }) => substitutionOf(value, path)),
  );
  const others = expressions.filter((place) => place.object === object);
  return [
    ...values,
    ...others.map(({ path, expression }): Substitution => ({ path, form: 'Scalar', expression, isBlock: false })),
  ];
}

function substitutionOf({ name, form = 'Scalar', schema }: ChartValue, path: string): Substitution {
  const isBlock = schema['type'] === 'object' || schema['type'] === 'array';
  return { path, form, expression: form === 'Scalar' ? `toYaml .Values.${name}` : `.Values.${name}`, isBlock };
}

/** A word that no manifest has, and that YAML writes without quotes. */
const marker = (index: number) => `substitution-${index}-of-helm`;

/** @returns whether the manifest has such a place */
function mark(document: Document, path: readonly string[], form: Form, word: string): boolean {
  const node = document.getIn(path, true);
  const [parent, key] = [document.getIn(path.slice(0, -1), true), path.at(-1) ?? ''];
  switch (form) {
    case 'Scalar':
      if (!isScalar(node)) return false;
      Object.assign(node, { value: word, type: Scalar.PLAIN });
      return true;
    case 'Field':
      if (node === undefined || !isMap(parent)) return false;
      replaceIn(parent, key, word);
      return true;
    case 'NewField':
      if (node !== undefined || !isMap(parent)) return false;
      parent.add(document.createPair(key, word));
      return true;
    case 'MoreItems':
      if (!isSeq(node) || node.flow === true) return false;
      node.add(document.createNode(word));
      return true;
    case 'MoreEntries':
      if (!isMap(node) || node.flow === true) return false;
      node.add(document.createPair(word, word));
      return true;
    default:
      return form satisfies never;
  }
}

function replaceIn(map: YAMLMap, key: string, word: string): void {
  for (const pair of map.items) if (isScalar(pair.key) && pair.key.value === key) pair.value = new Scalar(word);
}

/** @throws Error when the marker does not stand where its form puts it */
function fill(text: string, word: string, { form, expression, isBlock }: Substitution): string {
  if (form === 'Scalar') return once(text, new RegExp(`(?<=: )${word}$`, 'm'), () => `{{ ${expression} }}`);
  const content = (indent: string) => `${indent}{{- toYaml . | nindent ${indent.length} }}`;
  const within = (indent: string, lines: string) => `${indent}{{- with ${expression} }}\n${lines}\n${indent}{{- end }}`;
  const field = (indent: string, key: string) =>
    within(indent, isBlock ? `${indent}${key}:\n${content(`${indent}  `)}` : `${indent}${key}: {{ toYaml . }}`);
  const items = (indent: string) => within(indent, content(indent));
  switch (form) {
    case 'Field':
    case 'NewField':
      return once(text, new RegExp(`^( *)(\\w+): ${word}$`, 'm'), (_, indent = '', key = '') => field(indent, key));
    case 'MoreItems':
      return once(text, new RegExp(`^( *)- ${word}$`, 'm'), (_, indent = '') => items(indent));
    case 'MoreEntries':
      return once(text, new RegExp(`^( *)${word}: ${word}$`, 'm'), (_, indent = '') => items(indent));
    default:
      return form satisfies never;
  }
}

function once(text: string, pattern: RegExp, by: (...found: string[]) => string): string {
  const filled = text.replace(pattern, by);
  if (filled === text) throw new Error(`the place of ${pattern.source} was lost when the manifest was written`);
  return filled;
}
