/**
 * Finds what systemd cannot split into words: a quote that stays open, and an escape that it does not know
 * (`extract_first_word` and `cunescape_one` in systemd's basic/). One pass, however long the value is. Pure.
 */

export interface WordFault {
  readonly kind: 'OpenQuote' | 'UnknownEscape';
  /** The quote with what follows it, or the escape. */
  readonly text: string;
}

/**
 * The first fault of a value that systemd splits into words.
 * @param escapes whether a backslash begins an escape; in lists of units it is a character like any other
 */
export function wordFault(value: string, escapes: boolean): WordFault | undefined {
  let quote: { readonly character: string; readonly at: number } | undefined;
  let unknown: WordFault | undefined;
  for (let at = 0; at < value.length; at += 1) {
    const character = value[at];
    if (character === '\\' && escapes) {
      const length = escapeLength(value, at);
      if (length === 0) unknown ??= { kind: 'UnknownEscape', text: value.slice(at, at + 2) };
      at += Math.max(length, 2) - 1;
    } else if (quote === undefined && (character === '"' || character === "'")) quote = { character, at };
    else if (character === quote?.character) quote = undefined;
  }
  return quote === undefined ? unknown : { kind: 'OpenQuote', text: value.slice(quote.at) };
}

const digits: Readonly<Record<string, RegExp>> = {
  x: /[0-9a-fA-F]{2}/y,
  u: /[0-9a-fA-F]{4}/y,
  U: /[0-9a-fA-F]{8}/y,
};

/** The length of the escape that begins there; 0 if systemd does not know it. */
function escapeLength(value: string, at: number): number {
  const kind = value[at + 1] ?? '';
  if (kind !== '' && 'abfnrtvs\\"\''.includes(kind)) return 2;
  // A word of its own: a literal semicolon between arguments.
  if (kind === ';' && /^[ \t]?$/.test(value[at + 2] ?? '') && /^[ \t]?$/.test(value[at - 1] ?? '')) return 2;
  const pattern = digits[kind] ?? (/[0-7]/.test(kind) ? /[0-3][0-7]{2}/y : undefined);
  if (pattern === undefined) return 0;
  pattern.lastIndex = at + (kind in digits ? 2 : 1);
  const [found] = pattern.exec(value) ?? [];
  // No escape can stand for the character NUL.
  if (found === undefined || /^0+$/.test(found)) return 0;
  return found.length + (kind in digits ? 2 : 1);
}
