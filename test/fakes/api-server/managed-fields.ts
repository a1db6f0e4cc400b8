/** metadata.managedFields: who wrote which field last, after each write. */

import { difference, type FieldSet, fieldSetOf, fieldsV1, intersection, readable, union } from './field-set.ts';
import { compareFields, fieldsOf, mergeFields, removeFields, withNamedParents } from './field-tree.ts';
import { type ApiObject, isMap, type JsonMap, type ManagedFieldsEntry, type Metadata, same, without } from './object.ts';
import type { Schema } from './resource.ts';
import { type Cause, StatusError } from './status.ts';

export interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: 'status' | 'eviction' | undefined;
  /** Of the write. */
  readonly time: string;
}

interface Owned {
  readonly writer: Writer;
  readonly set: FieldSet;
}

/** By `identity`. */
type Owners = ReadonlyMap<string, Owned>;

function identity({ manager, operation, apiVersion, subresource }: Writer): string {
  return JSON.stringify([manager, operation, apiVersion, subresource]);
}

function ownersOf({ managedFields = [] }: Metadata): Owners {
  const all = managedFields.map(({ subresource, fieldsV1: fields, ...entry }) => {
    const writer: Writer = { ...entry, subresource: subresource === 'status' ? 'status' : undefined };
    return [identity(writer), { writer, set: fieldSetOf(fields) }] as const;
  });
  return new Map(all);
}

/** Appliers first, then by time: the server's order. */
function entriesOf(owners: Owners): readonly ManagedFieldsEntry[] {
  const rank = ({ operation, time, manager }: ManagedFieldsEntry) => `${operation} ${time} ${manager}`;
  return [...owners.values()]
    .filter(({ set }) => set.size > 0)
    .map(({ writer: { subresource, ...writer }, set }) => ({
      ...writer,
      fieldsType: 'FieldsV1' as const,
      fieldsV1: fieldsV1(set),
      ...(subresource && { subresource }),
    }))
    .sort((one, other) => (rank(one) < rank(other) ? -1 : 1));
}

/** Metadata that belong to the server, and what tells objects apart: nobody's fields. */
const systemFields = [
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'managedFields',
];

/** What can be somebody's. */
function ownable(object: ApiObject): JsonMap {
  const metadata = without(object.metadata, ...systemFields);
  const others = without(object, 'apiVersion', 'kind', 'metadata');
  return Object.keys(metadata).length > 0 ? { ...others, metadata } : others;
}

/** The object again from what can be somebody's and, of `like`, what cannot. */
function whole(fields: JsonMap, { apiVersion, kind, metadata }: ApiObject): ApiObject {
  const system = Object.entries(metadata).filter(([key]) => systemFields.includes(key));
  const own = isMap(fields['metadata']) ? fields['metadata'] : {};
  return { ...fields, apiVersion, kind, metadata: { ...Object.fromEntries(system), ...own } as unknown as Metadata };
}

/** A new object; `empty` is what the server would make of nothing. */
export function withFirstOwner(schema: Schema, empty: ApiObject, created: ApiObject, writer: Writer): ApiObject {
  return withTouched(schema, empty, created, writer);
}

/** The object after an update or patch. Where nobody has been written down yet, nobody is until the first apply. */
export function withUpdateOwners(schema: Schema, before: ApiObject, after: ApiObject, writer: Writer): ApiObject {
  return before.metadata.managedFields ? withTouched(schema, before, after, writer) : after;
}

function withTouched(schema: Schema, before: ApiObject, after: ApiObject, writer: Writer): ApiObject {
  const { added, changed, removed } = compareFields(schema, ownable(before), ownable(after));
  // Everybody has metadata.
  const touched = difference(union(added, changed), new Set(['f:metadata']));
  const mine = identity(writer);
  const owners = new Map<string, Owned>();
  for (const [id, { writer: other, set }] of ownersOf(before.metadata)) {
    owners.set(id, { writer: other, set: difference(difference(set, removed), id === mine ? new Set() : touched) });
  }
  const own = owners.get(mine);
  if (!own || touched.size > 0) owners.set(mine, { writer, set: union(own?.set ?? new Set(), touched) });
  return withOwners(after, owners);
}

