/**
 * The one reader of unit files and drop-ins (systemd.syntax(7); `config_parse` in systemd's
 * shared/conf-parser.c). Pure. It does not split values into words.
 */

export interface UnitLine {
  /** Its place in the text, from 1. If backslashes join several lines, systemd's messages name the last. */
  readonly first: number;
  readonly last: number;
  /** '' before the first header of a section. */
  readonly section: string;
  /** Absent in the header of a section and in a line without `=`. */
  readonly key?: string;
  /** The text behind the `=`, without the blanks around it; '' without a key. */
  readonly value: string;
}

/** systemd ends a line at CR, LF or NUL, or at several different ones in a row. */
const lineEnd = /\0|\n\r?\0?|\r\n?\0?/;
const byteOrderMark = '\ufeff';

/**
 * All lines but blank ones and comments, in their order, also those that systemd ignores or refuses
 * (`[Unit`).
 */
export function readUnit(text: string): UnitLine[] {
  const found: UnitLine[] = [];
  let section = '';
  for (const { text: line, first, last } of logicalLines(text)) {
    const content = strip(line);
    if (content === '') continue;
    const isHeader = content.startsWith('[') && content.endsWith(']');
    if (isHeader) section = content.slice(1, -1);
    const equals = isHeader ? -1 : content.indexOf('=');
    const assignment =
      equals < 0 ? { value: '' } : { key: strip(content.slice(0, equals)), value: strip(content.slice(equals + 1)) };
    found.push({ first, last, section, ...assignment });
  }
  return found;
}

interface LogicalLine {
  readonly text: string;
  readonly first: number;
  readonly last: number;
}

/**
 * A backslash at the very end joins the next line, unless a backslash escapes it. Comments in between are
 * skipped.
 */
function logicalLines(text: string): LogicalLine[] {
  const physical = text.split(lineEnd);
  const mark = physical.findIndex((line) => line.startsWith(byteOrderMark));
  const lines: LogicalLine[] = [];
  let begun: { readonly first: number; readonly parts: string[] } | undefined;
  for (const [index, whole] of physical.entries()) {
    if (/^[ \t]*[#;]/.test(whole)) continue;
    const line = index === mark ? whole.slice(1) : whole;
    const { first, parts }: { first: number; parts: string[] } = begun ?? { first: index + 1, parts: [] };
    if (/(?<!\\)(?:\\\\)*\\$/.test(line)) {
      begun = { first, parts };
      parts.push(`${line.slice(0, -1)} `);
    } else {
      begun = undefined;
      lines.push({ text: parts.join('') + line, first, last: index + 1 });
    }
  }
  return begun === undefined ? lines : [...lines, { text: begun.parts.join(''), first: begun.first, last: physical.length + 1 }];
}

/**
 * Removes the blanks around a text. A regular expression would need quadratic time for many blanks inside.
 */
function strip(text: string): string {
  const isBlank = (at: number) => text[at] === ' ' || text[at] === '\t';
  let [start, end] = [0, text.length];
  while (start < end && isBlank(start)) start += 1;
  while (start < end && isBlank(end - 1)) end -= 1;
  return text.slice(start, end);
}

/** The values that a text gives to one option, in their order. To systemd, '' clears the values before it. */
export function valuesOf(text: string, section: string, key: string): string[] {
  return readUnit(text).flatMap((line) => (line.section === section && line.key === key ? [line.value] : []));
}

/** Whether a unit file or drop-in decides which program is started. */
export function setsExecStart(text: string): boolean {
  return valuesOf(text, 'Service', 'ExecStart').some((value) => value !== '');
}

/** Whether a drop-in takes the program of the unit away and names no other: systemd then refuses the unit. */
export function clearsExecStart(text: string): boolean {
  return valuesOf(text, 'Service', 'ExecStart').at(-1) === '';
}

/**
 * The keys of `[Install]` with which enabling a unit changes other units: an alias takes the place of another
 * unit, `Also=` enables one.
 */
export const foreignInstallKeys: readonly string[] = ['Alias', 'Also', 'DefaultInstance'];

/** The keys in a text that change other units when the unit is enabled. */
export function foreignInstallKeysIn(text: string): string[] {
  const found = readUnit(text).filter(({ section, key }) => section === 'Install' && foreignInstallKeys.includes(key ?? ''));
  return [...new Set(found.flatMap(({ key }) => key ?? []))];
}

/** The assignments of `[Install]`, one a line: equal texts ask for equal links. */
export function installSection(text: string): string {
  const lines = readUnit(text).filter(({ section, key }) => section === 'Install' && key !== undefined);
  return lines.map(({ key, value }) => `${key}=${value}`).join('\n');
}
