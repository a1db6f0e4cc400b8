/** Warns of values that look as if a shell or systemd would expand them: nothing does. */

import type { FieldPath, Problem } from '../problem.ts';
import { at, leaves, show, warning } from './parts.ts';

/** The fields whose values reach the kubelet, or the program that starts it, exactly as they are written. */
const exactFields: readonly FieldPath[] = [
  ['spec', 'kubelet', 'flags'],
  ['spec', 'kubelet', 'configuration'],
  ['spec', 'kubelet', 'image'],
  ['spec', 'launcher'],
  ['spec', 'unit', 'environment'],
];

/**
 * `${X}`, `$X`, `$(command)`, a command in backquotes, and the specifiers of systemd.unit(5). Two hexadecimal
 * digits behind `%` are an escape in a URL. Every repetition is bounded.
 */
const expansion =
  /\$\{[^}]{0,64}\}?|\$\([^)]{0,64}\)?|\$[A-Za-z_]\w{0,64}|`[^`]{1,64}`|%(?![0-9A-Fa-f]{2})[aAbBCdDEfgGhHiIjJlLmMnNopPqsStTuUvVwWyY]/;

/** A warning for each value that looks like an expansion. */
export function expansionProblems(value: unknown): Problem[] {
  return exactFields.flatMap((field) => {
    const problems: Problem[] = [];
    for (const { path, value: text, isKey } of leaves(at(value, ...field), field)) {
      const found = typeof text === 'string' && !isKey ? expansion.exec(text)?.[0] : undefined;
      if (found !== undefined) problems.push(warning('NotExpanded', path, reasonFor(found, field), remedy));
    }
    return problems;
  });
}

function reasonFor(found: string, [, group]: FieldPath): string {
  const program = group === 'kubelet' ? 'the kubelet' : 'the program';
  return `nothing expands ${show(found)}: it reaches ${program} as text`;
}

const remedy =
  'write the value itself; computed, for values that differ by machine, is not built yet, so until then use an object for each value';
