/** The log of agent and controller: JSON lines, or coloured text on a terminal. */

import { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';
import { terminalJson, terminalText } from '../../text/foreign-text.ts';
import type { CommandContext } from '../command.ts';

/** A log without the process's id and host name: the pod has both. */
export async function makeLog(stream: CommandContext['log'], level: string): Promise<Logger> {
  const options = {
    base: null,
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (!stream.isTTY) return pino(options, { write: (line) => void stream.write(terminalJson(line)) });
  // Loaded only for a terminal: an agent leaves the node its memory.
  const { default: pretty } = await import('pino-pretty');
  const destination = new Writable({
    write: (chunk, _encoding, done) => void stream.write(terminalText(String(chunk)), done),
  });
  return pino(options, pretty({ destination, sync: true, colorize: true, ignore: 'pid,hostname' }));
}
