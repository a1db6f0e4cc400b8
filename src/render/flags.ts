/** The kubelet's flags as the arguments of a command line. */

import { absoluteFlagValue } from '../api/kubelet-paths.ts';
import type { EffectiveSpec } from '../desired/defaults.ts';
import { refusal, type SpecProblem } from '../desired/spec-problem.ts';

export interface FlagWord {
  readonly word: string;
  readonly flag: string;
}

/**
 * One `--name=value` for each flag, sorted by name, so that the order of keys in an object changes nothing. A
 * list repeats its flag; false, 0 and "" are values like any other. Some relative paths become absolute.
 */
export function flagWords({ flags, configuration, configurationPath }: EffectiveSpec['kubelet']): FlagWord[] {
  const all = configuration === undefined ? flags : { ...flags, config: configurationPath };
  return Object.entries(all)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([flag, value]) => {
      const values = Array.isArray(value) ? value : [value];
      return values.map((single: unknown) => ({ word: `--${flag}=${String(absoluteFlagValue(flag, single))}`, flag }));
    });
}

/**
 * `--config` named the directory of static pods before 1.10 and names the configuration file since: never
 * both.
 */
export function flagProblems({ flags, configuration }: EffectiveSpec['kubelet']): SpecProblem[] {
  if (configuration === undefined || flags['config'] === undefined) return [];
  return [
    refusal(
      'FlagInvalid',
      ['kubelet', 'flags', 'config'],
      'the flag config and kubelet.configuration both name the configuration file',
      'drop the flag; set kubelet.configurationPath if the file should be elsewhere',
    ),
  ];
}
