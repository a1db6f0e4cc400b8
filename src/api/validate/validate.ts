/** Checks one KubeletConfig, as far as that needs neither a cluster nor a node. */

import { isJsonMap } from '../json.ts';
import { nullFields, withoutNulls } from '../nulls.ts';
import { defaultAllowance, type PathAllowance } from '../paths.ts';
import { formatPath, type Problem } from '../problem.ts';
import { apiVersion, kind } from '../schema/schema.ts';
import { contentProblems } from './content.ts';
import { namingEmptiedGroups } from './emptied-groups.ts';
import { expansionProblems } from './expansions.ts';
import { flagProblems } from './flags.ts';
import { nameProblems } from './names.ts';
import { nullProblems } from './nulls.ts';
import { at, error, show } from './parts.ts';
import { pathProblems } from './paths.ts';
import { ruleProblems } from './rules.ts';
import { secretProblems } from './secrets.ts';
import { shapeProblems } from './shape.ts';
import { deepest, isTooDeep, textProblems } from './text.ts';
import { windowProblems } from './windows.ts';

/**
 * Everything that is wrong with one object; without an error among it `said` has the type KubeletConfig.
 * Never throws.
 * @param said plain JSON of unknown shape; what is null in it counts as absent
 */
export function validateKubeletConfig(said: unknown, allowance: PathAllowance = defaultAllowance): Problem[] {
  const wrong = identityProblems(said);
  if (wrong.length > 0) return wrong;
  const value = withoutNulls(said);
  const shape = shapeProblems(value);
  const faulty = shape.map(({ path }) => path);
  const problems = [
    ...textProblems(value),
    ...shape,
    ...ruleProblems(value, faulty),
    ...nameProblems(value),
    ...flagProblems(value),
    ...windowProblems(value),
    ...contentProblems(value),
    ...pathProblems(value, allowance),
    ...secretProblems(value),
    ...nullProblems(nullFields(said)),
    ...expansionProblems(value),
  ];
  const name = at(value, 'metadata', 'name');
  return namingEmptiedGroups(oncePerField(problems), value).map((problem) =>
    typeof name === 'string' && name !== '' ? { ...problem, object: name } : problem,
  );
}

/** Checks a merged spec like an object: patches can write any value into it. The problems name no object. */
export function validateMergedSpec(spec: unknown, allowance: PathAllowance = defaultAllowance): Problem[] {
  const fields = Object.entries(isJsonMap(spec) ? spec : {});
  // A group may be empty after a merge, since a patch may have removed its last field.
  const groups = Object.fromEntries(fields.filter(([name, value]) => name === 'launcher' || !isEmptyMap(value)));
  const whole = { apiVersion, kind, metadata: { name: 'effective' }, spec: { ...groups, nodeSelector: { matchLabels: {} } } };
  return validateKubeletConfig(whole, allowance).map(({ object: _object, ...problem }) => problem);
}

function isEmptyMap(value: unknown): boolean {
  return isJsonMap(value) && Object.keys(value).length === 0;
}

function identityProblems(value: unknown): Problem[] {
  if (!isJsonMap(value))
    return [error('WrongType', [], `expected a ${kind}, found ${show(value)}`, `write a map with kind: ${kind}`)];
  if (isTooDeep(value))
    return [
      error(
        'TooLarge',
        [],
        `maps and lists are nested deeper than ${deepest} levels`,
        'flatten it: no field of a KubeletConfig needs so many',
      ),
    ];
  const { kind: foundKind, apiVersion: foundVersion } = value;
  if (foundKind !== kind) {
    const reason = foundKind === undefined ? 'kind is missing' : `expected kind ${kind}, found ${show(foundKind)}`;
    return [error('WrongKind', ['kind'], reason, `write kind: ${kind}`)];
  }
  if (foundVersion !== apiVersion) {
    const reason =
      foundVersion === undefined ? 'apiVersion is missing' : `expected apiVersion ${apiVersion}, found ${show(foundVersion)}`;
    return [error('WrongApiVersion', ['apiVersion'], reason, `write apiVersion: ${apiVersion}`)];
  }
  return [];
}

/** One mistake gives one problem: if several checks complain of one field, the first one counts. */
function oncePerField(problems: readonly Problem[]): Problem[] {
  const first = new Map<string, Problem>();
  for (const problem of problems) {
    const place = `${problem.severity} ${formatPath(problem.path)}`;
    if (!first.has(place)) first.set(place, problem);
  }
  return [...first.values()];
}
