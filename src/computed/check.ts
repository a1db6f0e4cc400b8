/** Checks the expressions of one object, without the facts of any node. Pure. */

import { isJsonMap } from '../api/json.ts';
import type { PathAllowance } from '../api/paths.ts';
import { defaultAllowance } from '../api/paths.ts';
import { type FieldPath, formatPath, type Problem } from '../api/problem.ts';
import { longestExpression, mostComputed } from '../api/schema/unit.ts';
import { at, entries, error, items, show, startsWith, warning } from '../api/validate/parts.ts';
import { validateKubeletConfig } from '../api/validate/validate.ts';
import { type Compiled, compile } from './compile.ts';
import { type ComputedField, fieldAt } from './field.ts';

/** One entry of `computed` that can be evaluated. */
export interface Computation {
  readonly index: number;
  readonly expression: string;
  readonly field: ComputedField;
  readonly compiled: Compiled;
}

export interface Checked {
  /** Those without an error. */
  readonly computations: readonly Computation[];
  readonly problems: readonly Problem[];
}

/**
 * Everything that can be found out about one object without a node: `validateKubeletConfig`, and its
 * expressions.
 */
export function validateObject(value: unknown, allowance: PathAllowance = defaultAllowance): Problem[] {
  const problems = validateKubeletConfig(value, allowance);
  const name = at(value, 'metadata', 'name');
  const object = typeof name === 'string' && name !== '' ? { object: name } : {};
  // One mistake gives one problem: what is wrong with the shape of an entry is told already.
  const told = new Set(
    problems.flatMap(({ severity, path }) => (severity === 'error' && path[1] === 'computed' ? [path[2]] : [])),
  );
  const found = checkComputed(value, allowance).problems.filter(({ path }) => !told.has(path[2]));
  return [...problems, ...found.map((problem) => ({ ...problem, ...object }))];
}

/**
 * The expressions of an object, with their fields. An entry of the wrong shape, and one beyond the limit of
 * the schema, is left out: the schema tells of it.
 * @param object of any shape
 */
export function checkComputed(object: unknown, allowance: PathAllowance): Checked {
  const computations: Computation[] = [];
  const problems: Problem[] = [];
  for (const [index, entry] of items(at(object, 'spec', 'computed'))
    .slice(0, mostComputed)
    .entries()) {
    const [path, expression] = [at(entry, 'path'), at(entry, 'expression')];
    if (typeof path !== 'string' || typeof expression !== 'string' || expression.length > longestExpression) continue;
    const found = checkEntry({ index, path, expression }, allowance.factFiles ?? []);
    if ('problem' in found) problems.push(found.problem);
    else computations.push(found);
  }
  const told = [
    ...problems,
    ...doubleProblems(object, computations),
    ...launcherProblems(object, computations),
    ...cycleProblems(computations),
  ];
  return { computations, problems: told };
}

interface Entry {
  readonly index: number;
  readonly path: string;
  readonly expression: string;
}

function checkEntry({ index, path, expression }: Entry, extra: readonly string[]): Computation | { readonly problem: Problem } {
  const refuse = (member: 'path' | 'expression', reason: string, remedy: string) => ({
    problem: error('ComputedInvalid', ['spec', 'computed', index, member], reason, remedy),
  });
  const field = fieldAt(path);
  if ('reason' in field) return refuse('path', field.reason, field.remedy);
  const compilation = compile(expression, extra);
  if (compilation.kind === 'Refused')
    return refuse('expression', `${shownExpression(path, expression)}: ${compilation.reason}`, compilation.remedy);
  const { compiled } = compilation;
  if (field.types.includes(compiled.type)) return { index, expression, field, compiled };
  const wanted = field.types.join(' or ');
  const reason = `${shownExpression(path, expression)} is of type ${compiled.type}, and the field needs ${wanted}`;
  return refuse('expression', reason, conversionTo(field.types[0] ?? '', compiled.type));
}

/** An expression with the field that it is for, as messages show the two. */
export function shownExpression(path: string, expression: string): string {
  const line = expression.trim().replace(/\s+/g, ' ');
  return `${path} = ${line.length > 300 ? `${line.slice(0, 300)}…` : line}`;
}

function conversionTo(wanted: string, found: string): string {
  if (found.startsWith('optional<')) return 'say what counts when it is missing: .orValue(…)';
  if (['int', 'double', 'string', 'bool'].includes(wanted) && !found.includes('<')) return `convert it with ${wanted}(…)`;
  if (wanted === 'list<string>' && found === 'string') return 'write it as a list: […]';
  return `write an expression of type ${wanted}`;
}

/** Two values for one field of one object would hide each other. */
function doubleProblems(object: unknown, computations: readonly Computation[]): Problem[] {
  return computations.flatMap(({ index, field: { path } }) => {
    const place = ['spec', 'computed', index, 'path'];
    const earlier = computations.find((other) => other.index < index && overlap(other.field.path, path));
    if (earlier)
      return [
        error('DuplicateItem', place, `computed has another value for ${formatPath(earlier.field.path)}`, 'remove one of them'),
      ];
    const written = at(object, 'spec', ...path);
    if (written === undefined || isJsonMap(written)) return [];
    return [
      error('DuplicateItem', place, `the object also sets spec.${formatPath(path)} to ${show(written)}`, 'remove one of them'),
    ];
  });
}

/** A value of another launcher would take the place of the one that the object states. */
function launcherProblems(object: unknown, computations: readonly Computation[]): Problem[] {
  const ofLauncher = computations.filter(({ field: { path } }) => path[0] === 'launcher');
  const [stated = ofLauncher[0]?.field.path[1]] = entries(at(object, 'spec', 'launcher')).map(([name]) => name);
  return ofLauncher.flatMap(({ index, field: { path } }) => {
    if (path[1] === stated) return [];
    const reason = `the launcher of this object is ${stated}, and the value is for ${path[1]}`;
    return [error('ComputedInvalid', ['spec', 'computed', index, 'path'], reason, `write a path below launcher.${stated}`)];
  });
}

function overlap(a: FieldPath, b: FieldPath): boolean {
  return startsWith(a, b) || startsWith(b, a);
}

/** The labels and the name of a Node that come from its kubelet must not decide what that kubelet is told. */
function cycleProblems(computations: readonly Computation[]): Problem[] {
  const of = (flag: string) => computations.find(({ field: { path } }) => formatPath(path) === `kubelet.flags["${flag}"]`);
  const [labels, name] = [of('node-labels'), of('hostname-override')];
  const cycle = ({ index }: Computation, reason: string, remedy: string) =>
    warning('ComputedCycle', ['spec', 'computed', index, 'expression'], reason, remedy);
  const uses = (computation: Computation, fact: string) => computation.compiled.uses.names.has(fact);
  const fromLabels = computations.filter(
    (one) => labels !== undefined && uses(one, 'node.labels') && (one === labels || looksAt(one, labels)),
  );
  const fromName = name && (uses(name, 'node.name') || uses(name, 'node.labels')) ? [name] : [];
  return [
    ...fromLabels.map((one) =>
      cycle(
        one,
        'it reads labels of the Node that the computed --node-labels sets, so each change of them may bring another',
        'read facts of the machine instead of node.labels',
      ),
    ),
    ...fromName.map((one) =>
      cycle(one, 'the name of the Node decides the --hostname-override that gives the Node its name', 'use machine.hostname'),
    ),
  ];
}

/** Whether an expression names the key of a label that stands in the text of the other. */
function looksAt({ compiled }: Computation, labels: Computation): boolean {
  return [...compiled.uses.labels].some((key) => labels.expression.includes(`${key}=`));
}
