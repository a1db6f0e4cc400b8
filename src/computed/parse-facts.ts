/** Reads the facts for expressions from a file that a person wrote, to try them without a machine. Pure. */

import { isJsonMap } from '../api/json.ts';
import type { FieldPath, Problem } from '../api/problem.ts';
import { error, nearest, show } from '../api/validate/parts.ts';
import {
  type ExpressionFacts,
  type Fact,
  type MachineFacts,
  type Missing,
  members,
  type NodeFacts,
  type Texts,
} from './facts.ts';

/** The facts of the file; what it does not give is undefined. */
export interface GivenFacts {
  readonly node: { readonly name?: string; readonly labels?: Texts; readonly annotations?: Texts };
  readonly machine: Readonly<Record<string, unknown>>;
  readonly environmentFiles?: Readonly<Record<string, Texts>>;
}

/** The parts of a facts file that are about expressions. */
export const expressionParts = ['node', 'machine', 'environmentFiles'] as const;

/** Checks the three parts, each of which may be absent. */
export function parseGivenFacts(value: Readonly<Record<string, unknown>>): {
  readonly given: GivenFacts;
  readonly problems: Problem[];
} {
  const { node, machine, environmentFiles } = withoutNull(value);
  const problems = [...groupProblems('node', node), ...groupProblems('machine', machine), ...fileProblems(environmentFiles)];
  const given = problems.length > 0 ? { node: {}, machine: {} } : { node: node ?? {}, machine: machine ?? {}, environmentFiles };
  return { given: given as GivenFacts, problems };
}

function withoutNull(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== null));
}

function groupProblems(group: 'node' | 'machine', value: unknown): Problem[] {
  if (value === undefined) return [];
  const known: Readonly<Record<string, string>> = members[group];
  const names = Object.keys(known).join(', ');
  if (!isJsonMap(value)) return [wrong([group], `${group} is no map`, `give a map of ${names}`)];
  return Object.entries(value).flatMap(([name, fact]) => {
    const type = Object.hasOwn(known, name) ? known[name] : undefined;
    if (type === undefined) {
      const near = nearest(name, Object.keys(known));
      const remedy = near === undefined ? `use one of ${names}` : `write ${near}`;
      return [error('UnknownField', [group, name], `there is no fact named ${group}.${name}`, remedy)];
    }
    return typeProblems(fact, type, [group, name]);
  });
}

function typeProblems(fact: unknown, type: string, path: FieldPath): Problem[] {
  if (type === 'string')
    return typeof fact === 'string' ? [] : [wrong(path, `expected text, found ${show(fact)}`, 'put it in quotes')];
  if (type === 'int') {
    return Number.isSafeInteger(fact) && Number(fact) >= 0
      ? []
      : [wrong(path, `expected a whole number, found ${show(fact)}`, 'write it without quotes, e.g. 8')];
  }
  if (!isJsonMap(fact)) return [wrong(path, `expected a map of names to texts, found ${show(fact)}`, 'write NAME: "value"')];
  return Object.entries(fact).flatMap(([key, text]) => typeProblems(text, 'string', [...path, key]));
}

function fileProblems(value: unknown): Problem[] {
  if (value === undefined) return [];
  if (!isJsonMap(value))
    return [
      wrong(['environmentFiles'], 'environmentFiles is no map', 'write the paths of files, each with a map of its variables'),
    ];
  return Object.entries(value).flatMap(([path, variables]) => typeProblems(variables, 'map', ['environmentFiles', path]));
}

function wrong(path: FieldPath, reason: string, remedy: string): Problem {
  return error('WrongType', path, reason, remedy);
}

/**
 * The facts of a node of which only this is known.
 * @param node its name and labels, from flags; its annotations, if they are known too
 */
export function factsFrom(
  { node: givenNode, machine, environmentFiles }: GivenFacts,
  node: { readonly name: string; readonly labels: Texts; readonly annotations?: Texts | undefined },
  osRelease: Texts | undefined,
): ExpressionFacts {
  const fact = <Value>(name: string, value: Value | undefined): Fact<Value> =>
    value === undefined ? { missing: notGiven(name) } : { value };
  const known: Readonly<Record<string, unknown>> = { ...(osRelease && { osRelease }), ...machine };
  const files =
    environmentFiles && Object.fromEntries(Object.entries(environmentFiles).map(([path, value]) => [path, { value }] as const));
  const annotations = givenNode.annotations ?? node.annotations;
  return {
    node: {
      name: { value: node.name },
      labels: { value: node.labels },
      annotations: fact('node.annotations', annotations),
    } satisfies NodeFacts,
    machine: Object.fromEntries(
      Object.keys(members.machine).map((name) => [
        name,
        fact(`machine.${name}`, Object.hasOwn(known, name) ? known[name] : undefined),
      ]),
    ) as unknown as MachineFacts,
    environmentFiles: fact('environmentFiles', files),
  };
}

function notGiven(name: string): Missing {
  const [group = '', member = ''] = name.split('.');
  const example = group === 'environmentFiles' ? '{/etc/environment: {NAME: value}}' : `{${member}: ${examples[member] ?? '{}'}}`;
  return { reason: `${name} is not given`, remedy: `give it in the file of --facts: ${group}: ${example}` };
}

const examples: Readonly<Record<string, string>> = {
  hostname: 'worker-1',
  cpus: '8',
  memoryGiB: '31',
  ipv4: '10.0.3.7',
  ipv6: '""',
  architecture: 'amd64',
  osRelease: '{ID: flatcar}',
  annotations: '{}',
};
