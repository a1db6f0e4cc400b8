/** Checks the settings of an object by the rules of the kubelets that may run them. */

import { contentId, type Json, type JsonMap } from '../api/json.ts';
import { absoluteConfiguration } from '../api/kubelet-paths.ts';
import { type FieldPath, formatPath } from '../api/problem.ts';
import { at } from '../api/validate/parts.ts';
import type { EffectiveSpec } from '../desired/defaults.ts';
import { caution, refusal, type SpecProblem } from '../desired/spec-problem.ts';
import { fieldOfFlag } from './field-table.ts';
import { knownReleases, newest, oldestInClusters } from './flag-table.ts';
import { ownConfiguration } from './own-configuration.ts';
import { formatRelease, knownRelease, type Release } from './release.ts';
import { KubeletInForce, type MachineForRules } from './rules/in-force.ts';
import { judge, type RuledFault } from './rules/rules.ts';
import type { CommandLine } from './settings/command-line.ts';
import type { ConfigurationSources } from './settings/configuration.ts';

type Spec = Pick<EffectiveSpec, 'kubelet' | 'files'>;

/** What is known of the kubelet that will run. */
export interface RuledKubelet {
  /** Undefined if nothing says which; else the first release of which the rules are known, or a later one. */
  readonly release: Release | undefined;
  /** Everything that decides its settings. */
  readonly sources: ConfigurationSources;
  /**
   * Whether something else has a say that is not known, such as another object. Then only what all of the
   * fault stands in these settings is told.
   */
  readonly isPart: boolean;
  /** The same kubelet without the object: what is wrong there already is not told of the object. */
  readonly without?: () => ConfigurationSources;
  readonly machine?: MachineForRules;
}

/** The first release of which the rules are known. */
const oldestRules = knownRelease('1.17');

/**
 * Problems by the rules of one release. Without a release: an error for what every kubelet of today's
 * clusters refuses, a warning for what some of them refuse.
 */
export function ruleProblems(spec: Spec, ruled: RuledKubelet): SpecProblem[] {
  const { release } = ruled;
  if (release !== undefined) {
    if (release < oldestRules || release > newest) return [];
    return faultsAt(ruled, release).map((fault) => problemOf(fault, spec, `kubelet ${formatRelease(release)} does`));
  }
  const releases = knownReleases.filter((one) => one >= oldestInClusters);
  const found = new Map<string, { readonly fault: RuledFault; readonly whose: Release[] }>();
  for (const one of releases)
    for (const fault of faultsAt(ruled, one)) {
      const key = keyOf(fault);
      found.set(key, { fault, whose: [...(found.get(key)?.whose ?? []), one] });
    }
  return [...found.values()].map(({ fault, whose }) => {
    if (whose.length === releases.length) return problemOf(fault, spec, 'the kubelet does');
    return { ...problemOf(fault, spec, `${spanOf(whose)} do`), severity: 'warning' };
  });
}

/** What one kubelet refuses may only not work with another: that is one mistake. */
function keyOf({ rule, kind, place }: RuledFault): string {
  return contentId([rule, kind === 'Odd', place as unknown as Json]);
}

function spanOf(releases: readonly Release[]): string {
  const [first, last] = [releases[0] ?? 0, releases.at(-1) ?? 0];
  if (first === last) return `kubelets ${formatRelease(first)}`;
  return `kubelets ${formatRelease(first)} to ${formatRelease(last)}`;
}

function faultsAt({ sources, isPart, without, machine }: RuledKubelet, release: Release): RuledFault[] {
  const isTold = ({ isSaid, isMetOutside }: RuledFault) => !isMetOutside && (isSaid || !isPart);
  const found = judge(new KubeletInForce(sources, release, machine)).filter(isTold);
  if (found.length === 0 || without === undefined) return found;
  const before = new Set(judge(new KubeletInForce(without(), release, machine)).map(keyOf));
  return found.filter((fault) => !before.has(keyOf(fault)));
}

/**
 * What an object says of a kubelet that has its settings from nobody else, and whether that is all of them: a
 * file of the configuration may be one that the object does not bring along.
 */
export function sourcesOf(spec: Spec): { readonly sources: ConfigurationSources; readonly isWhole: boolean } {
  const { flags, configuration, configurationPath } = spec.kubelet;
  const own = ownConfiguration(spec);
  const fields = configuration && absoluteConfiguration(configuration, '/');
  const main = fields ? { path: configurationPath, fields } : own.main;
  const names = (flag: string) => (flags[flag] ?? '') !== '';
  const dropIns = names('config-dir') ? own.dropIns : undefined;
  return {
    sources: { main, dropIns, commandLine: commandLineOf(flags), release: undefined, workingDirectory: '/' },
    isWhole: (main !== undefined || !names('config')) && dropIns?.length !== 0,
  };
}

function commandLineOf(flags: Spec['kubelet']['flags']): CommandLine {
  const given = Object.entries(flags).flatMap(([key, value]) => {
    const texts = Array.isArray(value) ? value : [value];
    return texts.map((text: unknown) => ({ name: key.replaceAll('_', '-'), value: String(text), by: '' }));
  });
  return { flags: given, rest: [], hasUnknown: false };
}

function problemOf({ kind, place, reason, remedy }: RuledFault, spec: Spec, who: string): SpecProblem {
  const { path, prefix } = placeIn(place, spec);
  const code = path[1] === 'flags' ? 'FlagInvalid' : 'ConfigurationInvalid';
  const text = `${prefix}${reason}`;
  if (kind === 'Odd') return caution(code, path, text, remedy);
  return refusal(code, path, kind === 'Refused' ? `${text}: ${who} not start with it` : text, remedy);
}

/**
 * A field that a flag sets is corrected at the flag; one that the object does not say, where it would say
 * it.
 */
function placeIn(place: RuledFault['place'], spec: Spec): { readonly path: FieldPath; readonly prefix: string } {
  const { flags, configuration } = spec.kubelet;
  if ('flag' in place) return { path: ['kubelet', 'flags', keyIn(flags, place.flag) ?? place.flag], prefix: '' };
  const { field } = place;
  const flag = Object.keys(flags).find((name) => {
    const own = fieldOfFlag(name, undefined)?.split('.') ?? [];
    return own.length > 0 && own.every((part, index) => field[index] === part || field.length <= index);
  });
  if (flag !== undefined) return { path: ['kubelet', 'flags', flag], prefix: '' };
  const file = configuration === undefined ? fileWith(field, spec) : undefined;
  if (file !== undefined) return { path: ['files', file, 'content'], prefix: `${formatPath(field)}: ` };
  return { path: ['kubelet', 'configuration', ...saidPart(field, configuration)], prefix: '' };
}

function keyIn(flags: Spec['kubelet']['flags'], name: string): string | undefined {
  return Object.keys(flags).find((key) => key.replaceAll('_', '-') === name);
}

/** As far down as the object says anything. */
function saidPart(field: FieldPath, configuration: JsonMap | undefined): FieldPath {
  const length = field.findLastIndex((_, index) => at(configuration, ...field.slice(0, index + 1)) !== undefined);
  return field.slice(0, length + 1);
}

/** The last of the files that says the field. */
function fileWith(field: FieldPath, spec: Spec): string | undefined {
  const { main, dropIns = [] } = sourcesOf(spec).sources;
  return [...(main ? [main] : []), ...dropIns].findLast(({ fields }) => at(fields, ...field.slice(0, 1)) !== undefined)?.path;
}