function withOwners(object: ApiObject, owners: Owners): ApiObject {
  const managedFields = entriesOf(owners);
  const metadata = without(object.metadata, 'managedFields');
  return { ...object, metadata: managedFields.length > 0 ? { ...metadata, managedFields } : metadata };
}

export interface Bases {
  readonly live: ApiObject;
  /** What the server would make of nothing. */
  readonly empty: ApiObject;
}

/**
 * The live object with what is applied merged in, and without what the manager applied before and no longer does. Of a new object
 * `live` is `empty`.
 * @throws StatusError 409 when it would change fields of others and is not forced to
 */
export function applyFields(
  schema: Schema,
  { live, empty }: Bases,
  applied: ApiObject,
  writer: Writer,
  force: boolean,
): ApiObject {
  const mine = identity(writer);
  const first: Writer = { ...writer, manager: 'before-first-apply', operation: 'Update', subresource: undefined };
  const known = live.metadata.managedFields ? live : withTouched(schema, empty, live, first);
  const before = ownersOf(known.metadata);
  const old = before.get(mine);
  const set = fieldsOf(schema, ownable(applied));
  const owners = new Map(before).set(mine, old && same(old.set, set) ? old : { writer, set });
  const merged = mergeFields(schema, ownable(live), ownable(applied)) as JsonMap;
  const after = old ? abandoned(schema, merged, old.set, owners) : merged;
  const { added, changed, removed } = compareFields(schema, ownable(live), after);
  const conflicts: [Writer, FieldSet][] = [];
  for (const [id, other] of owners) {
    if (id === mine) continue;
    const taken = intersection(other.set, union(added, changed));
    if (taken.size > 0) conflicts.push([other.writer, taken]);
    owners.set(id, { ...other, set: difference(difference(other.set, taken), removed) });
  }
  if (conflicts.length > 0 && !force) throw conflictOf(conflicts);
  return withOwners(whole(after, live), owners);
}

/** structured-merge-diff's prune: what the manager has let go of and nobody else has goes away, with what stood only in it. */
function abandoned(schema: Schema, merged: JsonMap, last: FieldSet, owners: Owners): JsonMap {
  const named = (set: FieldSet) => withNamedParents(schema, set);
  const fields = (value: unknown) => named(fieldsOf(schema, value));
  const everything = fields(merged);
  const minus = (set: FieldSet) => removeFields(schema, merged, set) as JsonMap;
  const owned = named(union(...[...owners.values()].map(({ set }) => set)));
  const restored = minus(difference(everything, union(fields(minus(named(last))), owned)));
  return minus(intersection(difference(everything, fields(restored)), named(last)));
}

function conflictOf(conflicts: readonly (readonly [Writer, FieldSet])[]): StatusError {
  const causes = conflicts.flatMap(([writer, set]): Cause[] =>
    [...set].sort().map((path) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${described(writer)}`,
      field: readable(path),
    })),
  );
  const [only] = causes;
  const message =
    causes.length === 1 && only
      ? `Apply failed with 1 conflict: ${only.message}: ${only.field}`
      : `Apply failed with ${causes.length} conflicts: ${conflicts.map(([writer, set]) => listed(writer, set)).join('\n')}`;
  return new StatusError(409, 'Conflict', message, { details: { causes } });
}

function listed(writer: Writer, set: FieldSet): string {
  const paths = [...set].sort().map((path) => `- ${readable(path)}`);
  return `conflicts with ${described(writer)}:\n${paths.join('\n')}`;
}

function described({ manager, operation, apiVersion, subresource }: Writer): string {
  const below = subresource ? ` with subresource "${subresource}"` : '';
  return `"${manager}"${below}${operation === 'Update' ? ` using ${apiVersion}` : ''}`;
}
