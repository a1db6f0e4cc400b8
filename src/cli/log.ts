/** The agent's log: JSON lines, or something for eyes on a terminal. */

import { type Logger, pino } from 'pino';
import type { CommandContext } from './command.ts';

/** A server that stays away is a line in the log, not one for every try. */
export function onceEach(log: Logger): (about: string, error: unknown) => void {
  const said = new Map<string, string>();
  return (about, error) => {
    const message = error instanceof Error ? error.message : String(error);
    if (said.get(about) === message) return;
    said.set(about, message);
    log.warn({ about }, message);
  };
}

export async function makeLog(stream: CommandContext['log']): Promise<Logger> {
  const options = {
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (!stream.isTTY) return pino(options, stream);
  // Loaded only for somebody who looks: an agent on a node keeps its memory for other things.
  const { default: pretty } = await import('pino-pretty');
  return pino(options, pretty({ destination: stream, sync: true, colorize: true, ignore: 'pid,hostname' }));
}
