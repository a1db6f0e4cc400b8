/** A terminal as far as our program uses one: what a person sees after each write. */

import { Writable } from 'node:stream';
import { type Terminal, terminalFor } from '../../../src/cli/print/terminal.ts';

export interface Screen {
  readonly stream: NodeJS.WriteStream;
  readonly terminal: Terminal;
  /** The rows after each write, without what is blank at their ends. */
  readonly frames: readonly string[];
  /** What is seen now. */
  text(): string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const tokens = /\u001b\[(\??\d*)([A-Za-z])|\n|\r|[^\n\r\u001b]+/g;

export function screenOf(columns: number, rows: number): Screen {
  const lines: string[] = [];
  const frames: string[] = [];
  let [row, column, wraps] = [0, 0, true];
  const put = (text: string) => {
    for (const character of text) {
      if (column >= columns && !wraps) continue;
      if (column >= columns) [row, column] = [row + 1, 0];
      const line = (lines[row] ?? '').padEnd(column);
      lines[row] = `${line.slice(0, column)}${character}${line.slice(column + 1)}`;
      column += 1;
    }
  };
  const control = (count: string, letter: string) => {
    if (letter === 'A') row = Math.max(0, row - Number(count || 1));
    else if (letter === 'K') lines[row] = (lines[row] ?? '').slice(0, column);
    else if (letter === 'J') lines.splice(row, lines.length, (lines[row] ?? '').slice(0, column));
    else if (count === '?7') wraps = letter === 'h';
    else if (letter !== 'm') throw new RangeError(`this terminal does not know ESC [ ${count} ${letter}`);
  };
  const text = () =>
    lines
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd();
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      for (const [token, count = '', letter] of chunk.toString().matchAll(tokens)) {
        if (letter !== undefined) control(count, letter);
        else if (token === '\n') [row, column] = [row + 1, 0];
        else if (token === '\r') column = 0;
        else put(token);
      }
      frames.push(text());
      done();
    },
  });
  const asTerminal = Object.assign(stream, { isTTY: true, columns, rows }) as unknown as NodeJS.WriteStream;
  return { stream: asTerminal, terminal: terminalFor(asTerminal, asTerminal, {}), frames, text };
}
