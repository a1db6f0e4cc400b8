/**
 * Judges the objects of a node by the rules of its kubelet, as `validate` does. It brings the tables of all
 * kubelets along, so whoever has nothing to judge does not load it. Pure.
 */

import type { PathAllowance } from '../api/paths.ts';
import type { Problem } from '../api/problem.ts';
import { versionedComputedProblems } from '../computed/versioned.ts';
import { blame } from '../desired/blame.ts';
import { desiredAlone, desiredFor, type Effective } from '../desired/effective.ts';
import { newest } from '../kubelet/flag-table.ts';
import { formatRelease, releaseOf } from '../kubelet/release.ts';
import { kubeletSettingsProblems } from '../render/kubelet-rules.ts';
import { launcherOf } from '../render/launchers/registry.ts';
import type { Judge } from './judge.ts';

/** @param allowance the one with which the objects were validated */
export function kubeletJudge(allowance: PathAllowance): Judge {
  return (objects, version) => {
    const isComputed = objects.some(({ spec }) => (spec.computed ?? []).length > 0);
    // What one object computes may take the place of what another one says.
    if (isComputed && objects.length > 1) return undefined;
    const selected = objects.map((one) => ({ ...one, spec: { ...one.spec, nodeSelector: { matchLabels: {} } } }));
    const [first, ...others] = selected;
    if (first === undefined) return undefined;
    const desired = others.length > 0 ? desiredFor(selected, {}, allowance) : desiredAlone(first, allowance);
    if (desired.kind !== 'Effective') return undefined;
    const launcher = launcherOf(desired.effective.spec);
    const running = launcher.version ?? version;
    const release = running === undefined ? undefined : releaseOf(running);
    if (running === undefined || release === undefined || release > newest) return undefined;
    const found = [
      ...settingsProblems(desired.effective, running, isComputed),
      ...objects.flatMap((object) => versionedComputedProblems(object, running, allowance)),
    ];
    return { release: formatRelease(release), errors: found.filter(({ severity }) => severity === 'error') };
  };
}

/** @param isPart whether only the node knows some of the settings */
function settingsProblems({ spec, owners, objects }: Effective, version: string, isPart: boolean): Problem[] {
  const request = { launcher: launcherOf(spec), installed: undefined, version, isPart };
  return kubeletSettingsProblems(spec, request).map((problem) =>
    blame({ ...problem, path: ['spec', ...problem.path] }, owners, objects.at(-1)?.name),
  );
}
