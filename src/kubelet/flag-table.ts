/** The flags that a release of the kubelet has, and the history of the flags that it does not have. */

import { betaFlags, type FlagRow, type FlagType, flagRows, newestFlags, oldestFlags } from './data/kubelet-flags.ts';
import { knownRelease, type Release } from './release.ts';

export type FlagState =
  | { readonly kind: 'Present'; readonly row: FlagRow }
  /**
   * `ended` is the last row before the release, `begins` the first after it. At least one of them is defined.
   */
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

/** All releases that are fully known, from the oldest to the newest. */
export const knownReleases: readonly Release[] = Array.from({ length: newest - oldest + 1 }, (_, index) => oldest + index).filter(
  (release) => release !== beta,
);

/** The oldest kubelet for the oldest API server that has our CRD: it may be three minor versions older. */
export const oldestInClusters = knownRelease('1.27');

const rowsByName = new Map<string, readonly FlagRow[]>();
for (const row of flagRows) rowsByName.set(row.name, [...(rowsByName.get(row.name) ?? []), row]);

/** Whether a release has a flag. */
export function flagState(name: string, release: Release): FlagState {
  const rows = rowsByName.get(name);
  if (rows === undefined) return { kind: 'Unknown' };
  const present = rows.find((row) => isInRelease(row, release));
  if (present) return { kind: 'Present', row: present };
  const ended = rows.findLast((row) => until(row) < release);
  const begins = rows.find((row) => since(row) > release);
  return { kind: 'Absent', ended, begins, doubtful: release === beta && rows.some((row) => row.beta) };
}

/** Whether a release has the flag of this row; a release after the table has what the newest one has. */
export function isInRelease(row: FlagRow, release: Release): boolean {
  return since(row) <= release && release <= until(row);
}

/** Whether any release in the table has the flag. */
export function isFlagOfAnyRelease(name: string): boolean {
  return rowsByName.has(name);
}

/** The names of all flags, or of those of one release. */
export function flagNames(release: Release | undefined): readonly string[] {
  const names = [...rowsByName.keys()];
  return release === undefined ? names : names.filter((name) => flagState(name, release).kind === 'Present');
}

/**
 * Whether the release is known to refuse a flag that is missing from the table. A release after the table may
 * have it, and so may one that the table knows only as a beta.
 */
export function isFullyKnown(release: Release): boolean {
  return oldest <= release && release <= newest && release !== beta;
}

/**
 * The row of a flag in a release; without a release, or if that one does not have it, the newest row of the
 * name.
 */
export function flagRowAt(name: string, release: Release | undefined): FlagRow | undefined {
  const state = release === undefined ? undefined : flagState(name, release);
  return state?.kind === 'Present' ? state.row : rowsByName.get(name)?.at(-1);
}

/** The type of a flag by its name; undefined for a flag that no release has. */
export function flagTypeAt(name: string, release: Release | undefined): FlagType | undefined {
  const row = flagRowAt(name, release);
  return row && (release === undefined ? row.type : flagType(row, release));
}

/** The type of a flag in a release: some flags changed it. */
export function flagType({ type, before }: FlagRow, release: Release): FlagType {
  return before !== undefined && release < knownRelease(before[0]) ? before[1] : type;
}

/**
 * A flag in the first release of the table counts as present in all earlier ones, for want of better
 * knowledge.
 */
function since(row: FlagRow): Release {
  return row.since === undefined ? 0 : knownRelease(row.since);
}

function until(row: FlagRow): Release {
  return row.until === undefined ? Number.POSITIVE_INFINITY : knownRelease(row.until);
}
