/** What an upgrade does to one kubelet, as it is shown: each finding is a problem with a place. */

import type { Problem, ProblemCode } from '../../api/problem.ts';
import { formatRelease, type Release, releaseOf } from '../../kubelet/release.ts';
import { subjectOf, type UpgradeFinding, type UpgradeKind } from '../../kubelet/upgrade/finding.ts';

/** One kubelet that was checked. */
export interface Checked {
  /** The name of the object, or of the unit. */
  readonly name: string;
  readonly from: Release;
  /** Whether nothing says which kubelet runs: the one before is then assumed. */
  readonly isAssumed: boolean;
  readonly findings: readonly ShownFinding[];
  /** The nodes of which all this is to be said; absent for what is no node of a cluster. */
  readonly nodes?: readonly string[];
  /** Nothing could be looked at: neither refused nor passed. */
  readonly isUnknown?: true;
}

export interface ShownFinding {
  readonly kind: UpgradeKind;
  readonly subject: string;
  readonly release: Release;
  readonly problem: Problem;
}

const codes: Readonly<Record<UpgradeKind, { readonly severity: Problem['severity']; readonly code: ProblemCode }>> = {
  Refuses: { severity: 'error', code: 'UpgradeRefuses' },
  Meaning: { severity: 'warning', code: 'UpgradeMeaning' },
  Deprecated: { severity: 'notice', code: 'UpgradeDeprecated' },
  CannotTell: { severity: 'notice', code: 'UpgradeUnknown' },
};

/** @param place gives the problem its path, object and position */
export function shownFinding(
  { kind, place, release, reason, remedy }: UpgradeFinding,
  located: Pick<Problem, 'path' | 'writtenAt' | 'object' | 'position'>,
): ShownFinding {
  return { kind, subject: subjectOf(place), release, problem: { ...codes[kind], ...located, reason, remedy } };
}

/** The release to begin with: the one that is known, or else the minor before. */
export function beginningAt(version: string | undefined, to: Release): Pick<Checked, 'from' | 'isAssumed'> {
  const from = version === undefined ? undefined : releaseOf(version);
  return from === undefined ? { from: to - 1, isAssumed: true } : { from, isAssumed: false };
}

/** Whether the kubelet would not start. */
export function isRefused({ findings }: Checked): boolean {
  return findings.some(({ kind }) => kind === 'Refuses');
}

/** What is to be known about how it was checked; undefined if nothing is. */
export function noteOf({ name, from, isAssumed }: Checked): string | undefined {
  if (!isAssumed) return undefined;
  return `nothing says which kubelet runs for ${name}: compared with ${formatRelease(from)}, the minor before; --from names another one`;
}
