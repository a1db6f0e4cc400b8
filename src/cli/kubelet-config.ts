/** The program `kubelet-config`: the one file that touches the process it runs in. */

import process from 'node:process';
import { hideBin } from 'yargs/helpers';
import { exitCodes } from './failure.ts';
import { main } from './main.ts';
import { terminalFor } from './print/terminal.ts';

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
// A reader of our output may stop reading, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? exitCodes.ok : exitCodes.internal),
);

process.exitCode = await main(hideBin(process.argv), {
  terminal: terminalFor(process.stdout, process.stderr, process.env),
  stop: stop.signal,
  log: process.stdout,
  environment: process.env,
  standardInput: process.stdin,
});
