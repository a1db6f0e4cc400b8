/**
 * The built program stands still at the n-th system call that changes anything, for every n, and goes on when the dead-man's switch has acted: it
 * writes nothing more of a change that was taken back. Needs strace; takes many minutes.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { chaosStride } from '../runs.ts';
import { type Change, changes, chaosHost, oneThread, sweeps } from './host.ts';

const shared = chaosHost();

/** @returns how the program ended, and whether it stood still at all */
async function frozenAt({ changed }: Change, calls: string, point: number, meanwhile: () => Promise<unknown>) {
  const [trace, result] = [shared.host.at('/var/trace'), shared.host.at('/var/result')];
  for (const path of [trace, result]) rmSync(path, { force: true });
  const words = ['-f', '--quiet=all', '-o', trace, '-e', `trace=${calls}`, '-e', `inject=${calls}:signal=STOP:when=${point}`];
  // What was stopped under strace does not go on under it, so the program outlives it.
  const shell = ['sh', '-c', '"$@"; echo $? > "$0"', result, ...shared.command(changed)];
  const strace = spawn('strace', [...words, ...shell], { env: oneThread, stdio: 'ignore' });
  const ended = once(strace, 'close');
  const said = () => (existsSync(result) ? readFileSync(result, 'utf8').trim() : '');
  const stands = () => existsSync(trace) && readFileSync(trace, 'utf8').includes('--- stopped by SIGSTOP ---');
  await expect.poll(() => stands() || said() !== '', { timeout: 60_000, interval: 20 }).toBe(true);
  const stood = stands();
  if (stood) {
    const program = childOf(childOf(strace.pid));
    await meanwhile();
    strace.kill('SIGKILL');
    await ended;
    process.kill(program, 'SIGCONT');
    await expect.poll(said, { timeout: 120_000, interval: 20 }).not.toBe('');
  }
  await ended;
  return { code: Number(said()), stood };
}

function childOf(parent: number | undefined): number {
  return Number.parseInt(readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8'), 10);
}

async function theSwitchActs(): Promise<void> {
  await shared.host.shell(
    'test ! -e /etc/systemd/system/kubelet-config-undo.service || systemctl start kubelet-config-undo.service',
  );
}

const cases = changes.flatMap(([launcher, change]) =>
  Object.entries(sweeps).map(([sweep, calls]) => [launcher, sweep, { change, calls }] as const),
);
const title = '%s: frozen at the n-th %s, for every n, and thawed';

test.each(cases)(title, { timeout: 3_600_000 }, async (_launcher, _sweep, { change, calls }) => {
  const { host } = shared;
  const failures: string[] = [];
  const ended: Record<string, number> = {};
  let points = 0;
  for (let isWhole = false; !isWhole; ) {
    points += 1;
    await shared.begin(change);
    const { code, stood } = await frozenAt(change, calls, 1 + (points - 1) * chaosStride, theSwitchActs);
    isWhole = !stood;
    ended[code] = (ended[code] ?? 0) + 1;
    try {
      expect([0, 4]).toContain(code);
      expect(await shared.revision(change)).toBe(code === 0 ? 'new' : 'old');
      expect((await shared.run(change.changed)).code).toBe(0);
      expect(await shared.revision(change)).toBe('new');
      const left = readdirSync(host.at('/var/lib/kubelet-config')).filter((name) => /^(armed|undoing|staging)$/.test(name));
      expect(left).toEqual([]);
    } catch (error) {
      failures.push(`${points}: ${error instanceof Error ? error.message : String(error)}`);
      process.stdout.write(`${failures.at(-1)}\n`);
    }
    if (points % 25 === 0) process.stdout.write(`  ${points} points, ${failures.length} failed\n`);
  }
  process.stdout.write(`${points} points, exit codes ${JSON.stringify(ended)}, ${failures.length} failed\n`);
  expect(failures).toEqual([]);
  // The switch was in time for some and not for others.
  expect(Object.keys(ended).sort()).toEqual(['0', '4']);
});
