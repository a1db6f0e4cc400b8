/**
 * Faults that only root can arrange: full, read-only and mounted places, immutable files, other users, other
 * mounts.
 */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openHostFiles } from '../../src/host/files.ts';
import { type Child, type Operation, operationsChild } from './operations.ts';
import { type Scratch, scratchRoot } from './scratch.ts';

let world: Scratch;
let child: Child;

beforeEach(() => {
  world = scratchRoot();
  child = operationsChild();
});
afterEach(() => {
  child.end();
  world.end();
});

const inRoot = (shell: string) => `cd '${world.root}'\n${shell}`;
const check: Operation = { method: 'check', path: '/etc/f' };
const write: Operation = { method: 'write', path: '/etc/f' };
const remove: Operation = { method: 'remove', path: '/etc/f' };
const checkAndWrite = [check, write];

/**
 * The outcomes of `check`, of `write`, and of a list of the directory, under mounts that exist only for them.
 */
function outcomes(shell: string, operations: readonly Operation[]) {
  const look: Operation[] = [
    { method: 'list', path: '/etc' },
    { method: 'read', path: '/etc/f' },
  ];
  return child.run({ root: world.root, operations: [...operations, ...look] }, { shell: inRoot(shell) });
}

const whole = { done: expect.objectContaining({ kind: 'File', content: 4 }) };

describe('a write is refused with a reason, by check before it and by itself, and leaves the old file whole', () => {
  test('where the file system is full', async () => {
    const size = 200 * 1024;
    const full = { code: 'NoSpace', message: expect.stringContaining('is full'), remedy: expect.stringContaining('df -h') };
    const found = await outcomes('mkdir etc; mount -t tmpfs -o size=64k tmpfs etc; printf old. > etc/f', [
      { ...check, size },
      { ...write, size },
    ]);
    expect(found).toEqual([full, full, { done: ['f'] }, whole]);
  });

  test('where the inodes are used up', async () => {
    const full = expect.objectContaining({ code: 'NoSpace' });
    const found = await outcomes('mkdir etc; mount -t tmpfs -o nr_inodes=2 tmpfs etc; printf old. > etc/f', checkAndWrite);
    expect(found).toEqual([full, full, { done: ['f'] }, whole]);
  });

  test('where the file system is read-only', async () => {
    const readOnly = expect.objectContaining({ code: 'ReadOnly', remedy: expect.stringContaining('Remount') });
    const shell = 'mkdir etc; printf old. > etc/f; mount --bind etc etc; mount -o remount,bind,ro etc';
    const found = await outcomes(shell, [
      ...checkAndWrite,
      remove,
      { ...check, path: '/etc/a/b' },
      { ...write, path: '/etc/a/b' },
    ]);
    expect(found).toEqual([readOnly, readOnly, readOnly, readOnly, readOnly, { done: ['f'] }, whole]);
  });

  test('where a file is mounted over it, on the same file system', async () => {
    const busy = expect.objectContaining({ code: 'Busy', remedy: expect.stringContaining('findmnt') });
    const found = await outcomes('mkdir etc; printf old. > etc/f; printf new. > other; mount --bind other etc/f', [
      ...checkAndWrite,
      remove,
    ]);
    expect(found).toEqual([busy, busy, busy, { done: ['f'] }, whole]);
  });

  test('where the file is immutable, or its directory', async () => {
    const immutable = expect.objectContaining({ code: 'PermissionDenied', remedy: expect.stringContaining('chattr -i') });
    for (const target of ['f', '.']) {
      world.put('/etc/f', 'old.');
      execFileSync('chattr', ['+i', world.at(`/etc/${target}`)]);
      try {
        const found = await child.run({
          root: world.root,
          operations: [...checkAndWrite, remove, { method: 'list', path: '/etc' }],
        });
        expect(found).toEqual([immutable, immutable, immutable, { done: ['f'] }]);
        expect(readFileSync(world.at('/etc/f'), 'utf8')).toBe('old.');
      } finally {
        execFileSync('chattr', ['-i', world.at(`/etc/${target}`)]);
      }
    }
  });

  test('where a device stands', async () => {
    const device = { code: 'NotAFile', message: '/etc/f is a device, not a file' };
    const shell = 'mkdir etc; mknod etc/f c 1 3';
    const found = await child.run(
      { root: world.root, operations: [...checkAndWrite, remove, { method: 'read', path: '/etc/f' }] },
      { shell: inRoot(shell) },
    );
    expect(found).toEqual([device, device, device, device].map((outcome) => expect.objectContaining(outcome)));
  });
});

describe('owners', () => {
  test('root gives files to anybody', async () => {
    const owner = { uid: 1234, gid: 4321 };
    await world.files.write('/f', { ...owner, mode: 0o4750, content: Buffer.from('x') });
    expect(await world.files.read('/f')).toMatchObject({ ...owner, mode: 0o4750 });
  });

  const nobody = 65534;

  test('an ordinary user is told to become root', async () => {
    execFileSync('chmod', ['0755', `${world.root}/..`]);
    world.putDirectory('/etc');
    world.put('/own/f', 'x');
    execFileSync('chown', ['-R', String(nobody), world.at('/own')]);
    const denied = expect.objectContaining({ code: 'PermissionDenied', remedy: expect.stringContaining('as root') });
    const operations = [...checkAndWrite, { ...check, path: '/own/f' }, { ...write, path: '/own/f' }];
    expect(await child.run({ root: world.root, operations }, { uid: nobody })).toEqual([denied, denied, denied, denied]);
    expect(readdirSync(world.at('/own'))).toEqual(['f']);
  });

  test('an ordinary user stands in for root where that is asked for', async () => {
    execFileSync('chmod', ['0755', `${world.root}/..`]);
    execFileSync('chown', [String(nobody), world.root]);
    const operations: Operation[] = [...checkAndWrite, { method: 'read', path: '/etc/f' }, remove];
    const found = await child.run({ root: world.root, operations, ownership: 'AsRoot' }, { uid: nobody });
    const read = { kind: 'File', mode: 0o644, uid: 0, gid: 0, content: 1 };
    expect(found).toEqual([{ done: null }, { done: null }, { done: read }, { done: null }]);
  });
});

test('a host is seen through the root of one of its processes, with its mounts', async () => {
  const shell = inRoot('mkdir etc; mount -t tmpfs tmpfs etc; ln -s / etc/up; echo ready; exec sleep infinity');
  const host = spawn('unshare', ['--mount', 'sh', '-ec', shell], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(host.stdout, 'data');
    const files = openHostFiles(`/proc/${host.pid}/root`);
    await files.write(`${world.root}/etc/f`, { mode: 0o644, uid: 0, gid: 0, content: Buffer.from('x') });
    expect(await files.list(`${world.root}/etc/up${world.root}/etc`)).toEqual(['f', 'up']);
    expect(readdirSync(world.at('/etc'))).toEqual([]);
  } finally {
    const gone = once(host, 'exit');
    host.kill('SIGKILL');
    await gone;
  }
});
