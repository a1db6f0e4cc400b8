/** Which changes of a kubelet ask for a node without pods. Pure. */

import type { Json } from '../../api/json.ts';
import { releaseOf } from '../release.ts';
import { type SettingChange, settingOf } from './compare.ts';
import { effectOf } from './effects.ts';
import { sameInForce } from './in-force.ts';

/**
 * Whether pods that run now would go wrong with these changes. The table of effects says Drain for such a
 * setting, with the reason. Not counted are settings with which only pods that no longer fit are rejected,
 * such as maxPods. Nor are those of the state files of the CPU and memory managers: whether a change of one
 * reaches its file depends on the policy, so the steps of the change say that.
 */
export function asksForEmptyNode(changes: readonly SettingChange[]): boolean {
  return changes.some((change) => {
    const { kind, name } = settingOf(change);
    return isOther(change) && (effectOf({ kind, name })?.kind === 'Drain' || rejectsUnaligned(name, change));
  });
}

/** What a flag without a field means if it is not given. Fields have their defaults in the comparison. */
const flagDefaults: Readonly<Record<string, Json>> = { '--root-dir': '/var/lib/kubelet' };

function isOther(change: SettingChange): boolean {
  const unsaid = flagDefaults[settingOf(change).name];
  const from = change.kind === 'New' ? unsaid : change.from.value;
  return !sameInForce(from, change.to?.value ?? unsaid);
}

/**
 * The kubelet admits the pods that run anew when it starts. These two policies reject a pod whose CPUs,
 * memory and devices were not aligned when it started, and a rejected pod is stopped for good:
 * https://kubernetes.io/docs/tasks/administer-cluster/topology-manager/#topology-manager-policies
 */
function rejectsUnaligned(name: string, change: SettingChange): boolean {
  if (name === 'topologyManagerPolicy') return ['restricted', 'single-numa-node'].includes(String(change.to?.value));
  return name === 'topologyManagerScope';
}

/**
 * Whether two versions are of different minors. "Before performing a minor version kubelet upgrade, drain
 * pods from that node. In-place minor version kubelet upgrades are not supported":
 * https://kubernetes.io/releases/version-skew-policy/#kubelet-2
 *
 * @returns false if one of them is not known
 */
export function isOtherMinor(before: string | undefined, after: string | undefined): boolean {
  const [from, to] = [before, after].map((version) => (version === undefined ? undefined : releaseOf(version)));
  return from !== undefined && to !== undefined && from !== to;
}
