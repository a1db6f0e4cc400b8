import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireLock, LockHeldError } from '../../src/host/lock.ts';
import { bundleChild } from './operations.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kubelet-config-lock-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('has one holder, and can be had again after release', async () => {
  const first = await acquireLock(root);
  await expect(acquireLock(root)).rejects.toBeInstanceOf(LockHeldError);
  await first.release();
  const second = await acquireLock(root);
  await second.release();
});

test('says who has it, and how to find that process', async () => {
  const lock = await acquireLock(root);
  try {
    await expect(acquireLock(root)).rejects.toMatchObject({
      message: `another kubelet-config is changing the host at ${root}`,
      remedy: expect.stringMatching(/`ss -xlp \| grep @kubelet-config\/\d+:\d+`/),
      cause: expect.objectContaining({ code: 'EADDRINUSE' }),
    });
  } finally {
    await lock.release();
  }
});

test('is of the directory, under whatever path, and of no other one', async () => {
  const alias = `${root}.alias`;
  symlinkSync(root, alias);
  const lock = await acquireLock(root);
  try {
    await expect(acquireLock(alias)).rejects.toBeInstanceOf(LockHeldError);
    const other = await acquireLock(tmpdir());
    await other.release();
  } finally {
    rmSync(alias);
    await lock.release();
  }
});

test('has a name of full length, so that every version of Node.js gives it the same one', async () => {
  const names = () =>
    readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .flatMap((line) => /@kubelet-config\/\d+:\d+@*$/.exec(line) ?? []);
  const lock = await acquireLock(root);
  try {
    expect(names()).toContainEqual(expect.stringMatching(/^.{108}$/));
  } finally {
    await lock.release();
  }
});

test('dies with its holder', async () => {
  const { program, end } = bundleChild(new URL('./lock.child.ts', import.meta.url));
  const holder = spawn(process.execPath, [program, root], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await once(holder.stdout, 'data');
    await expect(acquireLock(root)).rejects.toBeInstanceOf(LockHeldError);
    const gone = once(holder, 'exit');
    holder.kill('SIGKILL');
    await gone;
    const lock = await acquireLock(root);
    await lock.release();
  } finally {
    holder.kill('SIGKILL');
    end();
  }
});

test('keeps no process alive', async () => {
  const { program, end } = bundleChild(new URL('./lock.child.ts', import.meta.url));
  try {
    const holder = spawn(process.execPath, [program, root], { stdio: ['ignore', 'pipe', 'inherit'] });
    expect(await once(holder, 'exit')).toEqual([0, null]);
  } finally {
    end();
  }
});

test('of a root that is not there is an error about that root', async () => {
  await expect(acquireLock(join(root, 'nowhere'))).rejects.toMatchObject({ name: 'HostFileError', code: 'Missing' });
});
