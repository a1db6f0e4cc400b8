/** Settings that a kubelet of another release takes, and takes for something else. Pure. */

import { fieldsOfGates, flagsOfGates } from '../data/changed-meanings.ts';
import { formatRelease, knownRelease, type Release } from '../release.ts';
import { fieldOf } from '../settings/flag-field.ts';
import type { UpgradeFinding, UpgradePlace } from './finding.ts';
import { byAge, flagsOf, type Pair, pairsOf, type Step } from './step.ts';
import { changedValues, isDefault, saysField } from './values.ts';

/** What each step on the way takes for something else than the one before. */
export function newMeanings(steps: readonly Step[]): UpgradeFinding[] {
  const last = steps.at(-1);
  if (last === undefined) return [];
  return pairsOf(steps).flatMap((pair) => [
    ...special(pair, last),
    ...changedValues(pair),
    ...fieldsWithGates(pair),
    ...flagsWithGates(pair),
  ]);
}

/** The flag that gives a field, or the field. */
function placeOf(field: string, step: Step): UpgradePlace {
  const name = flagsOf(step).findLast((flag) => fieldOf(flag, step.release) === field);
  return name === undefined ? { kind: 'Field', field: field.split('.') } : { kind: 'Flag', name };
}

/** A field that somebody has written, and that takes effect or none by a gate that nobody has written. */
function fieldsWithGates(pair: Pair): UpgradeFinding[] {
  const { from, to } = pair;
  return Object.entries(fieldsOfGates).flatMap(([field, gate]) => {
    const isOn = to.kubelet.gate(gate);
    const isSaid = saysField(to, field) || to.kubelet.isByFlag(field);
    if (from.kubelet.gate(gate) === isOn || !isSaid || isDefault(field, pair)) return [];
    return [byGate(placeOf(field, to), gate, pair)];
  });
}

function flagsWithGates(pair: Pair): UpgradeFinding[] {
  const { from, to } = pair;
  return flagsOf(to).flatMap((name) => {
    const gate = flagsOfGates[name];
    if (gate === undefined || from.kubelet.gate(gate) === to.kubelet.gate(gate)) return [];
    return [byGate({ kind: 'Flag', name }, gate, pair)];
  });
}

function byGate(place: UpgradePlace, gate: string, pair: Pair): UpgradeFinding {
  const { older, newer } = byAge(pair);
  const effect = (step: Step) => (step.kubelet.gate(gate) ? 'takes effect' : 'has no effect');
  const isNowOn = pair.to.kubelet.gate(gate);
  return {
    kind: 'Meaning',
    place,
    release: newer.release,
    reason: `it ${effect(older)} up to ${formatRelease(older.release)} and ${effect(newer)} from ${formatRelease(newer.release)} on, by the default of the gate ${gate}`,
    remedy: isNowOn ? 'remove it to go on without it' : `write featureGates: {${gate}: true}, or remove it`,
  };
}

interface SpecialMeaning {
  /** The first release with the other meaning. */
  readonly since: string;
  /** @param last where the way ends */
  readonly find: (pair: Pair, last: Step) => Omit<UpgradeFinding, 'release'> | undefined;
}

/** Meanings that no table of defaults or gates says. */
const specials: readonly SpecialMeaning[] = [
  {
    since: '1.37',
    find: ({ from }) =>
      from.kubelet.number('eventRecordQPS') === 0
        ? {
            kind: 'Meaning',
            place: placeOf('eventRecordQPS', from),
            reason: '0 means no limit from 1.37 on, and up to 1.36 it did not',
            remedy: 'write eventRecordQPS: 50, which is the default',
          }
        : undefined,
  },
  {
    since: '1.30',
    find: ({ from: { kubelet } }) =>
      kubelet.gate('NodeSwap') && !kubelet.isTrue('failSwapOn') && kubelet.text('memorySwap.swapBehavior') === ''
        ? {
            kind: 'Meaning',
            place: { kind: 'Field', field: ['memorySwap', 'swapBehavior'] },
            reason: 'without it pods use no swap from 1.30 on, and up to 1.29 they may use it',
            remedy: 'write memorySwap: {swapBehavior: LimitedSwap} to let them use swap',
          }
        : undefined,
  },
  { since: '1.24', find: (pair, last) => withoutDockershim(byAge(pair).older, last) },
];

const firstDefaultEndpoint = knownRelease('1.27');

function withoutDockershim({ kubelet }: Step, last: Step): Omit<UpgradeFinding, 'release'> | undefined {
  const isDocker = (kubelet.flag('container-runtime') ?? 'docker') === 'docker';
  const isUpgrade = last.release > kubelet.release;
  if (!isDocker || !isUpgrade || kubelet.flag('container-runtime-endpoint') !== undefined) return undefined;
  const hasDefault = last.release >= firstDefaultEndpoint;
  const outcome = hasDefault
    ? 'use containerd at unix:///run/containerd/containerd.sock'
    : 'do not start without --container-runtime-endpoint';
  return {
    kind: hasDefault ? 'Meaning' : 'Refuses',
    place: { kind: 'Flag', name: 'container-runtime-endpoint' },
    reason: `kubelets up to 1.23 use Docker where nothing else is said, and from ${hasDefault ? '1.27' : '1.24'} on they ${outcome}`,
    remedy: 'install a container runtime with a CRI socket, and name that socket with --container-runtime-endpoint',
  };
}

function special(pair: Pair, last: Step): UpgradeFinding[] {
  const { older, newer } = byAge(pair);
  const crosses = (release: Release) => older.release < release && release <= newer.release;
  return specials.flatMap(({ since, find }) => {
    const release = knownRelease(since);
    const found = crosses(release) ? find(pair, last) : undefined;
    return found === undefined ? [] : [{ ...found, release }];
  });
}
