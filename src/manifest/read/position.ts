/** Turns an offset in a document into the line and column that an editor shows. */

import type { Position } from '../../api/problem.ts';

/** A manifest can be one line of a million columns, too long to be repeated with each problem. */
const longestExcerpt = 10_000;

export type Locator = (offset: number) => Position;

/**
 * Makes a locator for one document.
 * @param firstLine the line of the file, from 0, on which the text begins
 */
export function makeLocator(text: string, file: string, firstLine: number): Locator {
  let starts: readonly number[] | undefined;
  return (offset) => {
    starts ??= lineStarts(text);
    const index = lastAtMost(starts, Math.min(offset, text.length));
    const start = starts[index] ?? 0;
    const line = text.slice(start, (starts[index + 1] ?? text.length + 1) - 1).replace(/(?<![\r\n])[\r\n]+$/, '');
    const excerpt = line.length > longestExcerpt ? '' : line;
    return { file, line: firstLine + index + 1, column: Math.min(offset - start, line.length) + 1, excerpt };
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  // After a newline at the end of the text there is no line to point at.
  if (starts.length > 1 && starts.at(-1) === text.length) starts.pop();
  return starts;
}

/** The index of the line that holds the offset. */
function lastAtMost(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
