/** What the table of flags should say of a release, and does not. */

import type { FlagRow } from '../../src/kubelet/data/kubelet-flags.ts';
import { flagType, isInRelease } from '../../src/kubelet/flag-table.ts';
import { formatRelease, knownRelease, type Release } from '../../src/kubelet/release.ts';
import type { Field } from './fields.ts';
import type { Finding } from './finding.ts';
import type { Flag } from './flags.ts';

/**
 * @param flags all flags of the release
 * @param fields all fields of the release, for the field that a flag sets
 * @returns what differs in that release, by the names of the flags
 */
export function compareFlags(
  rows: readonly FlagRow[],
  flags: readonly Flag[],
  fields: readonly Field[],
  release: Release,
): Finding[] {
  const flagOf = new Map(flags.map((flag) => [flag.name, flag]));
  const names = [...new Set([...rows.map(({ name }) => name), ...flagOf.keys()])].sort();
  return names.flatMap((name) => {
    const row = rows.find((one) => one.name === name && isInRelease(one, release));
    const flag = flagOf.get(name);
    if (row === undefined) return flag === undefined ? [] : [newFlag(flag, rows, fields, release)];
    return (flag === undefined ? goneFlag(row, release) : changedFlag(row, flag, fields, release)) ?? [];
  });
}

function newFlag(flag: Flag, rows: readonly FlagRow[], fields: readonly Field[], release: Release): Finding {
  const since = formatRelease(release);
  const earlier = rows.findLast(({ name, until }) => name === flag.name && until !== undefined && knownRelease(until) < release);
  const what = [
    flag.type ?? 'its type stands where the library registers it',
    ...(flag.deprecated ? ['deprecated'] : []),
    ...(earlier === undefined ? [] : [`the table lets it end with ${earlier.until}`]),
  ];
  const field = fieldOf(flag, fields);
  const row: FlagRow = {
    name: flag.name,
    type: flag.type ?? 'string',
    ...(flag.repeatable && { repeatable: true }),
    since,
    ...(flag.deprecated && { deprecated: since }),
    ...(field !== undefined && { field }),
  };
  return { table: 'kubelet-flags.ts', kind: 'new', name: flag.name, what: what.join('; '), line: flagLine(row) };
}

function goneFlag(row: FlagRow, release: Release): Finding {
  const until = formatRelease(release - 1);
  const { doubtful: _, ...rest } = row;
  const what = `gone with ${formatRelease(release)}`;
  return { table: 'kubelet-flags.ts', kind: 'removed', name: row.name, what, line: flagLine({ ...rest, until }) };
}

function changedFlag(row: FlagRow, flag: Flag, fields: readonly Field[], release: Release): Finding | undefined {
  const now = formatRelease(release);
  const type = flagType(row, release);
  const field = fieldOf(flag, fields);
  const wasDeprecated = row.deprecated !== undefined && knownRelease(row.deprecated) <= release;
  const isDoubtful = row.doubtful !== undefined && knownRelease(row.doubtful) <= release;
  const { doubtful, deprecated, ...rest } = row;
  const changed: FlagRow = {
    ...rest,
    ...(flag.type !== undefined && flag.type !== type && { type: flag.type, before: [now, type] }),
    ...(doubtful !== undefined && !isDoubtful && { doubtful }),
    ...(flag.deprecated && { deprecated: wasDeprecated ? row.deprecated : now }),
    ...(field !== undefined && { field }),
  };
  const what = [
    ...(flag.type !== undefined && flag.type !== type ? [`${type} → ${flag.type}`] : []),
    ...(flag.type !== undefined && flag.repeatable !== (row.repeatable === true)
      ? [flag.repeatable ? 'may be repeated' : 'may not be repeated: look what the last one does']
      : []),
    ...(flag.deprecated && !wasDeprecated ? ['deprecated'] : []),
    ...(!flag.deprecated && wasDeprecated ? ['not deprecated'] : []),
    ...(isDoubtful ? ['is still there'] : []),
    ...(field !== undefined && field !== row.field ? [`sets ${field}`] : []),
  ];
  if (what.length === 0) return undefined;
  return { table: 'kubelet-flags.ts', kind: 'changed', name: row.name, what: what.join('; '), line: flagLine(changed) };
}

/** `Foo.Duration` is the field Foo: the flag writes to the number inside a metav1.Duration. */
function fieldOf({ goPath }: Flag, fields: readonly Field[]): string | undefined {
  if (goPath === undefined) return undefined;
  return fields.find((field) => goPath === field.goPath || goPath.replace(/(\.Duration)+$/, '') === field.goPath)?.path;
}

/** The line of a row, as the table writes it. */
export function flagLine(row: FlagRow): string {
  const keys = [
    'name',
    'type',
    'before',
    'repeatable',
    'since',
    'until',
    'beta',
    'doubtful',
    'deprecated',
    'field',
    'flag',
    'advice',
  ];
  const given = keys.flatMap((key) => {
    const value = row[key as keyof FlagRow];
    if (value === undefined) return [];
    return [`${key}: ${Array.isArray(value) ? `['${value.join("', '")}']` : value === true ? 'true' : quoted(String(value))}`];
  });
  return `{ ${given.join(', ')} },`;
}

function quoted(text: string): string {
  return text.includes("'") ? JSON.stringify(text) : `'${text}'`;
}
