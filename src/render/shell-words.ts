/** The POSIX shell's word syntax, both ways, for words that are arguments. Nothing is ever expanded. */

import type { SplitWords } from '../systemd/quoting.ts';

/** Characters that mean nothing to a shell inside an argument. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/**
 * The word for a POSIX shell: plain words stay plain, all else goes into single quotes, in which a shell sees nothing but the closing quote.
 * @throws RangeError for a NUL character, which no argument can hold (execve(2)).
 */
export function quoteShellWord(word: string): string {
  if (word.includes('\0'))
    throw new RangeError(`${JSON.stringify(word)} holds a NUL character, which no argument of a program can`);
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * Splits as a POSIX shell (XCU 2.2 Quoting, 2.3 Token Recognition) and removes the quotes. What a shell would evaluate (`$`, backquotes,
 * patterns, operators, comments, `~`) is refused rather than taken literally: the caller cannot know what it stands for.
 */
export function splitShellWords(text: string): SplitWords {
  const words: string[] = [];
  let rest = text;
  for (;;) {
    rest = rest.replace(/^(?:[ \t\n]|\\\n)+/, '');
    if (rest === '') return { ok: true, words };
    const word = readWord(rest);
    if (typeof word.value !== 'string') return { ok: false, reason: word.value.refused };
    words.push(word.value);
    rest = rest.slice(word.length);
  }
}

interface ReadWord {
  readonly value: string | { readonly refused: string };
  readonly length: number;
}

/** Pieces of a word, each in its own way of quoting, then what cannot be taken. */
const PIECE = new RegExp(
  [
    String.raw`(?<plain>[^ \t\n'"\\$\x60|&;<>()*?[{]+)`,
    "'(?<single>[^']*)'",
    String.raw`"(?<double>(?:[^"\\$\x60]|\\[\s\S])*)"`,
    String.raw`\\(?<escaped>[\s\S])`,
    String.raw`(?<open>['"\\])`,
    String.raw`(?<special>[$\x60|&;<>()*?[{])`,
  ].join('|'),
  'y',
);

function readWord(text: string): ReadWord {
  const refuse = (refused: string): ReadWord => ({ value: { refused }, length: 0 });
  if (/^[#~]/.test(text)) return refuse(`a shell would evaluate the leading ${text.charAt(0)}`);
  let value = '';
  PIECE.lastIndex = 0;
  for (;;) {
    const start = PIECE.lastIndex;
    const groups = PIECE.exec(text)?.groups;
    if (groups === undefined) return { value, length: start };
    const { plain, single, double, escaped, open, special } = groups;
    if (special !== undefined) return refuse(`a shell would evaluate ${special}`);
    if (open !== undefined) return refuse(openReason(text.slice(start)));
    // A backslash before a newline joins two lines; in double quotes it escapes only $ ` " \ and newline.
    if (escaped !== undefined) value += escaped === '\n' ? '' : escaped;
    else if (double !== undefined)
      value += double.replace(/\\([$`"\\]|\n)/g, (_, character: string) => (character === '\n' ? '' : character));
    else value += plain ?? single ?? '';
  }
}

/** A double quote that was not matched is either never closed or holds something to evaluate. */
function openReason(text: string): string {
  const evaluated = /^"(?:[^"\\$`]|\\[\s\S])*([$`])/.exec(text)?.[1];
  if (evaluated !== undefined) return `a shell would evaluate ${evaluated}`;
  return text.startsWith('\\') ? 'a backslash ends the text' : `a ${text.charAt(0)} is opened but never closed`;
}
