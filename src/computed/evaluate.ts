/** Evaluates the expressions of an object with the facts of one node. Pure. */

import type { Json, JsonMap } from '../api/json.ts';
import type { PathAllowance } from '../api/paths.ts';
import { formatPath, type Problem } from '../api/problem.ts';
import type { KubeletConfig } from '../api/types.ts';
import { error } from '../api/validate/parts.ts';
import type { Compute, ComputedFields, ComputedValue } from '../desired/computed-fields.ts';
import { typeProblems } from '../kubelet/field-types.ts';
import { foreignLines } from '../text/foreign-text.ts';
import { type Computation, checkComputed, shownExpression } from './check.ts';
import { summaryOf } from './compile.ts';
import { estimate, mostWork } from './estimate.ts';
import { type ExpressionFacts, type Fact, type Missing, members } from './facts.ts';
import { Refused } from './inspect.ts';

/** Whether the facts of the node are needed at all. */
export function hasComputed({ spec }: KubeletConfig): boolean {
  return (spec.computed ?? []).length > 0;
}

/** Evaluates with these facts. An entry that fails gives an error that names the object, and no value. */
export function computeWith(facts: ExpressionFacts, allowance: PathAllowance): Compute {
  return (object) => (hasComputed(object) ? compute(object, facts, allowance) : nothing);
}

const nothing: ComputedFields = { values: [], problems: [] };

function compute(object: KubeletConfig, facts: ExpressionFacts, allowance: PathAllowance): ComputedFields {
  const { computations, problems } = checkComputed(object, allowance);
  const values: ComputedValue[] = [];
  const found: Problem[] = [...problems];
  for (const computation of computations) {
    const { index, expression, field } = computation;
    const result = evaluateOne(computation, facts);
    if ('reason' in result) {
      const reason = `${shownExpression(formatPath(field.path), expression)}: ${foreignLines(result.reason)}`;
      found.push(error('ComputedFailed', ['spec', 'computed', index, 'expression'], reason, result.remedy));
    } else values.push({ index, expression, path: field.path, value: result.value });
  }
  return { values, problems: found.map((problem) => ({ ...problem, object: object.metadata.name })) };
}

type Result = { readonly value: Json } | Missing;

function evaluateOne(computation: Computation, facts: ExpressionFacts): Result {
  const { compiled, field } = computation;
  try {
    const known = factsFor(computation, facts);
    if (estimate(compiled.tree, known).work > mostWork) return tooMuch;
    const value = jsonOf(compiled.evaluate(known));
    if (JSON.stringify(value).length > longest) return tooLong;
    const wrong = field.kubeletType && typeProblems({ value, type: field.kubeletType, path: [...field.path] })[0];
    return wrong ? { reason: wrong.reason, remedy: wrong.remedy } : { value };
  } catch (failure) {
    if (failure instanceof Refused) return { reason: failure.message, remedy: failure.remedy };
    return { reason: summaryOf(failure), remedy: remedyFor(summaryOf(failure)) };
  }
}

const longest = 65_536;
const tooMuch: Missing = {
  reason: 'with the facts of this node it could take too long to evaluate',
  remedy: 'split and search shorter texts, or write the result into a label of the Node',
};
const tooLong: Missing = { reason: 'the value is larger than 64 KiB', remedy: 'compute a shorter one' };

function remedyFor(summary: string): string {
  if (!summary.startsWith('No such key'))
    return 'correct the expression, or the fact that it reads; the other nodes are not affected';
  return 'set it on this node, or say what counts without it: [?"key"].orValue("…")';
}

/**
 * The facts that the expression uses, as the library takes them: a Map for texts, so that no key is special.
 * @throws Refused if one of them is not known
 */
function factsFor({ compiled: { uses } }: Computation, facts: ExpressionFacts): Record<string, unknown> {
  const missing: Missing[] = [];
  const known = <Value>(fact: Fact<Value>, isUsed: boolean): Value | undefined => {
    if ('value' in fact) return fact.value;
    if (isUsed) missing.push(fact.missing);
    return undefined;
  };
  const group = (name: 'node' | 'machine') => {
    const all = Object.entries(facts[name]) as readonly [string, Fact<unknown>][];
    return Object.fromEntries(
      all.map(([member, fact]) => [member, celValue(known(fact, uses.names.has(`${name}.${member}`)) ?? unused(name, member))]),
    );
  };
  const all = { node: group('node'), machine: group('machine') };
  const files = Object.entries(known(facts.environmentFiles, uses.allFiles || uses.files.size > 0) ?? {}).flatMap(
    ([path, fact]) => {
      const value = known(fact, uses.allFiles || uses.files.has(path));
      return value === undefined ? [] : [[path, celValue(value)] as const];
    },
  );
  if (missing.length > 0) throw new Refused(together(missing));
  return { ...all, environmentFiles: new Map(files) };
}

/**
 * The library wants a value of the right type for each member, also for one that the expression does not
 * use.
 */
function unused(name: 'node' | 'machine', member: string): unknown {
  const type = (members[name] as Readonly<Record<string, string>>)[member];
  return type === 'string' ? '' : type === 'int' ? 0 : {};
}

function together(missing: readonly Missing[]): Missing {
  const each = (pick: (one: Missing) => string, between: string) => [...new Set(missing.map(pick))].join(between);
  return { reason: each(({ reason }) => reason, '; '), remedy: each(({ remedy }) => remedy, ', and ') };
}

function celValue(value: unknown): unknown {
  if (typeof value === 'number') return BigInt(value);
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : value;
}

/** @throws Refused for what JSON cannot hold */
function jsonOf(value: unknown): Json {
  if (typeof value === 'bigint') {
    if (Number.isSafeInteger(Number(value))) return Number(value);
    throw new Refused({ reason: `${value} is larger than 2^53`, remedy: 'compute a smaller number' });
  }
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new Refused({ reason: `${value} is no number`, remedy: 'correct the expression' });
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value === 'object' && value !== null) return mapOf(value);
  throw new Refused({ reason: 'it has no value', remedy: 'correct the expression' });
}

function mapOf(value: object): JsonMap {
  const entries: readonly [unknown, unknown][] = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.map(([key, inner]) => [String(key), jsonOf(inner)]));
}
