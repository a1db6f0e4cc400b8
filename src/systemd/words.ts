/** systemd's word syntax as systemd reads it: the inverse of quoting.ts. Pure. */

export type SplitWords = { readonly ok: true; readonly words: string[] } | { readonly ok: false; readonly reason: string };

const BACKSLASH = 0x5c;
const QUOTES = [0x22, 0x27];
/** Blank, tab, newline, carriage return; never Unicode's other spaces. */
const SEPARATORS = [0x20, 0x09, 0x0a, 0x0d];

/**
 * Splits the right-hand side as systemd 252 does for `Environment=` and `Exec*=` (extract_first_word with
 * EXTRACT_UNQUOTE and EXTRACT_CUNESCAPE). `ok: false` is its EINVAL. `Environment=` then loses the whole
 * line; `Exec*=` forgives an unknown escape but no open quote. Escaped bytes that are no UTF-8 together
 * (`\xff`) read as U+FFFD here; systemd refuses such a value later on.
 */
export function splitWords(rhs: string): SplitWords {
  const bytes = Buffer.from(rhs, 'utf8');
  const words: string[] = [];
  let index = 0;
  for (;;) {
    while (index < bytes.length && SEPARATORS.includes(bytes[index] ?? 0)) index++;
    if (index >= bytes.length) return { ok: true, words };
    const word: number[] = [];
    let quote: number | undefined;
    for (; index < bytes.length; index++) {
      const byte = bytes[index] ?? 0;
      if (byte === BACKSLASH) {
        const escaped = readEscape(bytes.toString('latin1', index + 1, index + 10));
        if (escaped === undefined) {
          return { ok: false, reason: `unknown escape sequence at ${JSON.stringify(bytes.toString('utf8', index, index + 2))}` };
        }
        word.push(...escaped.bytes);
        index += escaped.length;
      } else if (quote !== undefined) {
        if (byte === quote) quote = undefined;
        else word.push(byte);
      } else if (QUOTES.includes(byte)) {
        quote = byte;
      } else if (SEPARATORS.includes(byte)) {
        break;
      } else {
        word.push(byte);
      }
    }
    if (quote !== undefined) return { ok: false, reason: `a ${String.fromCharCode(quote)} is opened but never closed` };
    words.push(Buffer.from(word).toString('utf8'));
  }
}

const SINGLE_ESCAPES: ReadonlyMap<string, number> = new Map([
  ['a', 0x07],
  ['b', 0x08],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['v', 0x0b],
  ['s', 0x20],
  ['\\', BACKSLASH],
  ['"', 0x22],
  ["'", 0x27],
]);

const NUMERIC_ESCAPE = /^(?:x(?<byte>[0-9A-Fa-f]{2})|(?<octal>[0-7]{3})|u(?<short>[0-9A-Fa-f]{4})|U(?<long>[0-9A-Fa-f]{8}))/;

/**
 * What follows a backslash, as systemd's cunescape_one: the bytes it stands for and how many characters it
 * took; undefined is EINVAL.
 */
function readEscape(text: string): { bytes: number[]; length: number } | undefined {
  const single = SINGLE_ESCAPES.get(text.charAt(0));
  if (single !== undefined) return { bytes: [single], length: 1 };

  const match = NUMERIC_ESCAPE.exec(text);
  if (match?.groups === undefined) return undefined;
  const { byte, octal, short, long } = match.groups;
  const value = octal === undefined ? Number.parseInt(byte ?? short ?? long ?? '', 16) : Number.parseInt(octal, 8);
  if (value === 0 || (octal !== undefined && value > 0xff)) return undefined;
  // Only \U asks whether the character exists; \ud800 becomes three bytes that are no UTF-8.
  if (long !== undefined && !isUnicodeCharacter(value)) return undefined;
  const isCharacter = short !== undefined || long !== undefined;
  return { bytes: isCharacter ? encodeUtf8(value) : [value], length: match[0].length };
}

/** By hand, because JavaScript would replace a lone surrogate. */
function encodeUtf8(value: number): number[] {
  const tail = (shift: number) => 0x80 | ((value >> shift) & 0x3f);
  if (value < 0x80) return [value];
  if (value < 0x800) return [0xc0 | (value >> 6), tail(0)];
  if (value < 0x10000) return [0xe0 | (value >> 12), tail(6), tail(0)];
  return [0xf0 | (value >> 18), tail(12), tail(6), tail(0)];
}

/** systemd's unichar_is_valid: no surrogates and none of Unicode's noncharacters. */
function isUnicodeCharacter(value: number): boolean {
  if (value >= 0x110000 || (value >= 0xd800 && value <= 0xdfff)) return false;
  return !(value >= 0xfdd0 && value <= 0xfdef) && (value & 0xfffe) !== 0xfffe;
}

/**
 * Undoes the doubling of `%` in a split word; undefined when it names something only the machine knows
 * (`%n`). A last lone `%` stands for itself.
 */
export function unescapeSpecifiers(word: string): string | undefined {
  if (/%[^%]/.test(word.replaceAll('%%', ''))) return undefined;
  return word.replaceAll('%%', '%');
}
