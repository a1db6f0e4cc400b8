/** The events of a change, printed while it runs and kept for the result. */

import type { TransactionEvent } from '../../node/model/event.ts';
import { describeEvent } from '../../node/report/describe-outcome.ts';
import type { Format, Terminal } from './terminal.ts';

export interface Progress {
  readonly events: readonly TransactionEvent[];
  readonly report: (event: TransactionEvent) => void;
}

/** Prints nothing if the result is for a program: it then holds the steps. */
export function progressOn(terminal: Terminal, format: Format | undefined): Progress {
  const events: TransactionEvent[] = [];
  const report = (event: TransactionEvent) => {
    events.push(event);
    if (!format) for (const line of describeEvent(event)) terminal.err(line);
  };
  return { events, report };
}
