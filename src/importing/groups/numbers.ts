/**
 * Expressions for whole numbers that follow from the size of a machine, or that a label or a file says.
 * Pure.
 */

import type { KnownValues } from './known-values.ts';

/** The simplest first; each gives every value. */
export function* numberOf(values: readonly number[], known: KnownValues): Generator<string> {
  if (!values.every((value) => Number.isSafeInteger(value))) return;
  if (values.every((value) => value === values[0])) yield String(values[0]);
  for (const { expression, values: sizes } of known.numbers) {
    if (values.every((value, index) => value === sizes[index])) yield expression;
    const line = lineThrough(sizes, values);
    if (line) yield lineText(expression, line);
    const capped = cappedLine(expression, sizes, values);
    if (capped !== undefined) yield capped;
  }
  for (const { expression, values: texts } of known.texts)
    if (values.every((value, index) => String(value) === texts[index])) yield `int(${expression})`;
}

interface Line {
  readonly start: number;
  readonly slope: number;
}

/**
 * `start + size * slope` in whole numbers. Two sizes lie on some line always, so only three of them, or a
 * line through zero, say anything.
 */
function lineThrough(sizes: readonly number[], values: readonly number[]): Line | undefined {
  const [x1 = 0, y1 = 0] = [sizes[0], values[0]];
  const other = sizes.findIndex((size) => size !== x1);
  const [x2, y2] = [sizes[other], values[other]];
  if (x2 === undefined || y2 === undefined) return undefined;
  const slope = (y2 - y1) / (x2 - x1);
  const start = y1 - slope * x1;
  const isLine = Number.isInteger(slope) && slope > 0 && sizes.every((size, index) => start + slope * size === values[index]);
  return isLine && (start === 0 || new Set(sizes).size > 2) ? { start, slope } : undefined;
}

function lineText(size: string, { start, slope }: Line): string {
  const product = slope === 1 ? size : `${size} * ${slope}`;
  if (start === 0) return product;
  return start > 0 ? `${start} + ${product}` : `${product} - ${-start}`;
}

/** `min(110, machine.cpus * 20)` */
function cappedLine(size: string, sizes: readonly number[], values: readonly number[]): string | undefined {
  const cap = Math.max(...values);
  const below = values.flatMap((value, index) => (value < cap ? [index] : []));
  const line = lineThrough(
    below.map((index) => sizes[index] ?? 0),
    below.map((index) => values[index] ?? 0),
  );
  if (!line) return undefined;
  const isCapped = values.every((value, index) => value === Math.min(cap, line.start + line.slope * (sizes[index] ?? 0)));
  return isCapped ? `min(${cap}, ${lineText(size, line)})` : undefined;
}
