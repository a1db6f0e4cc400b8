/** Whether a node would be drained before its change, as far as the objects alone say it. Pure. */

import type { JsonMap } from '../../api/json.ts';
import type { KubeletConfig } from '../../api/types.ts';
import type { Desired } from '../../desired/effective.ts';
import { leaves } from '../../desired/tree.ts';
import { releaseOf } from '../../kubelet/release.ts';
import { effectOf } from '../../kubelet/settings/effects.ts';

/** Unknown: only the agent knows the kubelet that runs, and the state files that it has. */
export type DrainNeed = 'No' | 'Yes' | 'Unknown';

/** @param objects those that the node would have; the strictest of them counts */
export function drainNeed(objects: readonly KubeletConfig[], before: Desired, after: Desired): DrainNeed {
  const said = objects.map(({ spec }) => spec.rollout?.drain ?? 'Never');
  if (said.includes('Always')) return 'Yes';
  if (!said.includes('WhenRequired')) return 'No';
  return asksForEmptyNode(before, after) ? 'Yes' : 'Unknown';
}

/** Whether a setting differs that the table of effects has with Drain, or the minor of the kubelet. */
function asksForEmptyNode(before: Desired, after: Desired): boolean {
  if (before.kind !== 'Effective' || after.kind !== 'Effective') return false;
  const [one, other] = [before.effective.spec.kubelet, after.effective.spec.kubelet];
  const [from, to] = [one.version, other.version].map((version) => (version === undefined ? undefined : releaseOf(version)));
  if (from !== undefined && to !== undefined && from !== to) return true;
  const fields = differing(one.configuration ?? {}, other.configuration ?? {});
  const flags = differing(one.flags as JsonMap, other.flags as JsonMap);
  return (
    fields.some((name) => effectOf({ kind: 'Field', name })?.kind === 'Drain') ||
    flags.some((name) => effectOf({ kind: 'Flag', name: `--${name}` })?.kind === 'Drain')
  );
}

function differing(before: JsonMap, after: JsonMap): string[] {
  const [one, other] = [before, after].map(
    (map) => new Map(leaves(map).map(({ path, value }) => [path.join('.'), JSON.stringify(value)])),
  );
  const names = new Set([...(one?.keys() ?? []), ...(other?.keys() ?? [])]);
  return [...names].filter((name) => one?.get(name) !== other?.get(name));
}
