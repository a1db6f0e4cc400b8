/**
 * What a kubelet of its release makes of the settings of a spec: judged on everything that it is started
 * with. Pure.
 */

import type { EffectiveSpec } from '../desired/defaults.ts';
import type { SpecProblem } from '../desired/spec-problem.ts';
import type { InstalledKubelet } from '../kubelet/installed/installed.ts';
import { versionedProblems } from '../kubelet/own-configuration.ts';
import { releaseOf } from '../kubelet/release.ts';
import { ruleProblems, sourcesOf } from '../kubelet/rule-problems.ts';
import type { MachineForRules } from '../kubelet/rules/in-force.ts';
import { sourcesInForce } from './launchers/existing/in-force.ts';
import type { Launcher } from './launchers/launcher.ts';

export interface RuleRequest {
  readonly launcher: Pick<Launcher, 'asksInstalled'>;
  /** The node's own kubelet, for a launcher that adds to it; undefined if it is not known. */
  readonly installed: InstalledKubelet | undefined;
  /** The version of the kubelet that will run; undefined if nothing says which. */
  readonly version: string | undefined;
  /** Whether other objects may have a say in the same kubelet. */
  readonly isPart: boolean;
  readonly machine?: MachineForRules;
}

/**
 * Everything that a kubelet makes of the settings: flags and fields that it does not have, then its own
 * rules. It does not look at its rules with a value that it cannot read. Paths begin below spec.
 */
export function kubeletSettingsProblems(spec: EffectiveSpec, request: RuleRequest): SpecProblem[] {
  const found = versionedProblems(spec, request.version);
  if (found.some(({ severity }) => severity === 'error')) return found;
  return [...found, ...kubeletRuleProblems(spec, request)];
}

/** The problems by the kubelet's own rules. Paths begin below spec. */
export function kubeletRuleProblems(
  spec: EffectiveSpec,
  { launcher, installed, version, isPart, machine = {} }: RuleRequest,
): SpecProblem[] {
  const release = version === undefined ? undefined : releaseOf(version);
  if (launcher.asksInstalled && installed !== undefined) {
    const nothing = { flags: {}, configurationPath: spec.kubelet.configurationPath };
    return ruleProblems(spec, {
      release,
      sources: sourcesInForce(spec.kubelet, installed),
      isPart,
      without: () => sourcesInForce(nothing, installed),
      machine,
    });
  }
  const { sources, isWhole } = sourcesOf(spec);
  return ruleProblems(spec, { release, sources, isPart: isPart || !isWhole || launcher.asksInstalled === true, machine });
}
