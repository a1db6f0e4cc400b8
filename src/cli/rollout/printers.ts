/** How the looks at a rollout are shown: drawn in place, as lines of a log, or as a stream for programs. */

import { stringify } from 'yaml';
import { rfc3339 } from '../../loop/time.ts';
import { terminalJson } from '../../text/foreign-text.ts';
import type { Live } from '../print/live.ts';
import type { Format, Terminal } from '../print/terminal.ts';
import { describeSeconds } from './canary.ts';
import { describeProgress, type Line, logLines } from './describe-progress.ts';
import { drawn } from './draw.ts';
import { type Pace, withLook } from './pace.ts';
import type { ObjectProgress } from './progress.ts';
import { streamData, streamKey } from './progress-data.ts';

/** When a look was taken. */
export interface LookTime {
  /** Milliseconds of a monotonic clock. */
  readonly at: number;
  /** Milliseconds since 1970. */
  readonly date: number;
}

export interface Printer {
  show(all: readonly ObjectProgress[], time: LookTime): void;
  /** The API server does not answer, so that what was shown last may be over. */
  lost(reason: string, time: LookTime): void;
}

/** Draws everything anew at each look. */
export function livePrinter(terminal: Terminal, live: Live): Printer {
  const paces = new Map<string, Pace>();
  let begun: number | undefined;
  let shown: readonly Line[] = [];
  const draw = (note: string, { at }: LookTime) => {
    begun ??= at;
    const last = `${note}watched for ${describeSeconds((at - begun) / 1_000)}; Ctrl-C ends this command, and not the rollout`;
    live.draw(drawn([...shown, { pieces: [{ tone: 'Dim', text: last }], indent: 0 }], terminal, live.columns));
  };
  return {
    show: (all, time) => {
      for (const { name, updated } of all) paces.set(name, withLook(paces.get(name) ?? [], time.at, updated.length));
      const blank: Line = { pieces: [], indent: 0 };
      shown = all.flatMap((one) => [...describeProgress(one, paces.get(one.name), live.columns), blank]);
      draw('', time);
    },
    lost: (reason, time) => draw(`the API server does not answer, so this may be over (${reason}); `, time),
  };
}

/** Says each thing once, when it has become so. */
export function logPrinter({ out, err }: Terminal): Printer {
  let said: ReadonlySet<string> = new Set();
  let isLost = false;
  return {
    show: (all) => {
      isLost = false;
      const lines = all.flatMap(logLines);
      for (const { key, text } of lines) if (!said.has(key)) out(text);
      said = new Set(lines.map(({ key }) => key));
    },
    lost: (reason) => {
      if (!isLost) err(`the API server does not answer: ${reason}`);
      isLost = true;
    },
  };
}

/** One line of JSON, or one document of YAML, for each object whenever something of it has changed. */
export function streamPrinter({ out }: Terminal, format: Format): Printer {
  const known = new Map<string, string>();
  return {
    show: (all, { date }) => {
      for (const progress of all) {
        const key = streamKey(progress);
        if (known.get(progress.name) === key) continue;
        known.set(progress.name, key);
        const data = streamData(progress, rfc3339(date));
        out(format === 'json' ? terminalJson(JSON.stringify(data)) : `---\n${stringify(data, { lineWidth: 0 }).trimEnd()}`);
      }
    },
    lost: () => undefined,
  };
}
