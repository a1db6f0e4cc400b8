import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type BuiltProgram, buildProgram } from '../built-program.ts';
import { workers } from './session.ts';

let built: BuiltProgram;
beforeAll(() => {
  built = buildProgram();
});
afterAll(() => built?.remove());

function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'kubelet-config-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

test('a command that changes nothing is ended by the first signal', async () => {
  const pipe = join(scratch(), 'workers.yaml');
  execFileSync('mkfifo', [pipe]);
  const { child, ended } = built.start(['validate', '-f', pipe]);
  const writer = await open(pipe, 'w');
  child.kill('SIGINT');
  expect(await ended).toBe('SIGINT');
  await writer.close();
});

test.each(['SIGINT', 'SIGTERM'] as const)('a command that hangs is ended by a second %s', async (signal) => {
  const directory = scratch();
  mkdirSync(join(directory, 'root/run/dbus'), { recursive: true });
  writeFileSync(join(directory, 'workers.yaml'), workers);
  // A bus that never answers: the first signal has to wait for it.
  const bus = createServer().listen(join(directory, 'root/run/dbus/system_bus_socket'));
  onTestFinished(() => void bus.close());
  const asked = once(bus, 'connection');
  const { child, ended } = built.start(['apply', '-f', join(directory, 'workers.yaml'), '--root', join(directory, 'root')]);
  await asked;
  const signals = setInterval(() => child.kill(signal), 20);
  expect(await ended.finally(() => clearInterval(signals))).toBe(signal);
});
