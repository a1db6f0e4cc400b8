/** The command in this process, with everything it says in hand. */

import { Readable, Writable } from 'node:stream';
import { main } from '../../src/cli/main.ts';
import { terminalFor } from '../../src/cli/print/terminal.ts';

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly isTerminal?: boolean;
  readonly environment?: NodeJS.ProcessEnv;
  readonly stop?: AbortSignal;
  readonly log?: (text: string) => void;
  /** Hears what is written to standard output. */
  readonly heard?: (text: string) => void;
}

export interface Running {
  readonly ended: Promise<Ran>;
  /** The agent's log, a line each, as far as it has been written. */
  readonly log: readonly Record<string, unknown>[];
  /** As SIGTERM does. */
  stop(): void;
}

/** For what goes on until it is stopped. */
export function start(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Running {
  const log: Record<string, unknown>[] = [];
  const stop = new AbortController();
  const ended = run(words, {
    stop: stop.signal,
    environment,
    log: (text) => {
      for (const line of text.trim().split('\n')) log.push(JSON.parse(line));
    },
  });
  return { ended, log, stop: () => stop.abort() };
}

export async function run(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const [stdout, stderr] = [sink(options.isTerminal, options.heard), sink(options.isTerminal)];
  const exitCode = await main(words, {
    terminal: terminalFor(stdout.stream, stderr.stream, options.environment ?? {}),
    stop: options.stop ?? new AbortController().signal,
    log: sink(false, options.log).stream,
    environment: options.environment ?? {},
    standardInput: Readable.from(options.stdin === undefined ? [] : [Buffer.from(options.stdin)]),
  });
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

function sink(isTerminal = false, heard: (text: string) => void = () => undefined) {
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk.toString());
      heard(chunk.toString());
      done();
    },
  });
  // What a terminal has beyond a stream, as far as the commands look.
  const asTerminal = Object.assign(stream, { isTTY: isTerminal, columns: 100 }) as unknown as NodeJS.WriteStream;
  return { stream: asTerminal, text: () => chunks.join('') };
}
