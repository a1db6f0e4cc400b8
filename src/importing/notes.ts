/** What an import says of the parts that the object does not carry, each with its place. Pure. */

import type { FieldPath, Position, Problem } from '../api/problem.ts';
import type { UnitText } from '../systemd/environment.ts';

/** A part that is not in the object, or not as the node has it. */
export function notImported(
  reason: string,
  remedy: string,
  {
    path = [],
    position,
    severity = 'warning',
  }: Partial<Pick<Problem, 'path' | 'severity'>> & { position?: Position | undefined },
): Problem {
  return { severity, code: 'NotImported', path, reason, remedy, ...(position && { position }) };
}

/** A value that looks like a secret, and is left out. It is not in the message either. */
export function secretLeftOut(what: string, path: FieldPath, position: Position | undefined): Problem {
  const reason = `${what} looks like a secret, so it is left out`;
  const remedy = 'keep it in a file on the node, brought there another way, and name that file in the object';
  return { severity: 'warning', code: 'PossibleSecret', path, reason, remedy, ...(position && { position }) };
}

/** The last line of a text that holds `needle`, for it is the one that counts; line 1 if none does. */
export function placeIn(file: string, text: string, needle: string): Position {
  const lines = text.split(/\r?\n/);
  const index = Math.max(
    0,
    lines.findLastIndex((line) => line.includes(needle) && !/^\s*[#;]/.test(line)),
  );
  const excerpt = lines[index] ?? '';
  return { file, line: index + 1, column: Math.max(1, excerpt.indexOf(needle) + 1), excerpt };
}

/** The same in the file of a unit that has this path. */
export function placeInUnit(texts: readonly UnitText[], path: string | undefined, needle: string): Position | undefined {
  const text = texts.find((one) => one.path === path);
  return text && placeIn(text.path, text.content, needle);
}
