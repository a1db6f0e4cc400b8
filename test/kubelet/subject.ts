/** A valid kubelet of which each test changes one thing, and problems as one line each. */

import type { Json } from '../../src/api/json.ts';
import { formatPath } from '../../src/api/problem.ts';
import type { FlagValue } from '../../src/api/types.ts';
import type { SpecProblem } from '../../src/desired/spec-problem.ts';
import { kubeletProblems } from '../../src/kubelet/kubelet-problems.ts';

export type Flags = Readonly<Record<string, FlagValue>>;
export type Configuration = Readonly<Record<string, Json>>;

const configurationPath = '/etc/kubernetes/kubelet.yaml';

export function ofFlags(flags: Flags, version: string | undefined): SpecProblem[] {
  return kubeletProblems({ flags, configurationPath }, version);
}

export function ofConfiguration(configuration: Configuration, version: string | undefined): SpecProblem[] {
  return kubeletProblems({ flags: {}, configuration, configurationPath }, version);
}

/** `error kubelet.flags.v`, sorted. */
export function places(problems: readonly SpecProblem[]): string[] {
  return problems.map(({ severity, path }) => `${severity} ${formatPath(path)}`).sort();
}

export function errors(problems: readonly SpecProblem[]): string[] {
  return problems.filter(({ severity }) => severity === 'error').map(({ path }) => formatPath(path));
}
