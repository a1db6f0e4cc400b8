/**
 * Expressions that list cases: steps by the size of a machine, and tables by a fact that several nodes
 * share. Pure.
 */

import type { Json } from '../../api/json.ts';
import type { Known, KnownValues } from './known-values.ts';

/** An expression with more cases is no rule any more. */
const mostSteps = 6;
const mostEntries = 12;

/** `machine.memoryGiB < 16 ? 58 : machine.memoryGiB < 64 ? 110 : 250` */
export function* stepsOf(values: readonly Json[], { numbers }: KnownValues): Generator<string> {
  if (!values.every(isScalar)) return;
  const found = numbers.flatMap((size) => stepsBy(size, values) ?? []);
  for (const { expression } of found.toSorted((one, other) => one.count - other.count)) yield expression;
}

function stepsBy({ expression: size, values: sizes }: Known<number>, values: readonly Json[]) {
  const byWidth = new Map<number, Json>();
  for (const [index, value] of values.entries()) {
    const width = sizes[index] ?? 0;
    if (byWidth.has(width) && byWidth.get(width) !== value) return undefined;
    byWidth.set(width, value);
  }
  const ordered = [...byWidth].toSorted(([one], [other]) => one - other);
  const steps = ordered.filter(([, value], index) => index === 0 || value !== ordered[index - 1]?.[1]);
  // A value that comes back for a larger machine follows no size.
  const isOnce = new Set(steps.map(([, value]) => value)).size === steps.length;
  if (steps.length < 2 || steps.length > mostSteps || !isOnce) return undefined;
  const cases = steps.slice(0, -1).map(([, value], index) => `${size} < ${steps[index + 1]?.[0]} ? ${literal(value)} : `);
  return { expression: `${cases.join('')}${literal(steps.at(-1)?.[1] ?? '')}`, count: steps.length };
}

/**
 * `{"m5.large": 29, "m5.2xlarge": 58}[node.labels["node.kubernetes.io/instance-type"]]`; a new case is an
 * error, not a guess.
 */
export function* tableOf(values: readonly Json[], { texts }: KnownValues): Generator<string> {
  if (!values.every(isScalar)) return;
  for (const { expression, values: keys } of texts) {
    const table = new Map<string, Json>();
    const isFunction = values.every((value, index) => {
      const key = keys[index] ?? '';
      const before = table.get(key);
      table.set(key, value);
      return before === undefined || before === value;
    });
    // A fact that each node has for itself would list the nodes.
    if (!isFunction || table.size > mostEntries || table.size < 2 || table.size >= values.length) continue;
    const entries = [...table].toSorted(([one], [other]) => (one < other ? -1 : 1));
    yield `{${entries.map(([key, value]) => `${JSON.stringify(key)}: ${literal(value)}`).join(', ')}}[${expression}]`;
  }
}

function isScalar(value: Json): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value);
}

function literal(value: Json): string {
  return JSON.stringify(value);
}
