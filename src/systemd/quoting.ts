/** systemd's word syntax, both ways: how systemd reads the right-hand side of `Environment=` and `Exec*=`, and how to write one. */

export type SplitWords = { readonly ok: true; readonly words: string[] } | { readonly ok: false; readonly reason: string };

export type UnquotableCode = 'ControlCharacter' | 'NotUnicode' | 'InvalidName' | 'InvalidExecutable';

/** A value that no quoting can carry through a unit file. Validation asks `unquotableReason` first, so this is never met by a valid object. */
export class UnquotableError extends Error {
  override readonly name = 'UnquotableError';
  readonly code: UnquotableCode;
  readonly value: string;

  constructor(code: UnquotableCode, value: string, message: string) {
    super(message);
    this.code = code;
    this.value = value;
  }
}

const BACKSLASH = 0x5c;
const QUOTES = [0x22, 0x27];
/** Blank, tab, newline, carriage return; never Unicode's other spaces. */
const SEPARATORS = [0x20, 0x09, 0x0a, 0x0d];

/**
 * Splits as systemd 252 does for `Environment=` and `Exec*=` (extract_first_word with EXTRACT_UNQUOTE and EXTRACT_CUNESCAPE).
 * `ok: false` is its EINVAL. `Environment=` then loses the whole line; `Exec*=` forgives an unknown escape but no open quote.
 * Escaped bytes that are no UTF-8 together (`\xff`) read as U+FFFD here; systemd refuses such a value later on.
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

/** What follows a backslash, as systemd's cunescape_one: the bytes it stands for and how many characters it took; undefined is EINVAL. */
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

/** systemd's unichar_is_valid: no surrogates and none of Unicode's noncharacters. A line with one of them "is not UTF-8" and is dropped. */
function isUnicodeCharacter(value: number): boolean {
  if (value >= 0x110000 || (value >= 0xd800 && value <= 0xdfff)) return false;
  return !(value >= 0xfdd0 && value <= 0xfdef) && (value & 0xfffe) !== 0xfffe;
}

/** Why no quoting can carry the value through a unit file; undefined when one can. Tab and newline can be carried (systemd.exec(5)). */
export function unquotableReason(value: string): { code: UnquotableCode; reason: string } | undefined {
  for (const character of value) {
    const point = character.codePointAt(0) ?? 0;
    if ((point < 0x20 && character !== '\t' && character !== '\n') || point === 0x7f) {
      return { code: 'ControlCharacter', reason: `control character ${nameOf(point)}; only tab and newline can stand in a unit` };
    }
    if (!isUnicodeCharacter(point))
      return { code: 'NotUnicode', reason: `${nameOf(point)} is no character; systemd refuses the line` };
  }
  return undefined;
}

function nameOf(point: number): string {
  return `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
}

/**
 * The right-hand side of `Environment=` that gives `name` exactly `value`: bare where it can be (`KUBELET_IMAGE_TAG=v1.2.2_coreos.0`),
 * else in double quotes as a whole. `$` means nothing here, `%` is doubled.
 * @throws UnquotableError for a name systemd does not take, or a value with what `unquotableReason` names.
 */
export function quoteEnvironment(name: string, value: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new UnquotableError('InvalidName', name, `${JSON.stringify(name)} is no name of a variable: use letters, digits and _`);
  }
  return quote(`${name}=${value}`.replaceAll('%', '%%'));
}

/**
 * One argument of `Exec*=` (not the program: `execLines` writes that). Bare where it can be; `%` and `$` are doubled.
 * A word that begins with `;` or `#` is quoted: a lone `;` would separate two commands, and on a line of its own either begins a comment.
 * @throws UnquotableError as `unquotableReason` says.
 */
export function quoteExecWord(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return quote(escaped, escaped === '' || /^[;#]/.test(escaped));
}

/** Quotes only what needs it, so that a unit stays readable. Unicode's spaces are no separators but look like one, so they are quoted too. */
function quote(word: string, always = false): string {
  const problem = unquotableReason(word);
  if (problem !== undefined) throw new UnquotableError(problem.code, word, `${JSON.stringify(word)} holds ${problem.reason}`);
  if (!always && !/[\s"'\\]/u.test(word)) return word;
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
  return `"${escaped}"`;
}

/** Why systemd starts no program of this path, however it is quoted; undefined when it does. */
export function unstartableReason(program: string): string | undefined {
  if (!program.startsWith('/')) return 'its path is not absolute';
  if (/["'\\\t\n]/.test(program)) return 'its path has a quote, a backslash, a tab or a newline';
  return program.endsWith('/') ? 'its path ends in a slash' : undefined;
}

/** Program and arguments as the process is to get them. */
export type Command = readonly [program: string, ...parameters: string[]];

/** `-` lets the command fail. */
export type ExecPrefix = '' | '-';

/**
 * The value of `Exec*=` on one line.
 * @throws UnquotableError for an argument as `quoteExecWord`; for a program that systemd does not start: not absolute (a first `-`, `@`, `:`, `+`
 * or `!` would be a prefix, quoted or not), with a quote or backslash (refused as "special characters"), or ending in `/`.
 */
export function execLine(command: Command, prefix: ExecPrefix = ''): string {
  return execWords(command, prefix).join(' ');
}

/**
 * The same with one argument a line, as CoreOS's page prints ExecStart=.
 * The backslash is always the last character of its line: with anything behind it systemd would not join the lines.
 */
export function execLines(command: Command, prefix: ExecPrefix = ''): string {
  return execWords(command, prefix).join(' \\\n  ');
}

function execWords([program, ...parameters]: Command, prefix: ExecPrefix): string[] {
  const reason = unstartableReason(program);
  if (reason !== undefined) throw new UnquotableError('InvalidExecutable', program, `${JSON.stringify(program)}: ${reason}`);
  // systemd looks for no variables in the program's path, so its `$` stays single.
  return [quote(prefix + program.replaceAll('%', '%%')), ...parameters.map(quoteExecWord)];
}

/** Undoes the doubling of `%` in a split word; undefined when it names something only the machine knows (`%n`). A last lone `%` stands for itself. */
export function unescapeSpecifiers(word: string): string | undefined {
  if (/%[^%]/.test(word.replaceAll('%%', ''))) return undefined;
  return word.replaceAll('%%', '%');
}

/** The same for an argument of `Exec*=`, where `$` is doubled too; undefined also for `${X}` anywhere and for `$X` as the whole word. */
export function unescapeExecWord(word: string): string | undefined {
  const resolved = unescapeSpecifiers(word);
  if (resolved === undefined || /^\$[^${]/.test(resolved)) return undefined;
  if (resolved.replaceAll('$$', '').includes('${')) return undefined;
  return resolved.replaceAll('$$', '$');
}
