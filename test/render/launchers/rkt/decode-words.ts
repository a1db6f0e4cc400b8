/** Words that `encodeWords` wrote; the wrapper itself also understands the further escapes of `printf %b`. */

const CHARACTERS: Readonly<Record<string, string>> = { '\\\\': '\\', '\\x20': ' ', '\\t': '\t', '\\n': '\n' };

export function decodeWords(text: string): string[] {
  return text
    .split(/[ \t\n]+/)
    .filter((word) => word !== '')
    .map((word) => (word === '\\c' ? '' : word.replace(/\\(?:\\|x20|t|n)/g, (escaped) => CHARACTERS[escaped] ?? escaped)));
}
