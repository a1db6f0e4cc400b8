/** Writes words so that systemd reads exactly them: the right-hand sides of `Environment=` and `Exec*=`. */

export type UnquotableCode = 'ControlCharacter' | 'NotUnicode' | 'InvalidName' | 'InvalidExecutable';

/**
 * A value that no quoting can carry through a unit file. Validation asks `unquotableReason` before it comes
 * to this.
 */
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

/**
 * systemd's unichar_is_valid: no surrogates and no noncharacters of Unicode. It takes a line with one of them
 * for "not UTF-8" and ignores it.
 */
function isUnicodeCharacter(value: number): boolean {
  if (value >= 0x110000 || (value >= 0xd800 && value <= 0xdfff)) return false;
  return !(value >= 0xfdd0 && value <= 0xfdef) && (value & 0xfffe) !== 0xfffe;
}

/**
 * Why no quoting can carry the value through a unit file; undefined if quoting can. It can carry tab and
 * newline (systemd.exec(5)).
 */
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
 * The right-hand side of `Environment=` that gives `name` exactly `value`. A plain one stays plain
 * (`KUBELET_IMAGE_TAG=v1.2.2_coreos.0`), any other goes into double quotes as a whole. `$` means nothing
 * here, `%` is doubled.
 * @throws UnquotableError for a name that systemd does not take, or a value that `unquotableReason` refuses
 */
export function quoteEnvironment(name: string, value: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new UnquotableError('InvalidName', name, `${JSON.stringify(name)} is no name of a variable: use letters, digits and _`);
  }
  return quote(`${name}=${value}`.replaceAll('%', '%%'));
}

/**
 * One argument of `Exec*=`; `execLines` writes the program before it. A plain word stays plain; `%` and `$`
 * are doubled. A word that begins with `;` or `#` is quoted, because a lone `;` separates two commands and
 * both begin a comment at the start of a line.
 * @throws UnquotableError for a word that `unquotableReason` refuses
 */
export function quoteExecWord(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return quote(escaped, escaped === '' || /^[;#]/.test(escaped));
}

/**
 * Quotes only a word that needs it, so that a unit stays readable. A word with one of Unicode's spaces is
 * quoted too: systemd does not split there, but a person would.
 */
function quote(word: string, always = false): string {
  const problem = unquotableReason(word);
  if (problem !== undefined) throw new UnquotableError(problem.code, word, `${JSON.stringify(word)} holds ${problem.reason}`);
  if (!always && !/[\s"'\\]/u.test(word)) return word;
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
  return `"${escaped}"`;
}

/** Why systemd cannot start a program of this path, however it is quoted; undefined if it can. */
export function unstartableReason(program: string): string | undefined {
  if (!program.startsWith('/')) return 'its path is not absolute';
  if (/["'\\\t\n]/.test(program)) return 'its path has a quote, a backslash, a tab or a newline';
  return program.endsWith('/') ? 'its path ends in a slash' : undefined;
}

/** Program and arguments exactly as the process gets them. */
export type Command = readonly [program: string, ...parameters: string[]];

/** `-` lets the command fail. */
export type ExecPrefix = '' | '-';

/**
 * The value of `Exec*=` on one line.
 * @throws UnquotableError for an argument, as `quoteExecWord` does, and for a program that systemd does not
 * start. Such a program is not absolute (a first `-`, `@`, `:`, `+` or `!` is a prefix, quoted or not), has a
 * quote or a backslash (systemd refuses "special characters"), or ends in `/`.
 */
export function execLine(command: Command, prefix: ExecPrefix = ''): string {
  return execWords(command, prefix).join(' ');
}

/**
 * The value of `Exec*=` with one argument a line, as CoreOS's documentation prints ExecStart=. Nothing stands
 * behind the backslash at the end of a line, or systemd would not join the lines.
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

/**
 * The line of an environment file that gives a variable these words, so that `$NAME` in a command becomes
 * exactly them. systemd reads it twice: first as a file, then as words; both readings are escaped here.
 */
export function environmentFileLine(name: string, words: readonly string[]): string {
  const joined = words.map((word) => (word === '' ? "''" : word.replace(/[\\'" \t\r\n]/g, '\\$&'))).join(' ');
  return environmentFileValue(name, joined);
}

/**
 * The line of an environment file that gives a variable this value. `%`, `#` and `;` mean nothing in
 * quotes.
 */
export function environmentFileValue(name: string, value: string): string {
  return `${name}="${value.replace(/["\\$`]/g, '\\$&')}"\n`;
}

/**
 * A command that is read already, written again: the words as systemd's reader gave them, with their
 * specifiers and variables as they were.
 */
export function requoteWords(words: readonly string[]): string {
  return words.map((word) => quote(word, !/^[A-Za-z0-9_./:=,@%+${}-]+$/.test(word))).join(' ');
}

/** A word of a command in which systemd puts no variables (the prefix `:`): only `%` is doubled. */
export function quoteLiteralWord(word: string): string {
  const escaped = word.replaceAll('%', '%%');
  return quote(escaped, escaped === '' || /^[;#]/.test(escaped));
}
