/** The program `kubelet-config`: the one file that touches the process it runs in. */

import { constants } from 'node:os';
import process from 'node:process';
import { hideBin } from 'yargs/helpers';
import { exitCodes } from './failure.ts';
import { main } from './main.ts';
import { terminalFor } from './print/terminal.ts';

const stop = new AbortController();
/** A command that has asked for `stop` ends by itself after the first signal. */
let isStoppable = false;

/** Until it is called, the first signal ends the process, even while a computation blocks the event loop. */
function catchSignals(): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, endFor);
}

function endFor(signal: NodeJS.Signals): void {
  if (!isStoppable || stop.signal.aborted) endNow(signal);
  stop.abort();
  if (process.stderr.isTTY) process.stderr.write(`stopping, and undoing a change that is under way: ${secondSignal}\n`);
}

const secondSignal = "a second signal ends kubelet-config at once, and the host's dead-man's switch then undoes the change";

/** Nothing is awaited, not even a thread that hangs in a call to the file system. */
function endNow(signal: NodeJS.Signals): never {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // The first process of a container does not die of its own signals.
  process.exit(128 + constants.signals[signal]);
}

// The kernel drops a signal that the first process of a container does not catch.
if (process.pid === 1) catchSignals();
// A reader of our output may stop reading, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? exitCodes.ok : exitCodes.internal),
);

// Without a top-level await, which the one file of the executable cannot have.
void main(hideBin(process.argv), {
  terminal: terminalFor(process.stdout, process.stderr, process.env),
  get stop() {
    if (!isStoppable && process.pid !== 1) catchSignals();
    isStoppable = true;
    return stop.signal;
  },
  log: process.stdout,
  environment: process.env,
  standardInput: process.stdin,
}).then((exitCode) => {
  process.exitCode = exitCode;
});
