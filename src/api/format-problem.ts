/**
 * A problem as a terminal shows it: the place, the reason, the offending line with a caret, and the remedy.
 */

import { formatPath, type Position, type Problem } from './problem.ts';

export type ProblemStyle = Problem['severity'] | 'place' | 'field' | 'caret' | 'remedy';

export interface FormatOptions {
  /** Wraps a piece of text in the colours of its style. Without it the text stays plain. */
  readonly colour?: (style: ProblemStyle, text: string) => string;
}

const widest = 100;

/**
 * `error[UnknownField]:`, as rustc writes it. docs/errors.md explains the code.
 */
export function severityLabel(severity: Problem['severity'] | 'waiting', code: string): string {
  return `${severity}[${code}]:`;
}

/**
 * `file:line:column: error[UnknownField]: spec.kubelet.flgas: unknown field "flgas"`, the line, a caret, `→
 * did you mean flags?`. Without a position it begins with the severity, then the name of the object if known.
 */
export function formatProblem(problem: Problem, { colour = (_style, text) => text }: FormatOptions = {}): string {
  const { severity, code, path, object, position, reason, remedy } = problem;
  const place = position ? `${position.file}:${position.line}:${position.column}: ` : '';
  const whose = !position && object ? `${object}: ` : '';
  const field = path.length > 0 ? `${formatPath(path)}: ` : '';
  const label = colour(severity, severityLabel(severity, code));
  const head = `${colour('place', place)}${label} ${whose}${colour('field', field)}${reason}`;
  const excerpt = position ? excerptLines(position).map((line, index) => (index === 1 ? colour('caret', line) : line)) : [];
  return [head, ...excerpt, colour('remedy', `    → ${remedy}`)].map((line) => line.trimEnd()).join('\n');
}

/**
 * The line, with a caret below its column. A long line is cut on both sides so that the column is in view.
 */
function excerptLines({ excerpt, column }: Position): string[] {
  const line = printable(excerpt);
  if (line.trim() === '') return [];
  const caret = Math.min(Math.max(column - 1, 0), line.length);
  const start = line.length <= widest ? 0 : Math.max(0, Math.min(caret - widest / 2, line.length - widest));
  const shown = line.slice(start, start + widest);
  const before = start > 0 ? '…' : '';
  const after = start + widest < line.length ? '…' : '';
  const indent = before.length + Array.from(line.slice(start, caret)).length;
  return [`    ${before}${shown}${after}`, `    ${' '.repeat(indent)}^`];
}

/** Replaces tabs, which would move the caret, and control characters, which could change the terminal. */
function printable(text: string): string {
  return text.replace(/\t/g, ' ').replace(/\p{Cc}/gu, '\ufffd');
}
