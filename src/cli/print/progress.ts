/** The events of a change, printed while it runs and kept for the result. */

import type { TransactionEvent } from '../../node/model/event.ts';
import type { Awaited } from '../../node/model/health.ts';
import { describeEvent } from '../../node/report/describe-outcome.ts';
import { describeWait } from '../../node/report/progress.ts';
import { hideInReason } from '../../text/hide-secrets.ts';
import type { Format, Terminal } from './terminal.ts';

export interface Progress {
  readonly events: readonly TransactionEvent[];
  readonly report: (event: TransactionEvent) => void;
}

/** A line that is not rewritten is printed again after so many seconds, even if it waits for the same. */
const repeatSeconds = 30;

/** Prints nothing if the result is for a program: it then holds the steps. */
export function progressOn(terminal: Terminal, format: Format | undefined): Progress {
  const events: TransactionEvent[] = [];
  const waits = waitsOn(terminal);
  const report = (event: TransactionEvent) => {
    if (event.kind !== 'Waits') events.push(event);
    if (format) return;
    if (event.kind === 'Waits') return waits(event);
    for (const line of describeEvent(event)) terminal.err(line);
  };
  return { events, report };
}

/** Milliseconds before a count is shown, and between two of them. */
const [quickEnough, betweenCounts] = [1_000, 200];

/** On a terminal, and only if it takes long, one line counts the objects that were checked. */
export function countOn(
  { status }: Terminal,
  total: number,
  time: () => number = () => performance.now(),
): (done: number) => void {
  let next = time() + quickEnough;
  return (done) => {
    if (!status || time() < next) return;
    next = time() + betweenCounts;
    status(`checked ${done} of ${total} objects`);
  };
}

/** On a terminal one line counts the seconds; elsewhere there is a line for each thing that is waited for. */
function waitsOn(terminal: Terminal): (awaited: Awaited) => void {
  let what = '';
  let printedAt = 0;
  return (awaited) => {
    const { elapsedSeconds, timeoutSeconds } = awaited;
    const text = `  ${hideInReason(describeWait({ waitsFor: awaited.what, timeoutSeconds }, elapsedSeconds))}`;
    if (terminal.status) return terminal.status(text);
    const isNews = awaited.what !== what || elapsedSeconds - printedAt >= repeatSeconds || elapsedSeconds < printedAt;
    if (!isNews) return;
    what = awaited.what;
    printedAt = elapsedSeconds;
    terminal.err(text);
  };
}
