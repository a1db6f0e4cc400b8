/**
 * Runs a program for a test. The program and its directory go when the pipe to the test run is closed, so
 * nothing is left behind.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface Program {
  /** The end of what it has written so far, for the message of an error. */
  log(): string;
  /** Resolves when the program has ended. */
  readonly ended: Promise<void>;
  /** Kills the program and removes its directory. May be called twice. */
  stop(): Promise<void>;
}

export function scratchDirectory(name: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `kubelet-config-${name}-`));
}

/**
 * Only the program holds the write end of standard output, so its end is noticed. A killed test run closes
 * standard input.
 */
const keeper = `
directory=$1; shift
"$@" </dev/null 2>&1 & program=$!
exec >/dev/null 2>&1
cat
kill -KILL "$program"; wait "$program"; rm -rf "$directory"`;

/** Starts `command`, which owns `directory` from now on. */
export function startProgram(directory: string, command: readonly string[]): Program {
  const child = spawn('sh', ['-c', keeper, 'keeper', directory, ...command], {
    cwd: directory,
    // In a process group of its own: Ctrl-C reaches only the test run, which then closes the pipe.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => undefined);
  const gone = once(child, 'exit');
  const output = child.stdout.setEncoding('utf8');
  let log = '';
  output.on('data', (text: string) => {
    log = (log + text).slice(-longestLog);
  });
  return {
    log: () => log.trim(),
    ended: once(output, 'end').then(() => undefined),
    async stop() {
      child.stdin.end();
      await gone;
    },
  };
}

const longestLog = 8 * 1024;

/** A port that is free now. Another program may take it a moment later, so `startListening` tries again. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Starts a program on a free port of 127.0.0.1 and waits until it is ready.
 * @param start starts it; called once more with another port if the first was taken
 * @throws Error with the end of the program's log when it ends or is not ready in time
 */
export async function startListening<Started extends { readonly program: Program }>(
  name: string,
  start: (port: number) => Promise<Started>,
  isReady: (started: Started) => Promise<boolean>,
): Promise<Started> {
  for (let attempt = 1; ; attempt += 1) {
    const started = await start(await freePort());
    const outcome = await untilReady(started.program, () => isReady(started));
    if (outcome === 'ready') return started;
    await started.program.stop();
    if (attempt === mostAttempts || !started.program.log().includes('address already in use'))
      throw new Error(`${name} ${outcome}; its last words:\n${started.program.log()}`);
  }
}

const mostAttempts = 5;
const patience = 120_000;

async function untilReady(
  program: Program,
  isReady: () => Promise<boolean>,
): Promise<'ready' | 'ended' | 'was not ready in time'> {
  let ended = false;
  void program.ended.then(() => {
    ended = true;
  });
  const deadline = Date.now() + patience;
  while (!ended && Date.now() < deadline) {
    if (await isReady()) return 'ready';
    await Promise.race([delay(100), program.ended]);
  }
  return ended ? 'ended' : 'was not ready in time';
}
