/**
 * What can be counted of how the code is written: functions over 40 lines, exported functions without a docstring, comment lines over 110
 * columns. It reads text, and relies on the formatter: a function ends at the first line that is indented like its first one and begins with `}`.
 */

import type { Source } from './sources.ts';

export interface Finding {
  /** `src/api/json.ts:12` */
  readonly place: string;
  readonly what: string;
}

const mostLines = 40;
const mostColumns = 110;

export function longComments(source: Source): Finding[] {
  return findings(source, (line) =>
    line.length > mostColumns && /^\s*(\/\/|\/\*|\*)/.test(line) ? `a comment of ${line.length} columns` : undefined,
  );
}

const exportedFunction = /^export (?:default )?(?:async )?function\*? (\w+)|^export const (\w+) = (?:async )?(?:\(|\w+ =>)/;

export function undocumentedFunctions(source: Source): Finding[] {
  return findings(source, (line, index) => {
    const [, declared, assigned] = exportedFunction.exec(line) ?? [];
    const name = declared ?? assigned;
    return name === undefined || source.lines[index - 1]?.endsWith('*/') ? undefined : `${name} has no docstring`;
  });
}

/** Functions that are data or one switch may be longer: there is nothing in them to take apart. */
export function longFunctions(source: Source): Finding[] {
  return findings(source, (line, index) => {
    const end = isFunction(line) ? endOf(source.lines, index) : undefined;
    if (end === undefined) return undefined;
    const length = end - index + 1;
    const body = source.lines.slice(bodyOf(source.lines, index), end);
    return length > mostLines && !isDataOrSwitch(body) ? `a function of ${length} lines` : undefined;
  });
}

/** The first line of a function or method with a body in braces. */
function isFunction(line: string): boolean {
  if (/^\s*(\/\/|\/\*|\*|if|for|while|switch|return|else|\}|case|catch|do\b|try)/.test(line)) return false;
  if (/^\s*(export )?(default )?(async )?function\b/.test(line)) return true;
  if (/=>\s*\{$/.test(line)) return true;
  return (
    /^\s*(private |static |override |async |get |set )*[#\w]+(<[^>]*>)?\(.*(\{|\()$/.test(line) && !/[=;]\s*\w*\($/.test(line)
  );
}

function endOf(lines: readonly string[], start: number): number | undefined {
  const indent = /^\s*/.exec(lines[start] ?? '')?.[0] ?? '';
  const isEnd = (line: string) =>
    line.startsWith(`${indent}}`) && !line.startsWith(`${indent}})`) && !/^\s*\}.*[:{]\s*\{?$/.test(line);
  for (let index = start + 1; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (line.startsWith(`${indent}}`) && (isEnd(line) || /^\s*\}[),;]*$/.test(line))) return index;
    if (line !== '' && !line.startsWith(indent)) return undefined;
  }
  return undefined;
}

/** Behind a signature that goes over several lines. */
function bodyOf(lines: readonly string[], start: number): number {
  const indent = /^\s*/.exec(lines[start] ?? '')?.[0] ?? '';
  if (lines[start]?.endsWith('{')) return start + 1;
  const closing = lines.findIndex((line, index) => index > start && line.startsWith(`${indent})`) && line.endsWith('{'));
  return closing < 0 ? start + 1 : closing + 1;
}

function isDataOrSwitch(body: readonly string[]): boolean {
  const indent = /^\s*/.exec(body[0] ?? '')?.[0] ?? '';
  const statements = body.filter(
    (line) => line.startsWith(indent) && /^\S/.test(line.slice(indent.length)) && !/^[})\]]/.test(line.slice(indent.length)),
  );
  return statements.length <= 2 && /^\s*(switch \(|return [{[`])/.test(statements.at(-1) ?? '');
}

function findings({ path, lines }: Source, find: (line: string, index: number) => string | undefined): Finding[] {
  return lines.flatMap((line, index) => {
    const what = find(line, index);
    return what === undefined ? [] : [{ place: `src/${path}:${index + 1}`, what }];
  });
}
