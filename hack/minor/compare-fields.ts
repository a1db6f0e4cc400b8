/** What the table of fields should say of a release, and does not. */

import type { FieldRow } from '../../src/kubelet/data/kubelet-fields.ts';
import { hasField } from '../../src/kubelet/field-table.ts';
import { formatRelease, type Release } from '../../src/kubelet/release.ts';
import type { Field } from './fields.ts';
import type { Finding } from './finding.ts';

/**
 * @param fields all fields of the release
 * @returns what differs in that release, by the paths of the fields
 */
export function compareFields(rows: readonly FieldRow[], fields: readonly Field[], release: Release): Finding[] {
  const rowOf = new Map(rows.map((row) => [row.path, row]));
  const fieldOf = new Map(fields.map((field) => [field.path, field]));
  const paths = [...new Set([...rowOf.keys(), ...fieldOf.keys()])].sort();
  return paths.flatMap((path) => compareField(path, rowOf.get(path), fieldOf.get(path), release) ?? []);
}

function compareField(path: string, row: FieldRow | undefined, field: Field | undefined, release: Release): Finding | undefined {
  const since = formatRelease(release);
  const has = row !== undefined && hasField(row, release);
  const finding = (kind: Finding['kind'], what: string, line?: string): Finding => {
    return { table: 'kubelet-fields.ts', kind, name: path, what, line };
  };
  if (field === undefined) {
    if (!has) return undefined;
    return finding('removed', `gone with ${since}: the table has no word for that yet, give FieldRow an \`until\``);
  }
  if (!has) return finding('new', field.type, fieldLine({ path, type: field.type, since }));
  if (row.type === field.type) return undefined;
  return finding('changed', `${row.type} → ${field.type}`, fieldLine({ ...row, type: field.type }));
}

/** The line of a row, as the table writes it. */
export function fieldLine({ path, type, since }: FieldRow): string {
  return `{ path: '${path}', type: '${type}'${since === undefined ? '' : `, since: '${since}'`} },`;
}
