/** Looks up options among the words of a run. */

import { parseBool } from '../go/values.ts';
import type { Occurrence } from './flags.ts';
import type { RunWords } from './run-words.ts';

/** All occurrences of the options with these names, in their order. */
export function all(run: RunWords, ...names: readonly string[]): readonly Occurrence[] {
  return run.occurrences.filter(({ option }) => names.includes(option.name));
}

/** The occurrence that counts, for options of which rkt uses the last. */
export function last(run: RunWords, name: string): Occurrence | undefined {
  return all(run, name).at(-1);
}

/** The occurrence that makes a boolean option true. */
export function whenTrue(run: RunWords, name: string): Occurrence | undefined {
  const occurrence = last(run, name);
  const value = occurrence && parseBool(occurrence.value);
  return value?.ok && value.value ? occurrence : undefined;
}

/** The occurrences of one image, the last of each name. */
export function lastPerImage(run: RunWords, name: string): readonly Occurrence[] {
  const found = all(run, name);
  return found.filter((occurrence, index) => !found.slice(index + 1).some((other) => other.image === occurrence.image));
}
