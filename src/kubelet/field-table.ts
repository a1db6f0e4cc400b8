/** The fields of KubeletConfiguration as a tree: the fields that each map may hold. */

import { type FieldRow, fieldRows } from './data/kubelet-fields.ts';
import { flagRows } from './data/kubelet-flags.ts';
import { knownRelease, type Release } from './release.ts';

const childrenByParent = new Map<string, Map<string, FieldRow>>();
for (const row of fieldRows) {
  const dot = row.path.lastIndexOf('.');
  const parent = row.path.slice(0, Math.max(dot, 0));
  const children = childrenByParent.get(parent) ?? new Map<string, FieldRow>();
  childrenByParent.set(parent, children.set(row.path.slice(dot + 1), row));
}

/**
 * The fields of a map, by name. `parent` is '' for the whole, `a.b` for a field, `a[]` for an item of a list.
 */
export function fieldsOf(parent: string): ReadonlyMap<string, FieldRow> {
  return childrenByParent.get(parent) ?? new Map<string, FieldRow>();
}

/** Whether a release has the field. An unknown release may have every field. */
export function hasField({ since }: FieldRow, release: Release | undefined): boolean {
  return release === undefined || since === undefined || knownRelease(since) <= release;
}

const rowsByPath = new Map(fieldRows.map((row) => [row.path, row]));

/** The row of a field, by its path; undefined for one that no release has. */
export function fieldRow(path: string): FieldRow | undefined {
  return rowsByPath.get(path);
}

const fieldByFlag = new Map<string, FieldRow>();
for (const { name, field } of flagRows) {
  const row = field === undefined ? undefined : rowsByPath.get(field);
  if (row && !fieldByFlag.has(plain(name))) fieldByFlag.set(plain(name), row);
}

/** The field for a person who knows the setting by its flag: `pod-manifest-path` means staticPodPath. */
export function fieldOfFlag(name: string, release: Release | undefined): string | undefined {
  const row = fieldByFlag.get(plain(name));
  return row && hasField(row, release) ? row.path : undefined;
}

function plain(name: string): string {
  return name.replace(/[-_]/g, '').toLowerCase();
}
