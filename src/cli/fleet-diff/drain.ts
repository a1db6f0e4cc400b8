/** Whether a node would be drained before its change, as far as the objects alone say it. Pure. */

import type { Json, JsonMap } from '../../api/json.ts';
import type { KubeletConfig } from '../../api/types.ts';
import type { Desired } from '../../desired/effective.ts';
import { leaves } from '../../desired/tree.ts';
import type { SettingChange } from '../../kubelet/settings/compare.ts';
import { asksForEmptyNode, isOtherMinor } from '../../kubelet/settings/empty-node.ts';
import type { Setting, SettingKind } from '../../kubelet/settings/setting.ts';

/** Unknown: only the agent knows the kubelet that runs, and the state files that it has. */
export type DrainNeed = 'No' | 'Yes' | 'Unknown';

/** @param objects those that the node would have; the strictest of them counts */
export function drainNeed(objects: readonly KubeletConfig[], before: Desired, after: Desired): DrainNeed {
  const said = objects.map(({ spec }) => spec.rollout?.drain ?? 'Never');
  if (said.includes('Always')) return 'Yes';
  if (!said.includes('WhenRequired')) return 'No';
  return certainlyNeeded(before, after) ? 'Yes' : 'Unknown';
}

function certainlyNeeded(before: Desired, after: Desired): boolean {
  if (before.kind !== 'Effective' || after.kind !== 'Effective') return false;
  const [one, other] = [before.effective.spec.kubelet, after.effective.spec.kubelet];
  return (
    isOtherMinor(one.version, other.version) ||
    asksForEmptyNode([
      ...changesOf('Field', one.configuration ?? {}, other.configuration ?? {}),
      ...changesOf('Flag', one.flags as JsonMap, other.flags as JsonMap),
    ])
  );
}

/** What the objects say of the settings of one kind, before and after. */
function changesOf(kind: SettingKind, before: JsonMap, after: JsonMap): SettingChange[] {
  const [one, other] = [settingsOf(kind, before), settingsOf(kind, after)];
  return [...new Set([...one.keys(), ...other.keys()])].flatMap((name): SettingChange[] => {
    const [from, to] = [one.get(name), other.get(name)];
    if (from === undefined) return to === undefined ? [] : [{ kind: 'New', to }];
    if (to === undefined) return [{ kind: 'Lost', from }];
    return isSame(from.value, to.value) ? [] : [{ kind: 'Changed', from, to }];
  });
}

function settingsOf(kind: SettingKind, map: JsonMap): ReadonlyMap<string, Setting> {
  const nameOf = (path: readonly (string | number)[]) => `${kind === 'Flag' ? '--' : ''}${path.join('.')}`;
  return new Map(leaves(map).map(({ path, value }) => [nameOf(path), { kind, name: nameOf(path), value, by: undefined }]));
}

function isSame(one: Json, other: Json): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
