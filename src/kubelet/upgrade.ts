/** What another release makes of the settings of a kubelet: before it is installed. Pure. */

import { contentId, type Json } from '../api/json.ts';
import { flagState } from './flag-table.ts';
import { gateState } from './gate-table.ts';
import { judgePlainKubelet, type KubeletFault, type PlainKubelet } from './plain-kubelet.ts';
import { formatRelease, knownRelease, type Release } from './release.ts';
import { KubeletInForce } from './rules/in-force.ts';
import type { ConfigurationSources } from './settings/configuration.ts';

/**
 * Refuses: the later release does not start with it. Meaning: it starts, and does something else. Deprecated:
 * a later release will refuse it.
 */
export type UpgradeKind = 'Refuses' | 'Meaning' | 'Deprecated';

export interface UpgradeFinding {
  readonly kind: UpgradeKind;
  /** `--event-qps`, `featureGates.SidecarContainers`, `memoryThrottlingFactor`. */
  readonly subject: string;
  readonly reason: string;
  readonly remedy: string;
}

/** What the release `to` refuses and `from` does not. */
export function newRefusals(kubelet: PlainKubelet, from: Release, to: Release): UpgradeFinding[] {
  const before = new Set(judgePlainKubelet(kubelet, from).filter(isRefused).map(keyOf));
  return judgePlainKubelet(kubelet, to)
    .filter((fault) => isRefused(fault) && !before.has(keyOf(fault)))
    .map((fault) => ({ kind: 'Refuses', subject: subjectOf(fault), reason: fault.reason, remedy: fault.remedy }));
}

function isRefused({ kind }: KubeletFault): boolean {
  return kind === 'Refused';
}

function keyOf({ rule, place }: KubeletFault): string {
  return contentId([rule, place as unknown as Json]);
}

function subjectOf({ place }: KubeletFault): string {
  if (place.kind === 'Flag') return `--${place.name}`;
  return place.field.join('.');
}

interface MeaningChange {
  /** The first release with the other meaning. */
  readonly since: string;
  readonly subject: (kubelet: KubeletInForce) => string | undefined;
  readonly reason: string;
  readonly remedy: string;
}

/** Settings that a release takes for something else than the one before, with the numbers to write. */
const meanings: readonly MeaningChange[] = [
  {
    since: '1.37',
    subject: (kubelet) =>
      kubelet.number('eventRecordQPS') === 0
        ? kubelet.isByFlag('eventRecordQPS')
          ? '--event-qps'
          : 'eventRecordQPS'
        : undefined,
    reason: '0 means no limit from 1.37 on, and until 1.36 it did not',
    remedy: 'write eventRecordQPS: 50, which is the default',
  },
  {
    since: '1.37',
    subject: (kubelet) =>
      kubelet.map('featureGates')['MemoryQoS'] === true && !kubelet.isGiven('memoryThrottlingFactor')
        ? 'memoryThrottlingFactor'
        : undefined,
    reason: 'it defaults to 0.9 until 1.36 and to nothing from 1.37 on: memory.high is not set any more',
    remedy: 'write memoryThrottlingFactor: 0.9',
  },
];

/** What means something else in `to` than in `from`, in either direction. */
export function newMeanings(sources: ConfigurationSources, from: Release, to: Release): UpgradeFinding[] {
  const kubelet = new KubeletInForce(sources, from);
  return meanings.flatMap(({ since, subject, reason, remedy }) => {
    const crosses = from < knownRelease(since) !== to < knownRelease(since);
    const found = crosses ? subject(kubelet) : undefined;
    return found === undefined ? [] : [{ kind: 'Meaning' as const, subject: found, reason, remedy }];
  });
}

/** Flags and gates that `to` still takes and calls deprecated, when `from` does not. */
export function newDeprecations({ commandLine, main }: ConfigurationSources, from: Release, to: Release): UpgradeFinding[] {
  const flags = [...new Set(commandLine.flags.map(({ name }) => name))].flatMap((name) => {
    const state = flagState(name, to);
    if (state.kind !== 'Present' || state.row.deprecated === undefined) return [];
    const since = knownRelease(state.row.deprecated);
    if (since <= from || since > to) return [];
    const remedy =
      state.row.field === undefined ? 'look for what takes its place' : `set ${state.row.field} in the configuration file`;
    return [
      { kind: 'Deprecated' as const, subject: `--${name}`, reason: `it is deprecated since ${formatRelease(since)}`, remedy },
    ];
  });
  const gates = main?.fields['featureGates'];
  const names = gates !== undefined && gates !== null && typeof gates === 'object' ? Object.keys(gates) : [];
  return [
    ...flags,
    ...names.flatMap((name) => {
      const [before, after] = [gateState(name, from), gateState(name, to)];
      const isNew =
        after.kind === 'Known' && after.stage === 'deprecated' && !(before.kind === 'Known' && before.stage === 'deprecated');
      return isNew && !after.isLocked
        ? [
            {
              kind: 'Deprecated' as const,
              subject: `featureGates.${name}`,
              reason: `it is deprecated since ${formatRelease(to)}`,
              remedy: 'do without it',
            },
          ]
        : [];
    }),
  ];
}
