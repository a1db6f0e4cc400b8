/** What a change does to the settings of the kubelet, for people and as data for programs. */

import {
  type Comparison,
  describeChange,
  type SettingChange,
  settingOf,
  shownName,
  shownValue,
} from '../../kubelet/settings/compare.ts';
import { describeEffect, effectOf } from '../../kubelet/settings/effects.ts';
import type { Setting } from '../../kubelet/settings/setting.ts';

const titles: Readonly<Record<SettingChange['kind'], string>> = { Changed: 'changes', Lost: 'loses  ', New: 'gains  ' };

/** A line for each setting that differs, and one for all that stay; none if nothing can be said. */
export function settingLines({ changes, kept, unread }: Comparison): string[] {
  const lines = changes.map((change) => {
    const effect = describeEffect(settingOf(change));
    return `kubelet ${titles[change.kind]} ${describeChange(change)}${effect === undefined ? '' : ` (${effect})`}`;
  });
  const others = `${lines.length === 0 ? 'no setting of the kubelet changes' : 'nothing else changes'} (${kept} kept)`;
  return [...lines, ...unread.map((reason) => `not compared: ${reason}`), ...(kept > 0 || lines.length > 0 ? [others] : [])];
}

/** The same as data. */
export function settingData({ changes, kept, unread }: Comparison) {
  const items = changes.map((change) => {
    const { kind, name, by } = settingOf(change);
    const effect = effectOf({ kind, name });
    const value = (one: Setting) => (shownValue(name, one.value) === '(not shown)' ? null : one.value);
    return {
      change: change.kind,
      kind,
      name: shownName(name),
      ...(change.kind !== 'New' && { from: value(change.from) }),
      ...(change.to !== undefined && { to: value(change.to) }),
      ...(by !== undefined && { by }),
      ...(effect && { effect: effect.kind, why: effect.why }),
    };
  });
  return { changes: items, kept, unread };
}
