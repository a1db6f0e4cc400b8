/**
 * Where a command prints: results on standard output, all else on standard error, colours only on a terminal.
 */

import colours from 'picocolors';
import { stringify } from 'yaml';
import { formatProblem, type ProblemStyle } from '../../api/format-problem.ts';
import { withoutSecrets } from '../../api/hide-secrets.ts';
import type { Problem } from '../../api/problem.ts';
import { withoutRepeats } from '../../manifest/load/locate.ts';
import { cut } from '../../text/cut.ts';
import { terminalJson, terminalText } from '../../text/foreign-text.ts';
import { type Live, liveOn } from './live.ts';
import { type Given, pasteable, pasteableData, pasteableProblem } from './pasteable.ts';
import type { Report } from './reported.ts';

export interface Terminal {
  /** A result, for people or programs. */
  out(text: string): void;
  /** Progress and problems. */
  err(text: string): void;
  /**
   * Shows one line that the next text on standard error replaces; undefined if standard error is no terminal.
   */
  readonly status?: ((text: string) => void) | undefined;
  /** Draws results in place; undefined if standard output is no terminal. */
  readonly live?: Live | undefined;
  /** Columns of a line. */
  readonly width: number;
  readonly colours: ReturnType<typeof colours.createColors>;
  /** Set if the result is for a program: it then holds the problems, and they are not printed. */
  readonly format?: Format | undefined;
  /** Set if the result is a report of the problems for the pages of others: they are not printed either. */
  readonly report?: Report | undefined;
  /** Repeated in the commands of ours that are printed for a person or a program to type. */
  readonly given: Given;
  /** Every problem that `printProblems` was given, in that order. */
  readonly reported: Problem[];
}

/** The formats for programs, in which most commands print with -o. */
export const formats = ['json', 'yaml'] as const;

export type Format = (typeof formats)[number];

/**
 * Whatever text is printed, a terminal gets no escape sequence but our colours. Colours follow the stream
 * that is written to, NO_COLOR and FORCE_COLOR (no-color.org).
 */
export function terminalFor(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Terminal {
  const forced = environment['FORCE_COLOR'] !== undefined && environment['FORCE_COLOR'] !== '0';
  const isColoured = forced || (!environment['NO_COLOR'] && stdout.isTTY === true && stderr.isTTY === true);
  const line = stderr.isTTY ? statusLine(stderr) : undefined;
  const live = stdout.isTTY ? liveOn(stdout) : undefined;
  return {
    out: (text) => {
      line?.clear();
      live?.leave();
      // A file or another program gets every byte of a result.
      stdout.write(`${stdout.isTTY ? terminalText(text) : text}\n`);
    },
    err: (text) => {
      line?.clear();
      live?.leave();
      stderr.write(`${terminalText(text)}\n`);
    },
    status: line?.show,
    live,
    width: Math.min(120, stdout.columns ?? 100),
    colours: colours.createColors(isColoured),
    reported: [],
    given: {},
  };
}

/** A line at the bottom that is written over. It is cut to the width: a line that wraps could not be. */
function statusLine(stream: NodeJS.WriteStream) {
  const toLineStart = '\r\u001b[K';
  let isShown = false;
  return {
    show: (text: string) => {
      stream.write(`${toLineStart}${cut(terminalText(text), Math.max(20, (stream.columns ?? 80) - 1))}`);
      isShown = true;
    },
    clear: () => {
      if (isShown) stream.write(toLineStart);
      isShown = false;
    },
  };
}

/**
 * Prints problems on standard error, with their places and remedies and without secrets; each one once. If
 * the result is for a program, they are only kept for it.
 */
export function printProblems(problems: readonly Problem[], terminal: Terminal): void {
  const fresh = withoutRepeats(problems, terminal.reported);
  terminal.reported.push(...fresh);
  if (terminal.format || terminal.report) return;
  const { colours: c } = terminal;
  const styles: Readonly<Record<ProblemStyle, (text: string) => string>> = {
    error: (text) => c.bold(c.red(text)),
    warning: (text) => c.bold(c.yellow(text)),
    notice: (text) => c.bold(c.blue(text)),
    place: c.bold,
    field: c.cyan,
    caret: c.green,
    remedy: c.dim,
  };
  for (const problem of inOrder(fresh).map(withoutSecrets)) {
    terminal.err(formatProblem(pasteableProblem(problem, terminal.given), { colour: (style, text) => styles[style](text) }));
  }
}

/** File by file, in the order of the lines. Problems without a place come last. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const files = new Map(filesOf(problems).map((file, index) => [file, index]));
  const rank = ({ position }: Problem): readonly number[] =>
    position ? [files.get(position.file) ?? 0, position.line, position.column] : [files.size];
  const compare = (one: readonly number[], other: readonly number[]) =>
    one.map((number, index) => number - (other[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
  const ranked = problems.map((problem) => ({ problem, rank: rank(problem) }));
  return ranked.sort((one, other) => compare(one.rank, other.rank)).map(({ problem }) => problem);
}

/** `3 errors, 1 warning in 2 files`; '' if there are none. Notices count only where there is nothing else. */
export function countProblems(problems: readonly Problem[]): string {
  const counts = (['error', 'warning', 'notice'] as const).flatMap((severity) => {
    const number = problems.filter((problem) => problem.severity === severity).length;
    return number === 0 ? [] : [plural(number, severity)];
  });
  const files = filesOf(problems).length;
  return `${counts.join(', ')}${files === 0 ? '' : ` in ${plural(files, 'file')}`}`;
}

function filesOf(problems: readonly Problem[]): string[] {
  return [...new Set(problems.flatMap(({ position }) => position?.file ?? []))];
}

/** `1 object`, `2 objects`. */
export function plural(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** The problems that were reported so far, for the result of a program. */
export function reportedProblems({ reported }: Terminal): Problem[] {
  return inOrder(reported).map(withoutSecrets);
}

/** Prints a result in words. The commands that it quotes are about the host that the person gave. */
export function say(text: string, terminal: Terminal): void {
  terminal.out(pasteable(text, terminal.given));
}

/** Prints a result for a program; the commands in its words are about the host that the person gave. */
export function printAs(format: Format, value: unknown, terminal: Terminal): void {
  const data = pasteableData(value, terminal.given);
  terminal.out(format === 'json' ? terminalJson(JSON.stringify(data, null, 2)) : stringify(data, { lineWidth: 0 }).trimEnd());
}
