/**
 * The system calls of a write: their order makes it durable (N1), and each one fails once, or is the last.
 * Needs strace.
 */

import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bundleChild, type Operation, type Outcome } from './operations.ts';
import { type Scratch, scratchRoot } from './scratch.ts';

const calls = ['fchown', 'fchmod', 'fsync', 'rename'] as const;

describe.skipIf(spawnSync('strace', ['--version']).error !== undefined)('a write, call by call', () => {
  let world: Scratch;
  let child: ReturnType<typeof bundleChild>;

  beforeEach(() => {
    world = scratchRoot();
    child = bundleChild(new URL('./operations.child.ts', import.meta.url));
    world.put('/etc/f', 'old');
  });
  afterEach(() => {
    child.end();
    world.end();
  });

  const write: Operation = { method: 'write', path: '/etc/f', size: 3, letter: 'n' };
  const strace = (options: readonly string[], operations: readonly Operation[] = [write]) => {
    const words = ['-f', '--quiet=all', '-o', world.at('/trace'), ...options];
    return [...words, process.execPath, child.program, JSON.stringify({ root: world.root, operations })];
  };

  test('owner and mode come before bytes, bytes reach the disk before the name, and the name before the end', () => {
    execFileSync('strace', strace(['-y', '-e', 'trace=openat,fchown,fchmod,write,pwrite64,fsync,rename']));
    const lines = readFileSync(world.at('/trace'), 'utf8').split('\n');
    const first = lines.findIndex((line) => line.includes('O_EXCL'));
    const names = lines.slice(first).flatMap((line) => {
      const call = /^\d+ +([a-z0-9]+)\((.*)$/.exec(line);
      if (!call?.[1]) return [];
      if (line.includes('.f.kubelet-config-')) return [call[1]];
      if (line.includes(`<${world.root}/etc>`)) return [`${call[1]} of the directory`];
      return line.includes(`${world.root}/etc/`) ? [`${call[1]} of the target itself`] : [];
    });
    expect(lines[first]).toContain('O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, 0600');
    expect(names).toEqual(['openat', 'fchown', 'fchmod', 'write', 'fsync', 'rename', 'fsync of the directory']);
  });

  test.each(calls)('an input/output error at %s is told, and leaves no temporary file', async (call) => {
    const { stdout } = await promisify(execFile)('strace', strace(['-e', `trace=${call}`, '-e', `inject=${call}:error=EIO`]));
    const outcome: Outcome = JSON.parse(stdout);
    expect(outcome).toMatchObject({ code: 'InputOutput', remedy: expect.stringContaining('dmesg') });
    expect(readdirSync(world.at('/etc'))).toEqual(['f']);
    expect(readFileSync(world.at('/etc/f'), 'utf8')).toBe('old');
  });

  test.each([
    ['fsync', 'EDQUOT', 'NoSpace'],
    ['rename', 'EXDEV', 'Busy'],
    ['rename', 'EROFS', 'ReadOnly'],
    ['fchown', 'EPERM', 'PermissionDenied'],
  ])('%s that ends with %s is %s', async (call, errno, code) => {
    const { stdout } = await promisify(execFile)(
      'strace',
      strace(['-e', `trace=${call}`, '-e', `inject=${call}:error=${errno}`]),
    );
    expect(JSON.parse(stdout)).toMatchObject({ code });
    expect(readdirSync(world.at('/etc'))).toEqual(['f']);
  });

  test.each(calls)('a kill at %s leaves the old file or the new one, and what the next check clears away', async (call) => {
    const killed = spawnSync('strace', strace(['-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL`]));
    expect(killed.signal).toBe('SIGKILL');
    expect(['old', 'nnn']).toContain(readFileSync(world.at('/etc/f'), 'utf8'));
    await world.files.check('/etc/f', { mode: 0o644, uid: 0, gid: 0, content: Buffer.from('x') });
    expect(readdirSync(world.at('/etc'))).toEqual(['f']);
  });
});
