/** How a path on the host differs from the state that it should have. Pure. */

import type { Drift, DriftKind } from '../model/drift.ts';
import { type RecordedState, sameState } from '../model/record.ts';

/** The difference of a path from its expected state; undefined if there is none. */
export function differenceOf(path: string, found: RecordedState, expected: RecordedState): Drift | undefined {
  return sameState(found, expected) ? undefined : { path, kind: kindOf(found, expected) };
}

function kindOf(found: RecordedState, expected: RecordedState): DriftKind {
  if (found.kind === 'Absent') return 'Removed';
  if (expected.kind === 'Absent') return 'Appeared';
  if (found.kind === 'Symlink' && expected.kind === 'File') return 'ReplacedByLink';
  if (found.kind !== 'File' || expected.kind !== 'File' || found.sha256 !== expected.sha256) return 'Changed';
  return found.mode === expected.mode ? 'Owner' : 'Mode';
}

const words: Readonly<Record<DriftKind, string>> = {
  Changed: 'changed',
  Removed: 'removed',
  Appeared: 'should not be there',
  Mode: 'another mode',
  Owner: 'another owner',
  ReplacedByLink: 'replaced by a link',
};

/** One difference in words, as in `/etc/kubernetes/kubelet-config.yaml (changed)`. */
export function describeDrift({ path, kind }: Drift): string {
  return `${path} (${words[kind]})`;
}
