/**
 * Checks flags against a release: the kubelet does not start with one that it does not have or cannot read.
 */

import type { FieldPath } from '../api/problem.ts';
import type { FlagValue } from '../api/types.ts';
import { nearest } from '../api/validate/parts.ts';
import { caution, refusal, type SpecProblem } from '../desired/spec-problem.ts';
import { type FlagRow, newestFlags, oldestFlags } from './data/kubelet-flags.ts';
import {
  type FlagState,
  flagNames,
  flagState,
  isFlagOfAnyRelease,
  isFullyKnown,
  knownReleases,
  newest,
  oldestInClusters,
} from './flag-table.ts';
import { flagValueProblems } from './flag-values.ts';
import { formatRelease, knownRelease, type Release } from './release.ts';

/**
 * Problems of the flags of one object. Without a release, an error is what every release refuses, and a
 * warning what some of those refuse that clusters run today.
 */
export function flagProblems(flags: Readonly<Record<string, FlagValue>>, release: Release | undefined): SpecProblem[] {
  return Object.entries(flags).flatMap(([key, value]) => {
    // An empty list repeats the flag zero times: the kubelet does not see it.
    if (Array.isArray(value) && value.length === 0) return [];
    const path = ['kubelet', 'flags', key];
    const name = key.replaceAll('_', '-');
    const found = release === undefined ? flagOfAnyRelease(name, value, path) : flagOfRelease(name, value, path, release);
    return [...spelling(key, name, path), ...found];
  });
}

function flagOfAnyRelease(name: string, value: FlagValue, path: FieldPath): SpecProblem[] {
  if (!isFlagOfAnyRelease(name)) return [unknown(name, path, undefined)];
  const refusals = (release: Release) => flagOfRelease(name, value, path, release).filter(({ severity }) => severity === 'error');
  const takers = knownReleases.filter((release) => refusals(release).length === 0);
  const [first, last] = [takers[0], takers.at(-1)];
  if (first === undefined || last === undefined) return refusedByAll(name, value, path);
  const refused = knownReleases.find((release) => release >= oldestInClusters && !takers.includes(release));
  const [cause] = refused === undefined ? [] : refusals(last < newest ? newest : refused);
  if (cause === undefined) return [];
  const whose = last < newest ? `kubelet ${formatRelease(last + 1)} and later do` : `kubelets before ${formatRelease(first)} do`;
  return [caution('FlagInvalid', cause.path, `${whose} not start with ${words(name, cause.path)}`, cause.remedy)];
}

/** The value is wrong for each release that has the flag: the newest of them says why. */
function refusedByAll(name: string, value: FlagValue, path: FieldPath): SpecProblem[] {
  const release = knownReleases.findLast((one) => flagState(name, one).kind === 'Present');
  const state = release === undefined ? undefined : flagState(name, release);
  return release !== undefined && state?.kind === 'Present' ? flagValueProblems(state.row, value, path, release, 'Every') : [];
}

function words(name: string, path: FieldPath): string {
  return typeof path.at(-1) === 'number' ? `this value of the flag --${name}` : `the flag --${name}`;
}

function flagOfRelease(name: string, value: FlagValue, path: FieldPath, release: Release): SpecProblem[] {
  const state = flagState(name, release);
  switch (state.kind) {
    case 'Present':
      return [...deprecated(state.row, path, release), ...flagValueProblems(state.row, value, path, release)];
    case 'Absent':
      return [absent(name, state, path, release)];
    case 'Unknown':
      return [unknown(name, path, release)];
    default:
      return state satisfies never;
  }
}

/**
 * All kubelets read an underscore as a dash, but a merge does not: two spellings would give the flag twice.
 */
function spelling(key: string, name: string, path: FieldPath): SpecProblem[] {
  if (key === name) return [];
  return [caution('FlagInvalid', path, `the kubelet reads ${key} as ${name}, and merging does not`, `write ${name}`)];
}

function unknown(name: string, path: FieldPath, release: Release | undefined): SpecProblem {
  const near = nearest(name, flagNames(release));
  const remedy = near === undefined ? 'look the flag up in the output of kubelet --help, or remove it' : `write ${near}`;
  const reason = `no Linux kubelet from ${oldestFlags} to ${newestFlags} has a flag --${name}`;
  if (release === undefined) {
    const whole = `${remedy}; if a newer kubelet has it, say which in kubelet.version`;
    return refusal('FlagInvalid', path, `${reason}: it does not start with it`, whole);
  }
  if (!isFullyKnown(release)) return caution('FlagInvalid', path, reason, remedy);
  return refusal('FlagInvalid', path, `${reason}: kubelet ${formatRelease(release)} does not start with it`, remedy);
}

type Absence = Extract<FlagState, { kind: 'Absent' }>;

function absent(name: string, { ended, begins, doubtful }: Absence, path: FieldPath, release: Release): SpecProblem {
  const history = [
    // `until` is the last release that has it.
    ...(ended?.until ? [`was removed in ${formatRelease(knownRelease(ended.until) + 1)}`] : []),
    ...(begins?.since ? [`${ended ? 'comes back' : 'comes'} with ${begins.since}`] : []),
  ].join(' and ');
  const version = formatRelease(release);
  const remedy = ended ? successor(ended, release) : `remove it, or run kubelet ${begins?.since} or later`;
  if (doubtful)
    return caution('FlagInvalid', path, `kubelet ${version} may not have the flag --${name}, which ${history}`, remedy);
  return refusal('FlagInvalid', path, `kubelet ${version} does not start with the flag --${name}, which ${history}`, remedy);
}

/** Only if something else does the same: there is nothing to do about any other warning. */
function deprecated(row: FlagRow, path: FieldPath, release: Release): SpecProblem[] {
  const hasSuccessor = row.field !== undefined || row.flag !== undefined || row.advice !== undefined;
  if (row.deprecated === undefined || release < knownRelease(row.deprecated) || !hasSuccessor) return [];
  return [caution('FlagInvalid', path, `the flag --${row.name} is deprecated since ${row.deprecated}`, successor(row, release))];
}

/** Names the flag or field that does the same in that release: the direct successor may be removed too. */
function successor({ field, flag, advice }: FlagRow, release: Release): string {
  if (flag !== undefined) {
    const state = flagState(flag, release);
    if (state.kind === 'Absent' && state.ended) return successor(state.ended, release);
  }
  if (advice !== undefined) return advice;
  if (flag !== undefined) return `use --${flag}`;
  return field === undefined ? 'remove it: nothing took its place' : `set kubelet.configuration.${field}`;
}
