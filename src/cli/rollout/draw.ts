/** Lines with tones → lines of a terminal: broken at blanks, and coloured. Pure. */

import type { Terminal } from '../print/terminal.ts';
import type { Line, Piece, Tone } from './describe-progress.ts';

/** Rows that one line may take; a longer text is cut. */
const mostRows = 3;

/** @param columns of the terminal; undefined breaks no line */
export function drawn(lines: readonly Line[], { colours }: Pick<Terminal, 'colours'>, columns?: number): string[] {
  const paint: Readonly<Record<Tone, (text: string) => string>> = {
    Plain: (text) => text,
    Good: colours.green,
    Busy: colours.yellow,
    Bad: colours.red,
    Dim: colours.dim,
  };
  const rows = columns === undefined ? lines.map(({ pieces }) => pieces) : lines.flatMap((line) => rowsOf(line, columns));
  return rows.map((pieces) =>
    joined(pieces)
      .map(({ tone, text }) => (text.trim() === '' ? text : paint[tone](text)))
      .join(''),
  );
}

/** Neighbours of one tone as one piece. */
function joined(pieces: readonly Piece[]): Piece[] {
  const found: Piece[] = [];
  for (const piece of pieces) {
    const last = found.at(-1);
    if (last?.tone === piece.tone) found[found.length - 1] = { tone: piece.tone, text: last.text + piece.text };
    else found.push(piece);
  }
  return found;
}

/** A line broken at blanks, into at most `mostRows`. */
function rowsOf({ pieces, indent }: Line, columns: number): (readonly Piece[])[] {
  const rows: Piece[][] = [];
  let row: Piece[] = [];
  let used = 0;
  for (const { tone, text } of pieces) {
    for (const word of text.split(/(?<= )/)) {
      if (used > indent && used + word.trimEnd().length > columns) {
        rows.push(row);
        row = [{ tone, text: ' '.repeat(indent) }];
        used = indent;
      }
      row.push({ tone, text: word });
      used += word.length;
    }
  }
  rows.push(row);
  if (rows.length <= mostRows) return rows;
  const shown = rows.slice(0, mostRows);
  return [...shown.slice(0, -1), [...(shown.at(-1) ?? []), { tone: 'Dim', text: '…' }]];
}
