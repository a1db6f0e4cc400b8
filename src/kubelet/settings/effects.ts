/** What a change of a setting does besides the restart. Pure. */

import { type ChangeEffect, changeEffects, type EffectKind } from '../data/change-effects.ts';
import type { Setting } from './setting.ts';

/** The effects as a person reads them, before the reason. */
export const effectWords: Readonly<Record<EffectKind, string>> = {
  Drain: 'drain the node first',
  State: 'the state file is set aside',
  Admission: 'running pods are admitted anew',
  NewPods: 'only pods that start afterwards get it',
  NewNode: 'only a Node that registers afterwards gets it',
  OwnReload: 'the content of the file needs no restart',
};

/** The effect of a change of this setting; undefined if the restart is all. */
export function effectOf({ kind, name }: Pick<Setting, 'kind' | 'name'>): ChangeEffect | undefined {
  if (kind !== 'Field' && kind !== 'Flag') return undefined;
  return changeEffects.find(
    ({ setting }) => name === setting || name.startsWith(`${setting}.`) || name.startsWith(`${setting}[`),
  );
}

/** `drain the node first, because …`; undefined if the restart is all. */
export function describeEffect(setting: Pick<Setting, 'kind' | 'name'>): string | undefined {
  const effect = effectOf(setting);
  return effect && `${effectWords[effect.kind]}: ${effect.why}`;
}
