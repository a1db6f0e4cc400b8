/**
 * Flags and feature gates that a kubelet still takes, and calls deprecated where the one before did not.
 * Pure.
 */

import { flagState } from '../flag-table.ts';
import { flagProblems } from '../flags.ts';
import { gateState } from '../gate-table.ts';
import { formatRelease, knownRelease, type Release } from '../release.ts';
import type { UpgradeFinding } from './finding.ts';
import { flagsOf, type Step } from './step.ts';

/** A warning for what the last step calls deprecated and the first does not. */
export function newDeprecations(steps: readonly Step[]): UpgradeFinding[] {
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined || last.release <= first.release) return [];
  const since = (isSo: (release: Release) => boolean) =>
    isSo(last.release) && !isSo(first.release) ? steps.find(({ release }) => isSo(release))?.release : undefined;
  const flags = flagsOf(last).flatMap((name): UpgradeFinding[] => {
    const release = since((one) => isDeprecatedFlag(name, one));
    if (release === undefined) return [];
    const reason = `the flag --${name} is deprecated since ${formatRelease(release)}: a later kubelet will not start with it`;
    const [known] = flagProblems({ [name]: '' }, last.release).filter(({ reason: said }) => said.includes('deprecated since'));
    return [{ kind: 'Deprecated', place: { kind: 'Flag', name }, release, reason, remedy: known?.remedy ?? 'do without it' }];
  });
  const gates = Object.keys(last.kubelet.map('featureGates')).flatMap((name): UpgradeFinding[] => {
    const release = since((one) => isDeprecatedGate(name, one));
    if (release === undefined) return [];
    const reason = `the gate ${name} is deprecated since ${formatRelease(release)}: a later kubelet will not start with it`;
    return [
      { kind: 'Deprecated', place: { kind: 'Field', field: ['featureGates', name] }, release, reason, remedy: 'do without it' },
    ];
  });
  return [...flags, ...gates];
}

function isDeprecatedFlag(name: string, release: Release): boolean {
  const state = flagState(name, release);
  if (state.kind !== 'Present' || state.row.deprecated === undefined) return false;
  return knownRelease(state.row.deprecated) <= release;
}

function isDeprecatedGate(name: string, release: Release): boolean {
  const state = gateState(name, release);
  return state.kind === 'Known' && state.stage === 'deprecated';
}
