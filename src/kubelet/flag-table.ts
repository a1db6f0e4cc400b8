/** Which flags a release of the kubelet has, and what became of those it has not. */

import { betaFlags, type FlagRow, type FlagType, flagRows, newestFlags, oldestFlags } from './data/kubelet-flags.ts';
import { knownRelease, type Release } from './release.ts';

export type FlagState =
  | { readonly kind: 'Present'; readonly row: FlagRow }
  /** `ended` is the last row before the release, `begins` the first after it; at least one is there. */
  | {
      readonly kind: 'Absent';
      readonly ended: FlagRow | undefined;
      readonly begins: FlagRow | undefined;
      readonly doubtful: boolean;
    }
  | { readonly kind: 'Unknown' };

const oldest = knownRelease(oldestFlags);
export const newest = knownRelease(newestFlags);
const beta = knownRelease(betaFlags);

const rowsByName = new Map<string, readonly FlagRow[]>();
for (const row of flagRows) rowsByName.set(row.name, [...(rowsByName.get(row.name) ?? []), row]);

export function flagState(name: string, release: Release): FlagState {
  const rows = rowsByName.get(name);
  if (rows === undefined) return { kind: 'Unknown' };
  const present = rows.find((row) => since(row) <= release && release <= until(row));
  if (present) return { kind: 'Present', row: present };
  const ended = rows.findLast((row) => until(row) < release);
  const begins = rows.find((row) => since(row) > release);
  return { kind: 'Absent', ended, begins, doubtful: release === beta && rows.some((row) => row.beta) };
}

export function isFlagOfAnyRelease(name: string): boolean {
  return rowsByName.has(name);
}

/** All names, or those of one release. */
export function flagNames(release: Release | undefined): readonly string[] {
  const names = [...rowsByName.keys()];
  return release === undefined ? names : names.filter((name) => flagState(name, release).kind === 'Present');
}

/** Whether a name that is missing from the table was refused by that release: later ones may have brought it, and a beta is not the release. */
export function isFullyKnown(release: Release): boolean {
  return oldest <= release && release <= newest && release !== beta;
}

export function flagType({ type, before }: FlagRow, release: Release): FlagType {
  return before !== undefined && release < knownRelease(before[0]) ? before[1] : type;
}

/** Before the beginning of the table a flag that is in its first release counts as there: nobody knows better. */
function since(row: FlagRow): Release {
  return row.since === undefined ? 0 : knownRelease(row.since);
}

function until(row: FlagRow): Release {
  return row.until === undefined ? Number.POSITIVE_INFINITY : knownRelease(row.until);
}
