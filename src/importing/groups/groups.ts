/** Puts the imported kubelets of several nodes into as few groups as one object each can describe. Pure. */

import { isDeepStrictEqual } from 'node:util';
import { isJsonMap, type Json, type JsonMap } from '../../api/json.ts';
import type { PathAllowance } from '../../api/paths.ts';
import { type FieldPath, formatPath } from '../../api/problem.ts';
import type { KubeletConfigSpec } from '../../api/types.ts';
import type { ExpressionFacts } from '../../computed/facts.ts';
import { leaves } from '../../desired/tree.ts';
import { expressionFor } from './expressions.ts';

export interface ImportedNode {
  readonly name: string;
  /** Without nodeSelector. */
  readonly spec: Omit<KubeletConfigSpec, 'nodeSelector'>;
  readonly facts: ExpressionFacts;
}

/** A value that differs in a group, and the expression that gives each node its own. */
export interface ComputedDifference {
  readonly path: string;
  readonly expression: string;
}

export interface NodeGroup<Node extends ImportedNode = ImportedNode> {
  readonly nodes: readonly Node[];
  readonly spec: Omit<KubeletConfigSpec, 'nodeSelector'>;
  readonly computed: readonly ComputedDifference[];
  /** The fields that set these nodes apart from other nodes, with the value here; undefined: absent here. */
  readonly apart: readonly { readonly path: string; readonly value: Json | undefined }[];
}

/**
 * Nodes whose objects differ in nothing, or in values that facts give exactly, are one group. Otherwise they
 * are divided by a field that differs, the one with the fewest values first.
 * @param nodes in any order; the groups are in the order of their first nodes' names
 */
export function groupsOf<Node extends ImportedNode>(nodes: readonly Node[], allowance: PathAllowance): NodeGroup<Node>[] {
  const ordered = nodes.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const groups = ordered.length === 0 ? [] : divide(ordered, allowance, []);
  return groups.toSorted((one, other) => ((one.nodes[0]?.name ?? '') < (other.nodes[0]?.name ?? '') ? -1 : 1));
}

function divide<Node extends ImportedNode>(
  nodes: readonly Node[],
  allowance: PathAllowance,
  apart: NodeGroup['apart'],
): NodeGroup<Node>[] {
  const differences = differencesOf(nodes);
  const computed: ComputedDifference[] = [];
  const failed: Difference[] = [];
  for (const difference of differences) {
    const expression = expressionOf(difference, nodes, allowance);
    if (expression === undefined) failed.push(difference);
    else computed.push({ path: difference.text, expression });
  }
  const [by] = failed.toSorted((one, other) => countOf(one) - countOf(other));
  const [first] = nodes;
  if (by === undefined || first === undefined) {
    const spec = without(
      first?.spec ?? {},
      differences.map(({ path }) => path),
    );
    return [{ nodes, spec, computed, apart }];
  }
  return partsBy(nodes, by).flatMap(({ part, value }) => divide(part, allowance, [...apart, { path: by.text, value }]));
}

interface Difference {
  /** Below spec. */
  readonly path: FieldPath;
  readonly text: string;
  /** One for each node; undefined where it is absent. */
  readonly values: readonly (Json | undefined)[];
}

function differencesOf(nodes: readonly ImportedNode[]): Difference[] {
  const all = nodes.map(({ spec }) => new Map(leaves(spec as JsonMap).map(({ path, value }) => [JSON.stringify(path), value])));
  const keys = [...new Set(all.flatMap((one) => [...one.keys()]))].toSorted();
  return keys.flatMap((key) => {
    const values = all.map((one) => one.get(key));
    if (values.every((value) => isDeepStrictEqual(value, values[0]))) return [];
    const path = JSON.parse(key) as FieldPath;
    return [{ path, text: formatPath(path), values }];
  });
}

function expressionOf(
  { text, values }: Difference,
  nodes: readonly ImportedNode[],
  allowance: PathAllowance,
): string | undefined {
  const known = values.filter((value) => value !== undefined);
  if (known.length < values.length) return undefined;
  return expressionFor(
    text,
    known,
    nodes.map(({ facts }) => facts),
    allowance,
  );
}

function countOf({ values }: Difference): number {
  return new Set(values.map((value) => JSON.stringify(value))).size;
}

function partsBy<Node extends ImportedNode>(nodes: readonly Node[], { values }: Difference) {
  const parts = new Map<string, { readonly part: Node[]; readonly value: Json | undefined }>();
  for (const [index, node] of nodes.entries()) {
    const value = values[index];
    const key = JSON.stringify(value) ?? '';
    const found = parts.get(key) ?? { part: [], value };
    found.part.push(node);
    parts.set(key, found);
  }
  return [...parts.values()];
}

/** Removes the values, and the groups that are empty without them. */
function without(spec: ImportedNode['spec'], paths: readonly FieldPath[]): ImportedNode['spec'] {
  return paths.reduce<JsonMap>((whole, path) => removed(whole, path), spec as JsonMap) as ImportedNode['spec'];
}

function removed(map: JsonMap, [name = '', ...rest]: FieldPath): JsonMap {
  const kept = Object.entries(map).flatMap(([key, value]): [string, Json][] => {
    if (key !== name) return [[key, value]];
    if (rest.length === 0 || !isJsonMap(value)) return [];
    const inner = removed(value, rest);
    // `launcher: {host: {}}` says something; an empty group of any other name does not.
    return Object.keys(inner).length === 0 && !(rest.length > 1 && name === 'launcher') ? [] : [[key, inner]];
  });
  return Object.fromEntries(kept);
}
