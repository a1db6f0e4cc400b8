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
      if (found !== undefined) problems.push(warning('NotExpanded', path, reasonFor(found, field), remedyFor(found)));
    }
    return problems;
  });
}

function reasonFor(found: string, [, group]: FieldPath): string {
  const program = group === 'kubelet' ? 'the kubelet' : 'the program';
  return `nothing expands ${show(found)}: it reaches ${program} as text`;
}

/** What means the same in an expression. Each pattern is about the whole of what was found. */
const meanings: readonly (readonly [pattern: RegExp, expression: string])[] = [
  [/^(%[Hl]|[$`({]{1,2}(HOSTNAME|hostname( -[a-z])?)[`)}]?)$/, 'machine.hostname'],
  [/^\$\{?(COREOS_)?(private|PRIVATE)_(ipv4|IPV4)\}?$/, 'machine.ipv4'],
  [/^\$\{?(COREOS_)?(private|PRIVATE)_(ipv6|IPV6)\}?$/, 'machine.ipv6'],
];

/** Of what Ignition's and afterburn's metadata services write into that file. */
const metadata = /^\$\{?(COREOS_[A-Z0-9_]{1,64})\}?$/;

function remedyFor(found: string): string {
  const variable = metadata.exec(found)?.[1];
  const known = meanings.find(([pattern]) => pattern.test(found))?.[1];
  const expression = known ?? (variable && `environmentFiles["/run/metadata/coreos"]["${variable}"]`);
  const example = expression === undefined ? '' : `, here ${expression}`;
  return `write the value itself; for a value that differs by machine, move the field to computed with an expression${example}`;
}
