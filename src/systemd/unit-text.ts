/**
 * The one reader of unit files and drop-ins (systemd.syntax(7); systemd's shared/conf-parser.c, `config_parse`). Pure.
 * Values are not taken apart here: quoting.ts knows how systemd reads words.
 */

export interface UnitLine {
  /** Where it stands in the text, from 1; several lines if backslashes join them. systemd's messages name the last. */
  readonly first: number;
  readonly last: number;
  /** '' before the first header of a section. */
  readonly section: string;
  /** Absent in the header of a section and in a line without `=`. */
  readonly key?: string;
  /** What follows the `=`, without the blanks around it; '' without a key. */
  readonly value: string;
}

/** systemd ends a line at CR, LF or NUL, or at several different ones in a row. */
const lineEnd = /\0|\n\r?\0?|\r\n?\0?/;
const byteOrderMark = '\ufeff';

/** The lines that mean something, in their order. What systemd refuses (an open `[`) or ignores is among them, too. */
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

/** A backslash at the very end joins the next line, unless another backslash escapes it; comments in between are skipped. */
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

/** Without the blanks around it. By hand, since a pattern for the end of a text takes quadratic time on many blanks. */
function strip(text: string): string {
  const isBlank = (at: number) => text[at] === ' ' || text[at] === '\t';
  let [start, end] = [0, text.length];
  while (start < end && isBlank(start)) start += 1;
  while (start < end && isBlank(end - 1)) end -= 1;
  return text.slice(start, end);
}

/** The values that a text gives to one option, in their order. systemd takes '' as "forget what was said before". */
export function valuesOf(text: string, section: string, key: string): string[] {
  return readUnit(text).flatMap((line) => (line.section === section && line.key === key ? [line.value] : []));
}

/** Whether a unit file or drop-in decides which program is started. */
export function setsExecStart(text: string): boolean {
  return valuesOf(text, 'Service', 'ExecStart').some((value) => value !== '');
}

/** The assignments of `[Install]`, one a line: equal texts ask for equal links. */
export function installSection(text: string): string {
  const lines = readUnit(text).filter(({ section, key }) => section === 'Install' && key !== undefined);
  return lines.map(({ key, value }) => `${key}=${value}`).join('\n');
}
