/** Shared by the checks: makes problems, and reads a value whose shape is not known yet. */

import { distance } from 'fastest-levenshtein';
import { cut } from '../../text/cut.ts';
import { isJsonMap } from '../json.ts';
import type { FieldPath, Problem, ProblemCode } from '../problem.ts';

/** A problem with severity error. `reason` and `remedy` are sentences without a full stop. */
export function error(code: ProblemCode, path: FieldPath, reason: string, remedy: string): Problem {
  return { severity: 'error', code, path, reason, remedy };
}

/** A problem with severity warning. */
export function warning(code: ProblemCode, path: FieldPath, reason: string, remedy: string): Problem {
  return { severity: 'warning', code, path, reason, remedy };
}

/**
 * The value at a path; undefined if there is none. Only own properties count: `constructor` is a key like any
 * other.
 */
export function at(value: unknown, ...path: FieldPath): unknown {
  return path.reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) return typeof key === 'number' ? inner[key] : undefined;
    return isJsonMap(inner) && Object.hasOwn(inner, key) ? inner[key as string] : undefined;
  }, value);
}

/** The entries of a map; none of any other value. */
export function entries(value: unknown): [string, unknown][] {
  return isJsonMap(value) ? Object.entries(value) : [];
}

/** The items of a list; none of any other value. */
export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export interface Leaf {
  readonly path: FieldPath;
  readonly value: unknown;
  /** Whether `value` is a key of a map, not a value in it. */
  readonly isKey: boolean;
}

/** Each scalar below a value, and each key on the way, in the order of the document. */
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

/** Whether a path is the prefix or stands below it. */
export function startsWith(path: FieldPath, prefix: FieldPath): boolean {
  return prefix.length <= path.length && prefix.every((key, index) => key === path[index]);
}

/**
 * The candidate that a person probably meant: one that a typing error explains; undefined if none is that
 * near.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const near = candidates
    .filter((candidate) => Math.abs(candidate.length - word.length) <= mostEdits(word, candidate))
    .map((candidate) => ({ candidate, steps: editsBetween(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, steps }) => steps <= mostEdits(word, candidate))
    .sort((a, b) => a.steps - b.steps);
  return near[0]?.candidate;
}

function mostEdits(word: string, candidate: string): number {
  return Math.max(1, Math.floor(Math.min(word.length, candidate.length) / 3));
}

/** The number of edits between two words; two swapped neighbours count as one edit. */
function editsBetween(word: string, candidate: string): number {
  const letters = Array.from(word, (_letter, index) => index);
  const swapped = letters.some(
    (place) => word.slice(0, place) + word.charAt(place + 1) + word.charAt(place) + word.slice(place + 2) === candidate,
  );
  return swapped ? 1 : distance(word, candidate);
}

/** A value as a message shows it: on one line, at most 60 characters. */
export function show(value: unknown): string {
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return 'a list';
  if (isJsonMap(value)) return 'a map';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return cut(text, 60);
}
