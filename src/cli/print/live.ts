/** Lines at the bottom of a terminal that are drawn anew in place. */

import { terminalText } from '../../text/foreign-text.ts';

export interface Live {
  /** As the terminal is now: a person may change its size. */
  readonly columns: number;
  readonly rows: number;
  /** Shows these lines in place of those that were drawn before. */
  draw(lines: readonly string[]): void;
  /** What was drawn stays; the next drawing begins below. */
  leave(): void;
}

const control = '\u001b[';
/** While lines are drawn, the terminal cuts them itself: a line that wraps would take two rows. */
const [withoutWrap, withWrap] = [`${control}?7l`, `${control}?7h`];
const [toLineEnd, toEnd] = [`${control}K`, `${control}J`];

/** A drawing is one write, so that nothing flickers. */
export function liveOn(stream: NodeJS.WriteStream): Live {
  let shown = 0;
  return {
    get columns() {
      return stream.columns ?? 80;
    },
    get rows() {
      return stream.rows ?? 24;
    },
    draw: (lines) => {
      // The cursor stands below the last line, so one row of the terminal is not for lines.
      const most = Math.max(1, (stream.rows ?? 24) - 1);
      const fitting = lines.length <= most ? lines : [...lines.slice(0, most - 1), `… and ${lines.length - most + 1} more lines`];
      const up = shown > 0 ? `${control}${shown}A` : '';
      const text = fitting.map((line) => `${terminalText(line)}${toLineEnd}\n`).join('');
      stream.write(`${withoutWrap}${up}${text}${toEnd}${withWrap}`);
      shown = fitting.length;
    },
    leave: () => {
      shown = 0;
    },
  };
}
