/** What another release makes of the settings of a kubelet, as a list of findings. */

import type { FieldPath } from '../../api/problem.ts';
import type { Release } from '../release.ts';

/**
 * Refuses: the other release does not start with it. Meaning: it starts, and does something else. Deprecated:
 * it starts, and a later release will not. CannotTell: our tables, or the files that could be read, do
 * not say.
 */
export const upgradeKinds = ['Refuses', 'Meaning', 'Deprecated', 'CannotTell'] as const;
export type UpgradeKind = (typeof upgradeKinds)[number];

/** What a finding is about: a field of the configuration, a flag, or the kubelet as a whole. */
export type UpgradePlace =
  | { readonly kind: 'Field'; readonly field: FieldPath; readonly file?: string }
  | { readonly kind: 'Flag'; readonly name: string }
  | { readonly kind: 'Kubelet' };

export interface UpgradeFinding {
  readonly kind: UpgradeKind;
  readonly place: UpgradePlace;
  /** The release that brings it; for a step back, the newer one of the two that differ. */
  readonly release: Release;
  /** One sentence without a full stop; it names the release. */
  readonly reason: string;
  readonly remedy: string;
  /** The settings leave the field open: others that were not looked at may give it. */
  readonly isOpen?: true;
}

/**
 * `--event-qps`, `featureGates.SidecarContainers`, `memoryThrottlingFactor`; '' for the kubelet as a
 * whole.
 */
export function subjectOf(place: UpgradePlace): string {
  switch (place.kind) {
    case 'Field':
      return place.field.length > 0 ? place.field.join('.') : (place.file ?? '');
    case 'Flag':
      return `--${place.name}`;
    case 'Kubelet':
      return '';
    default:
      return place satisfies never;
  }
}
