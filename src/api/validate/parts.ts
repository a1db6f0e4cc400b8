/** What every check needs: making problems, and looking into a value of which nothing is known yet. */

import { distance } from 'fastest-levenshtein';
import { cut } from '../../text/cut.ts';
import { isJsonMap } from '../json.ts';
import type { FieldPath, Problem, ProblemCode } from '../problem.ts';

export function error(code: ProblemCode, path: FieldPath, reason: string, remedy: string): Problem {
  return { severity: 'error', code, path, reason, remedy };
}

export function warning(code: ProblemCode, path: FieldPath, reason: string, remedy: string): Problem {
  return { severity: 'warning', code, path, reason, remedy };
}

/** The value at a path, undefined where there is none. Only own properties count: a key named `constructor` is just a key. */
export function at(value: unknown, ...path: FieldPath): unknown {
  return path.reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) return typeof key === 'number' ? inner[key] : undefined;
    return isJsonMap(inner) && Object.hasOwn(inner, key) ? inner[key as string] : undefined;
  }, value);
}

export function entries(value: unknown): [string, unknown][] {
  return isJsonMap(value) ? Object.entries(value) : [];
}

export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export interface Leaf {
  readonly path: FieldPath;
  readonly value: unknown;
  /** The key that holds the value rather than the value itself. */
  readonly isKey: boolean;
}

/** Every scalar below a value, and every key on the way, in document order. */
export function* leaves(value: unknown, path: FieldPath = []): Generator<Leaf> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* leaves(item, [...path, index]);
  } else if (isJsonMap(value)) {
    for (const [key, item] of Object.entries(value)) {
      yield { path: [...path, key], value: key, isKey: true };
      yield* leaves(item, [...path, key]);
    }
  } else yield { path, value, isKey: false };
}

export function startsWith(path: FieldPath, prefix: FieldPath): boolean {
  return prefix.length <= path.length && prefix.every((key, index) => key === path[index]);
}

/** The candidate that a person probably meant: near enough that a slip of the fingers explains the difference. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const near = candidates
    .filter((candidate) => Math.abs(candidate.length - word.length) <= longestSlip(word, candidate))
    .map((candidate) => ({ candidate, steps: slips(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, steps }) => steps <= longestSlip(word, candidate))
    .sort((a, b) => a.steps - b.steps);
  return near[0]?.candidate;
}

function longestSlip(word: string, candidate: string): number {
  return Math.max(1, Math.floor(Math.min(word.length, candidate.length) / 3));
}

/** Edits between two words, where two swapped neighbours are one slip and not two. */
function slips(word: string, candidate: string): number {
  const letters = Array.from(word, (_letter, index) => index);
  const swapped = letters.some(
    (place) => word.slice(0, place) + word.charAt(place + 1) + word.charAt(place) + word.slice(place + 2) === candidate,
  );
  return swapped ? 1 : distance(word, candidate);
}

/** A value as a message shows it: short, and never more than one line. */
export function show(value: unknown): string {
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return 'a list';
  if (isJsonMap(value)) return 'a map';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return cut(text, 60);
}
