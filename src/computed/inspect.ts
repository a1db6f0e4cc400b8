/**
 * Walks the tree of an expression before it is evaluated for the first time: what it may not contain, and
 * which facts it uses. Pure.
 */

import type { ASTNode } from '@marcbachmann/cel-js';
import { nearest } from '../api/validate/parts.ts';
import { limits } from './environment.ts';
import { isFactFile, type Missing, members } from './facts.ts';

/** The facts that an expression uses. */
export interface UsedFacts {
  /** `node.name`, `machine.cpus`, … */
  readonly names: ReadonlySet<string>;
  /** The paths that it names. */
  readonly files: ReadonlySet<string>;
  /** It looks at all files together. */
  readonly allFiles: boolean;
  /** The keys of labels that it names. */
  readonly labels: ReadonlySet<string>;
}

/** An expression that is refused: the reason and the remedy are sentences without a full stop. */
export class Refused extends Error {
  readonly remedy: string;

  constructor({ reason, remedy }: Missing) {
    super(reason);
    this.remedy = remedy;
  }
}

/** Evaluates an argument once for each item of a list or each key of a map. */
const loops: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);
const functions: ReadonlySet<string> = new Set(['int', 'double', 'string', 'bool', 'size', 'min', 'max', 'has']);
const methods: ReadonlySet<string> = new Set([
  ...['size', 'startsWith', 'endsWith', 'contains', 'lowerAscii', 'upperAscii', 'trim'],
  ...['indexOf', 'lastIndexOf', 'substring', 'split', 'join'],
  ...['hasValue', 'value', 'or', 'orValue', 'of', 'none', 'bind'],
  ...loops,
]);
/** What may stand before the dot of `cel.bind` and `optional.of`, and nowhere else. */
const namespaces: ReadonlyMap<string, readonly string[]> = new Map([
  ['cel', ['bind']],
  ['optional', ['of', 'none']],
]);
const roots: ReadonlySet<string> = new Set(['node', 'machine', 'environmentFiles']);

const time = 'times and durations are refused: a value that moves with the clock would restart the kubelet';
const bytes = 'bytes are refused: no field holds them';
const refused: Readonly<Record<string, string>> = {
  matches: 'matches is refused: the time that a regular expression takes has no bound',
  dyn: 'dyn is refused: it hides the type, which then cannot be checked',
  type: 'type is refused: the types are known before the expression is evaluated',
  uint: 'uint is refused: no field holds such a number',
  ...Object.fromEntries(['bytes', 'json', 'hex', 'base64', 'at'].map((name) => [name, bytes])),
  ...Object.fromEntries(['timestamp', 'duration'].map((name) => [name, time])),
};

const remedies: Readonly<Record<string, string>> = {
  matches: 'use startsWith, endsWith, contains, or ==',
  uint: 'use int',
  dyn: 'leave it out, or convert the value with int, double, string or bool',
};

/**
 * The facts that the expression uses.
 * @param extra the files that the agent's flag adds
 * @throws Refused for what no expression may contain
 */
export function inspect(tree: ASTNode, extra: readonly string[]): UsedFacts {
  const names = new Set<string>();
  const files = new Set<string>();
  const labels = new Set<string>();
  let allFiles = false;
  for (const { fact, key } of walk(tree, { variables: new Set(), macros: 0 })) {
    if (fact !== 'environmentFiles') names.add(fact);
    else if (key === undefined) allFiles = true;
    else files.add(allowed(key, extra));
    if (fact === 'node.labels' && key !== undefined) labels.add(key);
  }
  return { names, files, allFiles, labels };
}

function allowed(path: string, extra: readonly string[]): string {
  if (isFactFile(path, extra)) return path;
  const reason = `an expression may not read ${JSON.stringify(path)}`;
  const remedy = `use /etc/environment, /etc/os-release or a file in /run/metadata, or start the agent with --environment-file=${path}`;
  throw new Refused({ reason, remedy });
}

interface Scope {
  readonly variables: ReadonlySet<string>;
  /** How many macros stand around. */
  readonly macros: number;
}

interface Used {
  readonly fact: string;
  /** The literal key by which one entry of the map is read. */
  readonly key?: string;
}

function walk(node: ASTNode, scope: Scope): readonly Used[] {
  const fact = factOf(node, scope);
  if (fact !== undefined) return [{ fact }];
  const entry = entryOf(node, scope);
  if (entry) return [entry];
  switch (node.op) {
    case 'value':
      checkLiteral(node.args);
      return [];
    case 'id':
      checkName(node.args, scope);
      return [];
    case 'call':
      return walkCall(node.args, scope);
    case 'rcall':
      return walkMethod(node.args, scope);
    case '.':
    case '.?':
      return walk(node.args[0], scope);
    default:
      return childrenOf(node).flatMap((child) => walk(child, scope));
  }
}

/** The nodes below one that is neither a name nor a call nor a literal. */
function childrenOf({ op, args }: ASTNode): readonly ASTNode[] {
  if (op === 'map') return args.flat();
  return (Array.isArray(args) ? args : [args]) as readonly ASTNode[];
}

