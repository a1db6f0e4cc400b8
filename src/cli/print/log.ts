/** The agent's log: JSON lines, or something for eyes on a terminal. */

import { type Logger, pino } from 'pino';
import type { CommandContext } from '../command.ts';

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
