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
  return hideInOutput(withoutControls(text));
}

/** The same with the secrets that are in it: for a text from which they are taken elsewhere. */
export function withoutControls(text: string): string {
  return text.replace(escapes, '').replace(/\r\n/g, '\n').replace(controls, ' ');
}

/** The colours and styles that this program prints. Others could hide text: `8` conceals it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const ownStyles = /(\u001b\[(?:0|1|2|22|3[1-69]|39|90)m)/;

/**
 * The text as it may go to a terminal, whatever is in it: lines, tabs and our own colours stay, no other
 * escape sequence and no other control character does. It hides no secrets.
 */
export function terminalText(text: string): string {
  const clean = (part: string) => part.split('\t').map(withoutControls).join('\t');
  // Each second part is a style.
  const parts = text.split(ownStyles);
  return parts.map((part, index) => (index % 2 === 1 ? part : clean(part))).join('');
}

/** The same for JSON, in which control characters of ASCII are escaped already: it stays the same JSON. */
export function terminalJson(json: string): string {
  return json.replace(/[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** The lines of such a text in one line: ` | ` between them, and no blank ones. */
export function foreignLines(text: string): string {
  const lines = foreignText(text).split('\n');
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' | ');
}
