/**
 * Checks flags and configuration against a version of the kubelet, before one of that version starts with
 * them.
 */

import { at } from '../api/validate/parts.ts';
import type { EffectiveSpec } from '../desired/defaults.ts';
import { caution, type SpecProblem } from '../desired/spec-problem.ts';
import { newestFlags } from './data/kubelet-flags.ts';
import { fieldOfFlag } from './field-table.ts';
import { fieldProblems } from './fields.ts';
import { isFlagOfAnyRelease, newest } from './flag-table.ts';
import { flagProblems } from './flags.ts';
import { formatRelease, type Release, releaseOf } from './release.ts';

/**
 * An error keeps the kubelet from starting. Without a version, or with one that cannot be read, an error is
 * what keeps every kubelet from starting. Paths begin below spec.
 */
export function kubeletProblems(kubelet: EffectiveSpec['kubelet'], version: string | undefined): SpecProblem[] {
  const release = version === undefined ? undefined : releaseOf(version);
  return [
    ...versionProblems(release),
    ...flagProblems(kubelet.flags, release).map((problem) => unlessSet(problem, kubelet)),
    ...overridden(kubelet),
    ...fieldProblems(kubelet.configuration, release),
  ];
}

/** A remedy that says to set what is set already would lead nowhere: then the flag has only to go. */
function unlessSet(problem: SpecProblem, kubelet: EffectiveSpec['kubelet']): SpecProblem {
  const [, field] = /^set kubelet\.configuration\.([\w.]+)$/.exec(problem.remedy) ?? [];
  if (field !== undefined && isFieldSet(kubelet, field)) {
    return { ...problem, remedy: `remove the flag: kubelet.configuration.${field} is set already` };
  }
  const [, flag = ''] = /(?<![a-z-])--([a-z-]+)$/.exec(problem.remedy) ?? [];
  const isSet = kubelet.flags[flag] !== undefined || isFieldSet(kubelet, fieldOfFlag(flag, undefined));
  return flag !== '' && isSet ? { ...problem, remedy: `remove the flag: ${flag} is set already` } : problem;
}

/** A flag replaces the whole field, also one that is a map. */
function overridden(kubelet: EffectiveSpec['kubelet']): SpecProblem[] {
  return Object.keys(kubelet.flags).flatMap((name) => {
    const field = isFlagOfAnyRelease(name) ? fieldOfFlag(name, undefined) : undefined;
    if (field === undefined || !isFieldSet(kubelet, field)) return [];
    const reason = `the flag --${name} overrides kubelet.configuration.${field}`;
    return [caution('FlagInvalid', ['kubelet', 'flags', name], reason, 'remove the flag, or the field')];
  });
}

function isFieldSet({ configuration }: EffectiveSpec['kubelet'], field: string | undefined): boolean {
  return field !== undefined && at(configuration, ...field.split('.')) !== undefined;
}

/** A version after the tables is no mistake, but its author must know that little could be checked. */
function versionProblems(release: Release | undefined): SpecProblem[] {
  if (release === undefined || release <= newest) return [];
  const reason = `which flags and fields kubelet ${formatRelease(release)} has is not known here: the newest known kubelet is ${newestFlags}`;
  const remedy = `compare them with its release notes, or check with a newer kubelet-config`;
  return [caution('UnknownVersion', ['kubelet', 'version'], reason, remedy)];
}
