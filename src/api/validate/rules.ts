/** Evaluates the CEL rules of the schema, as the API server does, on a value that no API server has seen. */

import { Environment } from '@marcbachmann/cel-js';
import { isJsonMap } from '../json.ts';
import type { FieldPath, Problem } from '../problem.ts';
import type { Rule } from '../schema/parts.ts';
import { rootSchema, rulesOf, type Schema } from '../schema/walk.ts';
import { entries, error, items } from './parts.ts';

/**
 * The rules that an object breaks.
 * @param faulty the fields whose shape is wrong: a rule about such a field is not reported too
 */
export function ruleProblems(value: unknown, faulty: readonly FieldPath[]): Problem[] {
  const found = [...violations(rootSchema, celValue(value), [])];
  if (found.length === 0) return [];
  // Sets, since there may be as many faults and violations as fields.
  const hereOrOneBelow = new Set(faulty.flatMap((fault) => [id(fault), id(fault.slice(0, -1))]));
  const above = new Set(faulty.flatMap((fault) => [...fault.keys(), fault.length].map((depth) => id(fault.slice(0, depth)))));
  return found
    .filter(({ path }) => !hereOrOneBelow.has(id(path)))
    .filter(({ failed, path }) => !failed || !above.has(id(path)))
    .map(({ rule, path }) => error('RuleViolated', path, rule.reason, rule.remedy));
}

function id(path: FieldPath): string {
  return JSON.stringify(path);
}

interface Violation {
  readonly rule: Rule;
  readonly path: FieldPath;
  /** The rule failed, e.g. on a string where it needs a number. To the API server that is a violation too. */
  readonly failed: boolean;
}

function* violations(schema: Schema, value: unknown, path: FieldPath): Generator<Violation> {
  if (value === undefined || value === null) return;
  for (const rule of rulesOf(schema)) {
    const outcome = evaluateRule(rule.rule, value);
    if (outcome !== 'holds') yield { rule, path, failed: outcome === 'failed' };
  }
  for (const [key, inner] of entries(value)) {
    const child =
      schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : schema.additionalProperties;
    if (child) yield* violations(child, inner, [...path, key]);
  }
  for (const [index, item] of items(value).entries()) {
    if (schema.items) yield* violations(schema.items, item, [...path, index]);
  }
}

/** Evaluates one rule. `self` is plain JSON with bigints for whole numbers, as `celValue` makes it. */
export function evaluateRule(rule: string, self: unknown): 'holds' | 'violated' | 'failed' {
  try {
    return program(rule)({ self }) === true ? 'holds' : 'violated';
  } catch {
    return 'failed';
  }
}

/** A value for CEL: the library takes a bigint for CEL's int, and a JavaScript number for a double. */
export function celValue(value: unknown): unknown {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (Array.isArray(value)) return value.map(celValue);
  if (isJsonMap(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, celValue(inner)]));
  return value;
}

type Program = ReturnType<Environment['parse']>;
const programs = new Map<string, Program>();

function program(rule: string): Program {
  const known = programs.get(rule);
  if (known) return known;
  const parsed = new Environment().registerVariable('self', 'dyn').parse(rule);
  programs.set(rule, parsed);
  return parsed;
}
