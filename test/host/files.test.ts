import { chmodSync, mkdirSync, readdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openHostFiles } from '../../src/host/files.ts';
import type { HostFiles, NewFile } from '../../src/node/ports/files.ts';
import { memoryFiles } from '../fakes/files.ts';
import { filesContract } from './files.contract.ts';
import { type Scratch, scratchRoot } from './scratch.ts';

filesContract('a real directory', scratchRoot);
filesContract('in memory', () => {
  const files = memoryFiles();
  return { ...files, files, owner: { uid: 0, gid: 0 }, end: () => undefined };
});

describe('real files', () => {
  let world: Scratch;
  let files: HostFiles;
  let file: (content: string, mode?: number) => NewFile;

  beforeEach(() => {
    world = scratchRoot();
    files = world.files;
    file = (content, mode = 0o644) => ({ ...world.owner, mode, content: Buffer.from(content) });
  });
  afterEach(() => world.end());

  const leftover = '.kubelet.service.kubelet-config-0123456789ab';

  test.each(['write', 'check', 'remove'] as const)('%s clears away what a crash left behind, and only that', async (method) => {
    for (const name of [leftover, '.kubelet.service.swp', 'kubelet.service.kubelet-config-0123456789ab'])
      world.put(`/etc/${name}`, 'x');
    await (method === 'remove' ? files.remove('/etc/f') : files[method]('/etc/f', file('x')));
    expect(readdirSync(world.at('/etc'))).not.toContain(leftover);
    expect(readdirSync(world.at('/etc'))).toEqual(
      expect.arrayContaining(['.kubelet.service.swp', 'kubelet.service.kubelet-config-0123456789ab']),
    );
  });

  test('directories and files get their modes whatever the umask is', async () => {
    const umask = process.umask(0o077);
    try {
      await files.write('/etc/a/b/f', file('x', 0o666));
      await files.makeDirectory('/var/lib/state', 0o750);
    } finally {
      process.umask(umask);
    }
    const modes = ['/etc', '/etc/a', '/etc/a/b', '/etc/a/b/f', '/var/lib', '/var/lib/state'].map(
      (path) => statSync(world.at(path)).mode,
    );
    expect(modes.map((mode) => (mode & 0o7777).toString(8))).toEqual(['755', '755', '755', '666', '755', '750']);
  });

  test('a directory of our own that is there gets the mode', async () => {
    mkdirSync(world.at('/state'), { mode: 0o755 });
    await files.makeDirectory('/state', 0o700);
    expect(statSync(world.at('/state')).mode & 0o7777).toBe(0o700);
  });

  test('a write that fails halfway leaves the old file and nothing else', async () => {
    world.put('/etc/f', 'old');
    const impossible = { ...file('new'), uid: 2 ** 40 };
    await expect(files.write('/etc/f', impossible)).rejects.toMatchObject({ name: 'HostFileError', path: '/etc/f' });
    expect(readdirSync(world.at('/etc'))).toEqual(['f']);
    expect(await files.read('/etc/f')).toMatchObject({ content: Buffer.from('old') });
  });

  test('a name as long as a file system takes can be written, a longer one is refused', async () => {
    const longest = 'é'.repeat(127);
    await files.write(`/${longest}`, file('x'));
    expect(readdirSync(world.root)).toEqual([longest]);
    const code = 'InputOutput';
    await expect(files.write(`/${longest}xx`, file('x'))).rejects.toMatchObject({
      code,
      message: expect.stringContaining('too long'),
    });
  });

  test('a change of the file itself changes its identity, reading does not', async () => {
    world.put('/kubelet', 'x');
    const first = await files.identity('/kubelet');
    await files.read('/kubelet');
    expect(await files.identity('/kubelet')).toBe(first);
    writeFileSync(world.at('/kubelet'), 'xx');
    expect(await files.identity('/kubelet')).not.toBe(first);
  });

  test('a symlink keeps its target to the letter', async () => {
    await files.link('/link', '../a//b/./c');
    expect(readlinkSync(world.at('/link'))).toBe('../a//b/./c');
  });

  test('a socket is no file', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(world.at('/socket'), resolve));
    try {
      await expect(files.read('/socket')).rejects.toMatchObject({ code: 'NotAFile', message: '/socket is a socket, not a file' });
      await expect(files.write('/socket', file('x'))).rejects.toMatchObject({ code: 'NotAFile' });
    } finally {
      server.close();
    }
  });

  test('what the kernel says is a symlink without one, as under /proc, is read as text inside the root', async () => {
    world.putDirectory('/proc/self');
    world.putSymlink('/proc/self/root', '/');
    await files.write('/proc/self/root/f', file('x'));
    expect(readdirSync(world.root)).toEqual(['f', 'proc']);
    const machine = openHostFiles('/');
    await expect(machine.read(`/proc/self/cwd/no-such-file`)).resolves.toEqual({ kind: 'Absent' });
  });

  test('a root that is not there is an error, not an empty host', async () => {
    const nowhere = openHostFiles(join(world.root, 'nowhere'));
    for (const act of [nowhere.read('/f'), nowhere.list('/'), nowhere.write('/f', file('x'))]) {
      await expect(act).rejects.toMatchObject({ code: 'Missing', message: expect.stringContaining('nowhere') });
    }
  });

  test('no descriptor stays open, whatever went wrong', async () => {
    const open = () => readdirSync('/proc/self/fd').length;
    world.put('/f', 'x');
    world.putSymlink('/loop', 'loop');
    world.putSymlink('/up', '../..');
    world.putDirectory('/a/b/c');
    const before = open();
    for (const path of ['/f', '/f/g', '/loop/f', '/up/f', '/a/b/c', '/a/b/c/d/e', '/', 'x', '/a/../../x']) {
      await Promise.allSettled([
        files.read(path),
        files.list(path),
        files.identity(path),
        files.check(path, file('x')),
        files.write(path, file('x')),
        files.write(path, { ...file('x'), uid: 2 ** 40 }),
        files.link(path, 'x'),
        files.makeDirectory(path, 0o755),
        files.makeTree(path, new Map([['/a/b', file('x')]])),
        files.rename(path, '/a/b/c/x'),
        files.remove(path),
        files.removeDirectory(path),
        files.removeTree(path),
      ]);
    }
    expect(open()).toBe(before);
  });

  test.skipIf(process.getuid?.() === 0)('an ordinary user is told to become root, or stands in for root', async () => {
    const asRoot = { ...file('x'), uid: 0, gid: 0 };
    await expect(files.check('/f', asRoot)).rejects.toMatchObject({ code: 'PermissionDenied' });
    await expect(files.write('/f', asRoot)).rejects.toMatchObject({ code: 'PermissionDenied' });
    const bootstrap = openHostFiles(world.root, { ownership: 'AsRoot' });
    await bootstrap.check('/f', asRoot);
    await bootstrap.write('/f', asRoot);
    expect(await bootstrap.read('/f')).toMatchObject({ uid: 0, gid: 0 });
    mkdirSync(world.at('/locked'));
    chmodSync(world.at('/locked'), 0o555);
    await expect(files.check('/locked/f', file('x'))).rejects.toMatchObject({ code: 'PermissionDenied' });
  });
});
