/**
 * The schema as plain JSON, to transform it (CRD, offline validation) or to walk it beside a value (rules).
 */

import { type Rule, rulesKeyword, type WrittenPathRule, writtenKeyword } from './parts.ts';
import { kubeletConfigSchema } from './schema.ts';

/** The part of JSON Schema that this project uses. */
export interface Schema {
  readonly [keyword: string]: unknown;
  readonly type?: string | readonly string[];
  readonly description?: string | undefined;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | false;
  readonly items?: Schema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
}

/**
 * KubeletConfig without apiVersion, kind and metadata; the CRD and the offline validation add them
 * differently.
 */
export const rootSchema = kubeletConfigSchema as unknown as Schema;

/** The CEL rules of one node of the schema. */
export function rulesOf(schema: Schema): readonly Rule[] {
  return (schema[rulesKeyword] ?? []) as readonly Rule[];
}

/** Changes every node of a schema, innermost first. */
export function mapSchema(schema: Schema, change: (node: Schema) => Schema): Schema {
  const { properties, items, additionalProperties } = schema;
  return change({
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, mapSchema(child, change)])),
    }),
    ...(items && { items: mapSchema(items, change) }),
    ...(additionalProperties && { additionalProperties: mapSchema(additionalProperties, change) }),
  });
}

/** Every node of a schema with its path; `*` stands for an item of a list or a value of a map. */
export function schemaNodes(
  schema: Schema,
  path: readonly string[] = [],
): { readonly path: readonly string[]; readonly node: Schema }[] {
  const { properties = {}, items, additionalProperties } = schema;
  return [
    { path, node: schema },
    ...Object.entries(properties).flatMap(([name, child]) => schemaNodes(child, [...path, name])),
    ...(items ? schemaNodes(items, [...path, '*']) : []),
    ...(additionalProperties ? schemaNodes(additionalProperties, [...path, '*']) : []),
  ];
}

export interface KeyedList {
  /** Without the leading `spec`. */
  readonly path: readonly string[];
  /** The member that is the name of an item. */
  readonly key: string;
}

/** The lists of the spec whose items have a name: a merge replaces an item whole, by that name. */
export const keyedLists: readonly KeyedList[] = schemaNodes(rootSchema).flatMap(({ path: [root, ...path], node }) => {
  const [key] = (node['x-kubernetes-list-map-keys'] ?? []) as readonly string[];
  return root === 'spec' && key !== undefined ? [{ path, key }] : [];
});

/** Every field that `writtenPath` marks; `*` in a path stands for an item of a list. */
export const writtenFields: readonly { readonly path: readonly string[]; readonly rule: WrittenPathRule }[] = schemaNodes(
  rootSchema,
).flatMap(({ path, node }) => {
  const rule = node[writtenKeyword] as WrittenPathRule | undefined;
  return rule === undefined ? [] : [{ path, rule }];
});
