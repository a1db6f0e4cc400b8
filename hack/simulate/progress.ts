/** One line on the terminal that says how far a long run is. */

import type { WriteStream } from 'node:tty';

export interface ProgressLine {
  /** Replaces the line, at most once in a while; `words` is asked only then. */
  show(words: () => string): void;
  /** Removes the line, before something else is printed. */
  clear(): void;
}

const everyMilliseconds = 500;

/** Shows nothing if the stream is no terminal. */
export function progressLine(stream: WriteStream): ProgressLine {
  let isShown = false;
  let next = 0;
  return {
    show: (words) => {
      if (!stream.isTTY || performance.now() < next) return;
      next = performance.now() + everyMilliseconds;
      isShown = true;
      stream.write(`\r\u001b[K${words()}`);
    },
    clear: () => {
      if (isShown) stream.write('\r\u001b[K');
      isShown = false;
    },
  };
}
