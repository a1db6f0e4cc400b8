/** Text from outside: what other programs print, answer or write. It may hold anything. */

import { hideInOutput } from './hide-secrets.ts';

/** Escape sequences of terminals: CSI, OSC, and those of one character (ECMA-48). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]?|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -~]?)|\u009b[0-?]*[ -/]*[@-~]?/g;
/** Control characters but the end of a line; separators of lines; what turns the direction of text. */
const controls = /(?!\n)[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * The text as it may be shown, logged and reported: without escape sequences, with a blank in place of each
 * other control character, and without secrets. Lines stay lines. Takes time proportional to the length of
 * the text.
 */
export function foreignText(text: string): string {
  return hideInOutput(text.replace(escapes, '').replace(/\r\n/g, '\n').replace(controls, ' '));
}

/** The lines of such a text in one line: ` | ` between them, and no blank ones. */
export function foreignLines(text: string): string {
  const lines = foreignText(text).split('\n');
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' | ');
}
