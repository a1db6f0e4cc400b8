/**
 * Words as text that our wrapper turns back into exactly these words. Bash's own word splitting loses blanks and expands patterns, so what an object
 * says in structure travels this way; a plain word looks plain. The wrapper reads it with `printf -v word '%b'`, globbing off.
 */

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  [' ', '\\x20'],
  ['\t', '\\t'],
  ['\n', '\\n'],
]);

/** An empty word must not vanish between two blanks: bash's `\c` ends the output, here before anything was written. */
const EMPTY_WORD = '\\c';

/** Joined by a blank; backslash, blank, tab and newline inside a word are escaped. No words give ''. */
export function encodeWords(words: readonly string[]): string {
  return words
    .map((word) => (word === '' ? EMPTY_WORD : word.replace(/[\\ \t\n]/g, (character) => ESCAPES.get(character) ?? '')))
    .join(' ');
}
