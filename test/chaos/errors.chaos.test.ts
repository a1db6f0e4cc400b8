/** Every system call by which the built program writes fails once, with every error that a disk or a mount can give. Needs strace; takes many minutes. */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { chaosFirst, chaosStride } from '../runs.ts';
import { type Change, changes, chaosHost, oneThread } from './host.ts';

const shared = chaosHost();
/** Not `write`: the program also writes to wake its own threads, and ends when that fails. Bytes on a full disk: test/host/files.host.test.ts. */
const calls = ['rename', 'fsync', 'fchown', 'fchmod', 'mkdir', 'unlink'];
const errors = ['ENOSPC', 'EIO', 'EROFS', 'EACCES', 'EDQUOT', 'ENOENT'];

function traced({ changed }: Change, options: readonly string[]): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    const words = ['-f', '--quiet=all', ...options, ...shared.command(changed)];
    execFile('strace', words, { env: oneThread, encoding: 'utf8' }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 99), said: stdout + stderr }),
    );
  });
}

/** How often the busiest of its threads makes the call. */
async function countOf(change: Change, call: string): Promise<number> {
  await shared.begin(change);
  const trace = shared.host.at('/var/trace');
  expect(await traced(change, ['-o', trace, '-e', `trace=${call}`])).toMatchObject({ code: 0 });
  const perThread = new Map<string, number>();
  for (const line of readFileSync(trace, 'utf8').split('\n')) {
    const [thread = '', what = ''] = line.split(/ +/);
    if (what.startsWith(`${call}(`)) perThread.set(thread, (perThread.get(thread) ?? 0) + 1);
  }
  return Math.max(0, ...perThread.values());
}

const cases = changes.flatMap(([launcher, change]) => calls.map((call) => [launcher, call, change] as const));

describe.each(cases)('%s: %s', (_launcher, call, change) => {
  test.each(errors)('fails with %s at the n-th time, for every n', { timeout: 3_600_000 }, async (error) => {
    const count = await countOf(change, call);
    expect(count).toBeGreaterThan(0);
    const failures: string[] = [];
    const ended: Record<string, number> = {};
    let points = 0;
    for (let point = chaosFirst; point <= count; point += chaosStride) {
      points += 1;
      await shared.begin(change);
      const { code, said } = await traced(change, [
        ...['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:error=${error}:when=${point}`],
      ]);
      ended[code] = (ended[code] ?? 0) + 1;
      try {
        // Taken, undone, or refused: each tells which, and what was in the way.
        expect([0, 4, 6], said).toContain(code);
        expect(said).toMatch({ 0: /committed: /, 4: /undone: /, 6: /nothing was changed/ }[code] ?? /nothing/);
        expect(await shared.revision(change)).toBe(code === 0 ? 'new' : 'old');
        expect((await shared.run(change.changed)).code).toBe(0);
        expect(await shared.revision(change)).toBe('new');
      } catch (trouble) {
        failures.push(`${point}: ${trouble instanceof Error ? trouble.message : String(trouble)}\n${said}`);
        process.stdout.write(`${failures.at(-1)}\n`);
      }
    }
    process.stdout.write(
      `${call} ${error}: ${points} of ${count} points, exit codes ${JSON.stringify(ended)}, ${failures.length} failed\n`,
    );
    expect(failures).toEqual([]);
  });
});
