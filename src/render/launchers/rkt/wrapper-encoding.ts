/**
 * Writes words as a text that our wrapper turns back into exactly these words. Bash's word splitting would
 * lose blanks and expand patterns. A plain word stays plain. The wrapper reads the text with `printf -v word
 * '%b'`, globbing off.
 */

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  [' ', '\\x20'],
  ['\t', '\\t'],
  ['\n', '\\n'],
]);

/**
 * Stands for an empty word, which would vanish between two blanks. `\c` ends bash's output before it begins.
 */
const EMPTY_WORD = '\\c';

/**
 * Joins the words by blanks; backslash, blank, tab and newline inside a word are escaped. No words give ''.
 */
export function encodeWords(words: readonly string[]): string {
  return words
    .map((word) => (word === '' ? EMPTY_WORD : word.replace(/[\\ \t\n]/g, (character) => ESCAPES.get(character) ?? '')))
    .join(' ');
}

/** The words of a text that `encodeWords` made. */
export function decodeWords(text: string): string[] {
  const words = text.split(/[ \t\n]+/).filter((word) => word !== '');
  return words.map((word) =>
    word === EMPTY_WORD ? '' : word.replace(/\\(\\|x20|t|n)/g, (_, letter: string) => decoded[letter] ?? ''),
  );
}

const decoded: Readonly<Record<string, string>> = { '\\': '\\', x20: ' ', t: '\t', n: '\n' };
