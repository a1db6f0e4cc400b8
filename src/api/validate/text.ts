/** Checks characters and numbers that a unit file, a command line or a JSON number cannot hold. */

import type { FieldPath, Problem, ProblemCode } from '../problem.ts';
import { error, leaves, startsWith } from './parts.ts';

/**
 * Levels of maps and lists: more than any KubeletConfiguration has. The limit keeps recursion from
 * overflowing the stack.
 */
export const deepest = 64;

/** Whether maps and lists are nested deeper than `deepest` levels. */
export function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth >= deepest || Object.values(value).some((inner) => isTooDeep(inner, depth + 1));
}

/** The problems of the characters and numbers of an object. */
export function textProblems(value: unknown): Problem[] {
  const problems: Problem[] = [];
  for (const { path, value: leaf, isKey } of leaves(value)) {
    if (typeof leaf === 'string') problems.push(...characterProblems(leaf, path, isKey));
    else problems.push(...numberProblems(leaf, path));
  }
  return problems;
}

interface TextRule {
  readonly below: FieldPath;
  readonly code: ProblemCode;
  /** Refused control characters, NUL among them. */
  readonly refused: RegExp;
  readonly remedy: string;
}

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: control characters are what these look for
const textRules: readonly TextRule[] = [
  {
    below: ['spec', 'kubelet', 'flags'],
    code: 'FlagInvalid',
    refused: /[\x00-\x08\x0a-\x1f\x7f]/,
    remedy: 'write the value on one line; for a flag that is given several times write a list',
  },
  {
    below: ['spec', 'unit', 'environment'],
    code: 'UnitInvalid',
    refused: /[\x00-\x08\x0b-\x1f\x7f]/,
    remedy: 'remove it: tab and newline are the only control characters that systemd passes on in an environment variable',
  },
  {
    below: ['spec', 'unit', 'options'],
    code: 'UnitInvalid',
    refused: /[\x00-\x08\x0a-\x1f\x7f]/,
    remedy: 'an option is one line of the unit file; write several lines as several items of the list',
  },
];
const anywhere = {
  code: 'InvalidValue',
  refused: /\x00/,
  remedy: 'remove it: a path or an argument cannot contain one',
} as const;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: see above

function characterProblems(text: string, path: FieldPath, isKey: boolean): Problem[] {
  const where = isKey ? 'the name' : 'the value';
  const rule = textRules.find(({ below }) => startsWith(path, below) && path.length > below.length) ?? anywhere;
  const character = rule.refused.exec(text)?.[0];
  if (character !== undefined) return [error(rule.code, path, `${where} contains ${characterName(character)}`, rule.remedy)];
  if (/\p{Surrogate}/u.test(text)) {
    return [
      error(
        rule.code,
        path,
        `${where} contains half a character (a lone surrogate)`,
        'write the whole character; files hold UTF-8',
      ),
    ];
  }
  if (!isKey && startsWith(path, ['spec', 'unit', 'options']) && /(^|[^\\])(\\\\)*\\$/.test(text)) {
    const reason = 'a backslash at the end of the value joins it with the next line of the unit file';
    return [error('UnitInvalid', path, reason, 'remove it, or double it for a literal backslash')];
  }
  return [];
}

function characterName(character: string): string {
  if (character === '\0') return 'a NUL character';
  if (character === '\n') return 'a newline';
  if (character === '\r') return 'a carriage return';
  return `the control character U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** JavaScript rounds integers beyond 2^53, so the rendered number would not be the written one. */
function numberProblems(value: unknown, path: FieldPath): Problem[] {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return [
      error(
        'InvalidValue',
        path,
        `JSON cannot hold the number ${value}`,
        'write a finite number, or put it in quotes if it is text',
      ),
    ];
  }
  const isBeyond =
    typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value));
  if (!isBeyond) return [];
  return [
    error('NumberTooLarge', path, `${value} is beyond 2^53 and would be rounded`, 'put it in quotes, or write a smaller number'),
  ];
}
