/** Expressions for texts: a fact, or facts with the same text around them on each node. Pure. */

import type { KnownValues } from './known-values.ts';
import { numberOf } from './numbers.ts';

/** Shorter facts are found in any text. */
const shortest = 3;
/** Facts in one text. */
const mostParts = 3;

/** @param numbers whether a number in the text may be computed, as in `140m`; never in an address */
export function* textOf(values: readonly string[], known: KnownValues, numbers: 'Numbers' | 'NoNumbers'): Generator<string> {
  const [first = ''] = values;
  if (values.every((value) => value === first)) yield JSON.stringify(first);
  for (const { expression, values: fact } of known.texts)
    if (values.every((value, index) => value === fact[index])) yield expression;
  const around = partsOf(values, known, mostParts);
  if (around !== undefined) yield joined(around);
  if (numbers === 'Numbers') yield* withNumbers(values, known);
}

function joined(parts: readonly string[]): string {
  return parts.length === 0 ? '""' : parts.join(' + ');
}

/** The same text on each node gives one part; '' gives none. */
function partsOf(values: readonly string[], known: KnownValues, left: number): string[] | undefined {
  const [first = ''] = values;
  if (values.every((value) => value === first)) return first === '' ? [] : [JSON.stringify(first)];
  if (left === 0) return undefined;
  for (const { expression, values: fact } of known.texts) {
    const isConstant = fact.every((value) => value === fact[0]);
    if (isConstant || fact.some((value) => value.length < shortest)) continue;
    const at = values.map((value, index) => value.indexOf(fact[index] ?? ''));
    if (at.some((place) => place < 0)) continue;
    const before = partsOf(
      values.map((value, index) => value.slice(0, at[index])),
      known,
      left - 1,
    );
    const after =
      before &&
      partsOf(
        values.map((value, index) => value.slice((at[index] ?? 0) + (fact[index]?.length ?? 0))),
        known,
        left - 1,
      );
    if (before && after) return [...before, expression, ...after];
  }
  return undefined;
}

/** `cpu=140m,memory=1465Mi`: the text around the numbers is the same on each node. */
function* withNumbers(values: readonly string[], known: KnownValues): Generator<string> {
  const split = values.map((value) => value.split(/(\d+)/));
  const [first = []] = split;
  const isSame = split.every(
    (parts) => parts.length === first.length && parts.every((part, index) => index % 2 === 1 || part === first[index]),
  );
  // A number that begins with 0 is no number: it would lose that.
  if (
    !isSame ||
    first.length === 1 ||
    split.some((parts) => parts.some((part, index) => index % 2 === 1 && !/^(0|[1-9]\d{0,14})$/.test(part)))
  )
    return;
  const pieces = first.map((part, index) => {
    if (index % 2 === 0) return part === '' ? '' : JSON.stringify(part);
    const column = split.map((parts) => Number(parts[index]));
    if (column.every((value) => value === column[0])) return JSON.stringify(String(column[0]));
    for (const expression of numberOf(column, known)) return `string(${expression})`;
    return undefined;
  });
  if (pieces.every((piece) => piece !== undefined)) yield joined(pieces.filter((piece) => piece !== ''));
}
