/** Rules of feature gates: which a release knows, which are locked, and which need others. */

import { isJsonMap } from '../../api/json.ts';
import { nearest } from '../../api/validate/parts.ts';
import { newestGates } from '../data/feature-gates.ts';
import { gateDependencies } from '../data/gate-dependencies.ts';
import { gateNames, gateState, knowsGatesOf } from '../gate-table.ts';
import { formatRelease } from '../release.ts';
import type { KubeletInForce } from './in-force.ts';
import { type Fault, odd, type Rule, refusedIn } from './rule.ts';

const field = 'featureGates';

/** Since 1.32 a gate in a file ends the kubelet before the flags are looked at; null in a file means off. */
function knownGates(kubelet: KubeletInForce): Fault[] {
  const isLookedAtFirst = kubelet.release >= 1032;
  const ofFiles = kubelet.ofFiles(field);
  const files = Object.entries(isLookedAtFirst && isJsonMap(ofFiles) ? ofFiles : {});
  const merged = Object.entries(kubelet.map(field)).filter(
    ([name, value]) => !files.some(([other, same]) => other === name && same === value),
  );
  return [...files, ...merged].flatMap(([name, value]) => gateFaults(name, value === true, kubelet));
}

function gateFaults(name: string, isOn: boolean, { release }: KubeletInForce): Fault[] {
  if (!knowsGatesOf(release)) return [];
  const version = formatRelease(release);
  const state = gateState(name, release);
  switch (state.kind) {
    case 'Unknown':
      return [unknownGate(name, release)];
    case 'NotYet':
      return [
        refusedIn(
          field,
          name,
          `unrecognized feature gate ${name}: it comes with ${formatRelease(state.since)}`,
          `remove it, or run kubelet ${formatRelease(state.since)} or later`,
        ),
      ];
    case 'Gone': {
      const was = `it was removed after ${formatRelease(state.until)}, and what it stood for is always ${state.isOn ? 'on' : 'off'}`;
      return [refusedIn(field, name, `unrecognized feature gate ${name}: ${was}`, 'remove it')];
    }
    case 'Doubtful':
      return [
        odd(field, `whether kubelet ${version} knows the gate ${name} depends on its patch release`, 'try it on one node', name),
      ];
    case 'Known':
      return knownGateFaults(name, isOn, state);
    default:
      return state satisfies never;
  }
}

function knownGateFaults(
  name: string,
  isOn: boolean,
  { stage, isOn: standard, isLocked }: { readonly stage: string; readonly isOn: boolean; readonly isLocked: boolean },
): Fault[] {
  if (isLocked && isOn !== standard) {
    const reason = `cannot set feature gate ${name} to ${isOn}, feature is locked to ${standard}`;
    return [refusedIn(field, name, reason, 'remove it')];
  }
  if (stage === 'alpha' && isOn && name !== 'AllAlpha')
    return [odd(field, `the gate ${name} is alpha: it may change or go with any release`, 'do without it in production', name)];
  return [];
}

function unknownGate(name: string, release: number): Fault {
  const near = nearest(name, gateNames(release));
  const remedy = near === undefined ? 'look the gate up in the reference of feature gates, or remove it' : `write ${near}`;
  return refusedIn(field, name, `unrecognized feature gate ${name}: no kubelet up to ${newestGates} has it`, remedy);
}

/**
 * What 1.35 has otherwise than 1.36 (pkg/features/kube_features.go of both), where these checks began;
 * without the gates that came with 1.36.
 */
const dependenciesOf135: Readonly<Record<string, readonly string[]>> = {
  InPlacePodVerticalScalingAllocatedStatus: ['InPlacePodVerticalScaling'],
  InPlacePodVerticalScalingExclusiveMemory: ['InPlacePodVerticalScaling', 'MemoryManager'],
  UserNamespacesHostNetworkSupport: ['UserNamespacesSupport'],
  WindowsCPUAndMemoryAffinity: ['MemoryManager'],
  // These have none there.
  DeclarativeValidationBeta: [],
  ExtendWebSocketsToKubelet: [],
  ImageVolumeWithDigest: [],
  ResourceHealthStatusMessage: [],
};

function dependencies(kubelet: KubeletInForce): Fault[] {
  if (!knowsGatesOf(kubelet.release)) return [];
  const given = kubelet.map(field);
  const all = kubelet.release < 1036 ? { ...gateDependencies, ...dependenciesOf135 } : gateDependencies;
  return Object.entries(all).flatMap(([name, needed]) => {
    if (gateState(name, kubelet.release).kind !== 'Known' || !kubelet.gate(name)) return [];
    const off = needed.filter((one) => gateState(one, kubelet.release).kind === 'Known' && !kubelet.gate(one));
    const [first] = off;
    if (first === undefined) return [];
    const blamed = Object.hasOwn(given, name) ? name : (off.find((one) => Object.hasOwn(given, one)) ?? first);
    const reason = `${name} is enabled, but depends on features that are disabled: ${off.join(', ')}`;
    return [refusedIn(field, blamed, reason, `switch ${off.join(' and ')} on, or ${name} off`)];
  });
}

export const gateRules: readonly Rule[] = [
  { id: 'R1', check: knownGates },
  // Kubelets check this since the tables of dependencies came.
  { id: 'R2', since: '1.35', check: dependencies },
];
