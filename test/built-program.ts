/** The program as it is shipped: built into a place of its own, so that no other build takes it away and no dependency is within its reach. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface RunningProgram {
  readonly child: ChildProcess;
  /** Standard output and error, as far as they have come. */
  said(): string;
  readonly ended: Promise<number | NodeJS.Signals>;
}

export interface BuiltProgram {
  /** Of the program's file. */
  readonly path: string;
  /** @param path of another one than ours, run in its place */
  start(words: readonly string[], environment?: NodeJS.ProcessEnv, path?: string): RunningProgram;
  /** Kills what still runs, and removes the place. */
  remove(): Promise<void>;
}

const repository = fileURLToPath(new URL('..', import.meta.url));

export function buildProgram(): BuiltProgram {
  const place = mkdtempSync(join(tmpdir(), 'kubelet-config-test-'));
  symlinkSync(join(repository, 'src'), join(place, 'src'));
  writeFileSync(join(place, 'package.json'), '{"type": "module"}');
  execFileSync('node', [join(repository, 'hack/build.js')], { cwd: place });
  const running = new Set<RunningProgram>();
  return {
    path: join(place, 'dist/kubelet-config.js'),
    start: (words, environment = process.env, path = 'dist/kubelet-config.js') => {
      const child = spawn(process.execPath, [path, ...words], {
        cwd: place,
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          said += text;
        });
      }
      const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
      const program = { child, said: () => said, ended };
      running.add(program);
      void ended.then(() => running.delete(program));
      return program;
    },
    remove: async () => {
      for (const { child, ended } of running) {
        child.kill('SIGKILL');
        await ended;
      }
      rmSync(place, { recursive: true, force: true });
    },
  };
}
