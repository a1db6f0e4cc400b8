/** Every system call by which the built program writes fails once, with every error that a disk or a mount can give. Needs strace; takes many minutes. */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { changed, chaosHost, old, oneThread } from './host.ts';

const shared = chaosHost();
/** Not `write`: the program also writes to wake its own threads, and ends when that fails. Bytes on a full disk: test/host/files.host.test.ts. */
const calls = ['rename', 'fsync', 'fchown', 'fchmod', 'mkdir', 'unlink'];
const errors = ['ENOSPC', 'EIO', 'EROFS', 'EACCES', 'EDQUOT', 'ENOENT'];

function traced(options: readonly string[]): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    const words = ['-f', '--quiet=all', ...options, ...shared.command(changed)];
    execFile('strace', words, { env: oneThread, encoding: 'utf8' }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 99), said: stdout + stderr }),
    );
  });
}

/** How often the busiest of its threads makes the call. */
async function countOf(call: string): Promise<number> {
  const { host } = shared;
  await host.reset();
  expect(await shared.run(old)).toMatchObject({ code: 0 });
  const trace = host.at('/var/trace');
  expect(await traced(['-o', trace, '-e', `trace=${call}`])).toMatchObject({ code: 0 });
  const perThread = new Map<string, number>();
  for (const line of readFileSync(trace, 'utf8').split('\n')) {
    const [thread = '', what = ''] = line.split(/ +/);
    if (what.startsWith(`${call}(`)) perThread.set(thread, (perThread.get(thread) ?? 0) + 1);
  }
  return Math.max(0, ...perThread.values());
}

describe.each(calls)('%s', (call) => {
  test.each(errors)('fails with %s at the n-th time, for every n', { timeout: 3_600_000 }, async (error) => {
    const { host } = shared;
    const count = await countOf(call);
    expect(count).toBeGreaterThan(0);
    const failures: string[] = [];
    const ended: Record<string, number> = {};
    for (let point = 1; point <= count; point += 1) {
      await host.reset();
      expect(await shared.run(old)).toMatchObject({ code: 0 });
      const { code, said } = await traced([
        ...['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:error=${error}:when=${point}`],
      ]);
      ended[code] = (ended[code] ?? 0) + 1;
      try {
        // Taken, undone, or refused: each tells which, and what was in the way.
        expect([0, 4, 6], said).toContain(code);
        expect(said).toMatch({ 0: /committed: /, 4: /undone: /, 6: /nothing was changed/ }[code] ?? /nothing/);
        expect(await shared.revision()).toBe(code === 0 ? 'new' : 'old');
        expect((await shared.run(changed)).code).toBe(0);
        expect(await shared.revision()).toBe('new');
      } catch (trouble) {
        failures.push(`${point}: ${trouble instanceof Error ? trouble.message : String(trouble)}\n${said}`);
        process.stdout.write(`${failures.at(-1)}\n`);
      }
    }
    process.stdout.write(`${call} ${error}: ${count} points, exit codes ${JSON.stringify(ended)}, ${failures.length} failed\n`);
    expect(failures).toEqual([]);
  });
});
