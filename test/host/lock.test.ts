import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireLock, LockHeldError } from '../../src/host/lock.ts';
import { lockHolder, socketInode } from '../../src/host/lock-holder.ts';
import { rfc3339 } from '../../src/loop/time.ts';
import { bundleChild } from './operations.ts';

const lockDirectory = 'run/kubelet-config';

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

test('says who has it, since when, and how to find what it belongs to', async () => {
  const lock = await acquireLock(root);
  try {
    const [name = ''] = readdirSync(join(root, lockDirectory));
    const since = rfc3339(statSync(join(root, lockDirectory, name)).mtimeMs);
    const error = await acquireLock(root).catch((held: unknown) => held);
    expect(error).toBeInstanceOf(LockHeldError);
    const start = `another kubelet-config is changing the host at ${root}: process ${process.pid} (`;
    expect(error).toMatchObject({
      message: expect.stringContaining(start),
      remedy: `Wait until it is done, or stop it: \`systemctl status ${process.pid}\` shows what it belongs to`,
    });
    expect(error).toMatchObject({ message: expect.stringMatching(new RegExp(`\\(.+\\), since ${since}$`)) });
  } finally {
    await lock.release();
  }
});

test('leaves no directory behind that it had to make, and touches no other', async () => {
  mkdirSync(join(root, 'run'));
  const lock = await acquireLock(root);
  expect(statSync(join(root, lockDirectory)).mode & 0o777).toBe(0o700);
  await lock.release();
  expect(readdirSync(root, { recursive: true })).toEqual(['run']);
});

test("is released even if its socket cannot be removed, and what is left of it is in nobody's way", async () => {
  const lock = await acquireLock(root);
  const [name = ''] = readdirSync(join(root, lockDirectory));
  rmSync(join(root, lockDirectory, name));
  // The kernel answers EISDIR, as it answers ENOSPC or EIO from a disk that fails.
  mkdirSync(join(root, lockDirectory, name));
  await lock.release();
  const next = await acquireLock(root);
  await next.release();
  expect(readdirSync(join(root, lockDirectory))).toEqual([name]);
});

test('of many that want it at the same time exactly one has it', async () => {
  for (let round = 0; round < 3; round += 1) {
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => acquireLock(root)));
    const locks = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const refused = tries.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(locks).toHaveLength(1);
    expect(refused.filter((error) => !(error instanceof LockHeldError))).toEqual([]);
    await Promise.all(locks.map((lock) => lock.release()));
  }
});

test('is held also by a program that does not answer', async () => {
  mkdirSync(join(root, lockDirectory), { recursive: true, mode: 0o700 });
  for (const path of ['run', lockDirectory]) chmodSync(join(root, path), 0o755);
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen({ path: join(root, lockDirectory, 'silent') }, resolve));
  try {
    await expect(acquireLock(root)).rejects.toBeInstanceOf(LockHeldError);
  } finally {
    silent.close();
  }
});

test('cannot be held by a user who cannot write its directory: a name in the abstract namespace is no lock', async () => {
  const { dev, ino } = statSync(root, { bigint: true });
  const other = createServer();
  await new Promise<void>((resolve) => other.listen({ path: `\0kubelet-config/${dev}:${ino}`.padEnd(108, '\0') }, resolve));
  try {
    const lock = await acquireLock(root);
    await lock.release();
  } finally {
    other.close();
  }
});

test('is of the directory, under whatever path, and of no other one', async () => {
  const alias = `${root}.alias`;
  symlinkSync(root, alias);
  const lock = await acquireLock(root);
  try {
    await expect(acquireLock(alias)).rejects.toBeInstanceOf(LockHeldError);
    const other = await acquireLock(mkdtempSync(join(root, 'other-')));
    await other.release();
  } finally {
    rmSync(alias);
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

test('is looked at without being taken', async () => {
  expect(await lockHolder(root)).toBeUndefined();
  const lock = await acquireLock(root);
  expect(await lockHolder(root)).toMatchObject({ pid: process.pid, command: expect.any(String), since: expect.any(String) });
  await lock.release();
  expect(await lockHolder(root)).toBeUndefined();
});

test('is found by the name that its socket was bound to', async () => {
  const connection = '0000000000000000: 00000003 00000000 00000000 0001 03 4710 /proc/self/fd/17/.0a1b2c';
  const line = '0000000000000000: 00000002 00000000 00010000 0001 01 4711 /proc/self/fd/17/.0a1b2c';
  expect(socketInode(line, '0a1b2c')).toBe('4711');
  expect(socketInode([connection, line, connection].join('\n'), '0a1b2c')).toBe('4711');
  expect(socketInode(connection, '0a1b2c')).toBeUndefined();
  expect(socketInode(line, 'a1b2c')).toBeUndefined();
});
