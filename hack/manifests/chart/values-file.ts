/** values.yaml and values.schema.json of the chart, from the table of its values and the defaults in the manifests. */

import { Document, isNode, type Node, Pair, Scalar, visit, YAMLMap } from 'yaml';
import type { ChartValue } from './chart-value.ts';
import type { Schema } from './schemas.ts';
import { nameOf } from './substitute.ts';
import { chartValues, sections } from './values.ts';

const head = ` Generated from manifests/ and hack/manifests/chart/values.ts by \`npm run generate\`.
 Each value is here, with its default. \`helm install --values FILE\` needs only what you change.
 Helm merges maps with these and replaces lists.`;

/** @param manifests those that the chart is made from, for the defaults */
export function valuesText(manifests: readonly Document[]): string {
  const file = new Document(new YAMLMap(), { version: '1.1' });
  file.commentBefore = head;
  for (const value of chartValues) {
    const path = value.name.split('.');
    const parent = sectionAt(file, path.slice(0, -1));
    parent.add(commented(path.at(-1) ?? '', defaultOf(value, manifests), value.comment, path.length));
  }
  // The library puts two blank lines between the head and a section that wants one.
  return file.toString({ lineWidth: 0 }).replace('\n\n\n', '\n\n');
}

/** The map at a path, made with its comment where it is not there yet. */
function sectionAt(file: Document, path: readonly string[]): YAMLMap {
  if (path.length === 0) return file.contents as YAMLMap;
  const there = file.getIn(path, true);
  if (there !== undefined) return there as YAMLMap;
  const made = new YAMLMap();
  sectionAt(file, path.slice(0, -1)).add(commented(path.at(-1) ?? '', made, sections[path.join('.')] ?? '', path.length));
  return made;
}

/** @throws Error for a section that has none */
function commentOf(path: readonly string[]): string {
  const comment = sections[path.join('.')];
  if (comment === undefined) throw new Error(`the section ${path.join('.')} has no comment in hack/manifests/chart/values.ts`);
  return comment;
}

function commented(name: string, value: unknown, comment: string, depth: number): Pair {
  const key = new Scalar(name);
  key.commentBefore = wrapped(comment, 110 - 2 * depth);
  key.spaceBefore = depth === 1;
  return new Pair(key, value);
}

/** A comment with its leading blanks, in lines that are not longer than that. */
function wrapped(comment: string, columns: number): string {
  const lines: string[] = [];
  for (const word of comment.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > columns) lines.push(` ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join('\n');
}

/** @throws Error for a value whose first place is not in the manifests */
function defaultOf(value: ChartValue, manifests: readonly Document[]): unknown {
  const [place] = value.places ?? [];
  if (place === undefined) return value.default;
  if (value.form !== 'Scalar' && value.form !== 'Field') return emptyOf(value.schema);
  const manifest = manifests.find((document) => nameOf(document) === place.object);
  const node = manifest?.getIn(place.path.split('.'), true);
  if (manifest === undefined || !isNode(node)) throw new Error(`no manifest has ${place.path} of the ${place.object}`);
  return withoutAliases(manifest, node);
}

const emptyOf = ({ type }: Schema) => (type === 'array' ? [] : type === 'object' ? {} : '');

/** A copy with its comments that needs nothing of the manifest that it is in. */
function withoutAliases(manifest: Document, node: Node): Node {
  const copy = node.clone() as Node;
  visit(copy, {
    Alias(_, alias) {
      const named = alias.resolve(manifest)?.clone() as Node | undefined;
      if (named === undefined) throw new Error(`the alias ${alias.source} names nothing`);
      Object.assign(named, { anchor: undefined });
      return named;
    },
  });
  return copy;
}

interface Section extends Schema {
  readonly properties: Record<string, Schema>;
  readonly required: string[];
}

/** A misspelt value is refused with its name, as is one of another type. */
export function valuesSchemaText(): string {
  const root = section('Values of the chart kubelet-config');
  for (const { name, comment, schema, form } of chartValues) {
    const path = name.split('.');
    const parent = schemaAt(root, path.slice(0, -1));
    const last = path.at(-1) ?? '';
    parent.properties[last] = { description: comment, ...schema };
    // A value that may be empty may also be `null`, which removes the default.
    if (form === undefined || form === 'Scalar') parent.required.push(last);
  }
  root.properties['global'] = { description: 'What Helm hands to a chart inside of another one; unused.', type: 'object' };
  return `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...root }, null, 2)}\n`;
}

const section = (description: string): Section => ({
  description,
  type: 'object',
  additionalProperties: false,
  required: [],
  properties: {},
});

function schemaAt(root: Section, path: readonly string[]): Section {
  let at = root;
  for (const [index, key] of path.entries()) {
    const there = at.properties[key] as Section | undefined;
    const next = there ?? section(commentOf(path.slice(0, index + 1)));
    if (there === undefined) at.required.push(key);
    at.properties[key] = next;
    at = next;
  }
  return at;
}