/** `node.labels`, `machine["cpus"]`, or `environmentFiles`. */
function factOf(node: ASTNode, scope: Scope): string | undefined {
  if (node.op === 'id' && node.args === 'environmentFiles' && !scope.variables.has(node.args)) return node.args;
  if (node.op !== '.' && node.op !== '.?' && node.op !== '[]' && node.op !== '[?]') return undefined;
  const [left, right] = node.args;
  if (left.op !== 'id' || (left.args !== 'node' && left.args !== 'machine') || scope.variables.has(left.args)) return undefined;
  const known = Object.keys(members[left.args]);
  const member = typeof right === 'string' ? right : textOf(right);
  if (member !== undefined && known.includes(member)) return `${left.args}.${member}`;
  const reason = `${left.args} has no member ${member ?? 'of a name that is computed'}`;
  const near = member === undefined ? undefined : nearest(member, known);
  const remedy =
    near === undefined ? `use one of ${known.map((name) => `${left.args}.${name}`).join(', ')}` : `write ${left.args}.${near}`;
  throw new Refused({ reason, remedy });
}

/** `node.labels["pool"]`, `node.labels.pool`, `environmentFiles[?"/etc/environment"]`. */
function entryOf(node: ASTNode, scope: Scope): Used | undefined {
  if (node.op !== '.' && node.op !== '.?' && node.op !== '[]' && node.op !== '[?]') return undefined;
  const [left, right] = node.args;
  const fact = factOf(left, scope);
  const key = typeof right === 'string' ? right : textOf(right);
  return fact === undefined || key === undefined ? undefined : { fact, key };
}

/** The text of a literal. */
export function textOf({ op, args }: ASTNode): string | undefined {
  return op === 'value' && typeof args === 'string' ? args : undefined;
}

function checkLiteral(value: unknown): void {
  if (value instanceof Uint8Array) throw refusal('bytes');
  if (typeof value === 'object' && value !== null) throw refusal('uint');
}

function checkName(name: string, { variables }: Scope): void {
  if (variables.has(name)) return;
  if (name === 'node' || name === 'machine') {
    const all = Object.keys(members[name]).map((member) => `${name}.${member}`);
    throw new Refused({ reason: `${name} alone is no value`, remedy: `use one of ${all.join(', ')}` });
  }
  if (namespaces.has(name) || !roots.has(name)) {
    throw new Refused({ reason: `there is no variable ${name}`, remedy: 'use node, machine or environmentFiles' });
  }
}

function refusal(name: string): Refused {
  return new Refused({ reason: refused[name] ?? `${name} is refused`, remedy: remedies[name] ?? 'leave it out' });
}

function walkCall([name, words]: readonly [string, readonly ASTNode[]], scope: Scope): readonly Used[] {
  if (Object.hasOwn(refused, name)) throw refusal(name);
  if (!functions.has(name)) throw unknownFunction(name, [...functions]);
  return words.flatMap((word) => walk(word, scope));
}

function walkMethod([name, receiver, words]: readonly [string, ASTNode, readonly ASTNode[]], scope: Scope): readonly Used[] {
  // The parts of a timestamp and of a duration.
  const method = /^get[A-Z]/.test(name) ? 'timestamp' : name;
  if (Object.hasOwn(refused, method)) throw refusal(method);
  if (!methods.has(name)) throw unknownFunction(name, [...methods]);
  const space = receiver.op === 'id' && !scope.variables.has(receiver.args) ? namespaces.get(receiver.args) : undefined;
  const before = space?.includes(name) === true ? [] : walk(receiver, scope);
  const isBinding = name === 'bind';
  if (!isBinding && !loops.has(name)) return [...before, ...words.flatMap((word) => walk(word, scope))];
  const inner = inside(words[0], scope);
  return [...before, ...words.slice(1).flatMap((word, index) => walk(word, isBinding && index === 0 ? scope : inner))];
}

/** The scope of what a macro repeats. */
function inside(variable: ASTNode | undefined, { variables, macros }: Scope): Scope {
  const name = variable?.op === 'id' ? variable.args : undefined;
  if (name === undefined || roots.has(name) || namespaces.has(name)) {
    const reason = `${name ?? 'what stands there'} cannot be the name of a variable`;
    throw new Refused({ reason, remedy: 'write another name, such as x' });
  }
  if (macros >= limits.nestedMacros) {
    const reason = `more than ${limits.nestedMacros} macros (map, filter, all, exists, exists_one, cel.bind) stand in one another`;
    throw new Refused({ reason, remedy: 'write them one after the other, or split the value into labels' });
  }
  return { variables: new Set([...variables, name]), macros: macros + 1 };
}

function unknownFunction(name: string, known: readonly string[]): Refused {
  const near = nearest(name, known);
  return new Refused({
    reason: `there is no function ${name}`,
    remedy: near === undefined ? `use ${known.join(', ')}` : `write ${near}`,
  });
}
