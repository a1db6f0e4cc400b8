/**
 * The part of the contract of HostFiles about writing: files appear whole, and refusals come before anything
 * is touched.
 */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HostFileErrorCode, HostFiles, NewFile } from '../../src/node/ports/files.ts';
import type { FilesWorld } from './files.contract.ts';

export function writeContract(make: () => FilesWorld): void {
  let world: FilesWorld;
  let files: HostFiles;

  beforeEach(() => {
    world = make();
    files = world.files;
  });
  afterEach(() => world.end());

  const file = (content: string, mode = 0o644): NewFile => ({ ...world.owner, mode, content: Buffer.from(content) });
  const contentOf = async (path: string) => {
    const state = await files.read(path);
    return state.kind === 'File' ? state.content.toString() : state;
  };
  const refused = (code: HostFileErrorCode) => expect.objectContaining({ name: 'HostFileError', code });

  describe('write', () => {
    test('makes a file with bytes, mode and owner, and the directories on the way', async () => {
      await files.write('/etc/systemd/system/kubelet.service', file('[Unit]\n\0\xff', 0o600));
      expect(await files.read('/etc/systemd/system/kubelet.service')).toEqual({
        kind: 'File',
        mode: 0o600,
        ...world.owner,
        content: Buffer.from('[Unit]\n\0\xff'),
      });
      expect(await files.list('/etc/systemd/system')).toEqual(['kubelet.service']);
    });

    test('replaces content and mode', async () => {
      await files.write('/f', file('a long first version'));
      await files.write('/f', file('short', 0o4755));
      expect(await files.read('/f')).toMatchObject({ mode: 0o4755, content: Buffer.from('short') });
    });

    test('goes through symlinks of directories, relative, absolute and climbing ones, inside the root', async () => {
      world.putDirectory('/usr/etc');
      world.putSymlink('/etc', 'usr/etc');
      world.putSymlink('/usr/etc/kubernetes', '../../opt');
      world.putSymlink('/opt', '/srv');
      await files.write('/etc/kubernetes/f', file('x'));
      expect(await contentOf('/srv/f')).toBe('x');
    });

    test('makes the directory that a dangling symlink names', async () => {
      world.putSymlink('/etc', '/usr/etc');
      await files.write('/etc/f', file('x'));
      expect(await contentOf('/usr/etc/f')).toBe('x');
    });

    test.each([
      ['a symlink', '/link', 'SymlinkInTheWay'],
      ['a dangling symlink', '/dangling', 'SymlinkInTheWay'],
      ['a directory', '/directory', 'NotAFile'],
      ['a pipe', '/pipe', 'NotAFile'],
      ['a path through a file', '/f/g', 'PathThroughFile'],
      ['a path through a file, deeper', '/f/g/h', 'PathThroughFile'],
      ['a path through a pipe', '/pipe/g', 'PathThroughFile'],
      ['a path above the root', '/../f', 'LeavesRoot'],
      ['a symlink above the root', '/up/f', 'LeavesRoot'],
      ['a loop of symlinks', '/loop/f', 'SymlinkInTheWay'],
      ['a relative path', 'f', 'LeavesRoot'],
      ['a path with NUL', '/a\0b', 'LeavesRoot'],
      ['the root itself', '/', 'LeavesRoot'],
      ['a climb after a missing directory', '/missing/../f', 'Missing'],
    ] as const)('and check refuse %s, and change nothing', async (_, path, code) => {
      world.put('/f', 'mine');
      world.putDirectory('/directory');
      world.putPipe('/pipe');
      world.putSymlink('/link', '/f');
      world.putSymlink('/dangling', '/nowhere');
      world.putSymlink('/up', '../outside');
      world.putSymlink('/loop', 'pool');
      world.putSymlink('/pool', 'loop');
      const before = await files.list('/');
      await expect(files.check(path, file('x'))).rejects.toEqual(refused(code));
      await expect(files.write(path, file('x'))).rejects.toEqual(refused(code));
      expect(await files.list('/')).toEqual(before);
      expect(await contentOf('/f')).toBe('mine');
      expect(await files.list('/directory')).toEqual([]);
    });

    test('says that a unit is masked, and how to end that', async () => {
      world.putSymlink('/etc/systemd/system/kubelet.service', '/dev/null');
      await expect(files.check('/etc/systemd/system/kubelet.service', file('x'))).rejects.toMatchObject({
        message: expect.stringContaining('kubelet.service is masked'),
        remedy: expect.stringContaining('systemctl unmask kubelet.service'),
      });
    });

    test('in one directory by several at once', async () => {
      const names = ['a', 'b', 'c', 'd', 'e', 'f'];
      await Promise.all(names.map((name) => files.write(`/new/${name}`, file(name))));
      expect(await files.list('/new')).toEqual(names);
      expect(await Promise.all(names.map((name) => contentOf(`/new/${name}`)))).toEqual(names);
    });
  });

  describe('check', () => {
    test('accepts what write accepts, and makes nothing', async () => {
      world.put('/etc/f', 'old');
      await files.check('/etc/f', file('new'));
      await files.check('/etc/a/b/c', file('new'));
      await files.check('/etc/f', undefined);
      await files.check('/etc/a/b/c', undefined);
      expect(await files.list('/etc')).toEqual(['f']);
      expect(await contentOf('/etc/f')).toBe('old');
    });

    test('accepts a file instead of a directory that is as we make one, and refuses any other directory', async () => {
      await files.makeDirectory('/etc/ours', 0o755);
      await files.makeDirectory('/etc/changed', 0o700);
      world.put('/etc/f', 'x');
      world.putSymlink('/etc/link', 'ours');
      for (const write of [file('new'), undefined]) {
        await files.check('/etc/ours', write, 'Directory');
        await files.check('/etc/missing', write, 'Directory');
        await expect(files.check('/etc/f', write, 'Directory')).rejects.toEqual(refused('PathThroughFile'));
        await expect(files.check('/etc/link', write, 'Directory')).rejects.toEqual(refused('PathThroughFile'));
        await expect(files.check('/etc/changed', write, 'Directory')).rejects.toMatchObject({
          code: 'PermissionDenied',
          message: expect.stringContaining('mode 0700'),
          remedy: expect.stringContaining('chmod 0755 /etc/changed'),
        });
      }
      expect(await files.list('/etc')).toEqual(['changed', 'f', 'link', 'ours']);
    });

    test('accepts to remove a symlink, and refuses to remove a directory', async () => {
      world.putSymlink('/link', '/f');
      world.putDirectory('/directory');
      await files.check('/link', undefined);
      await expect(files.check('/directory', undefined)).rejects.toEqual(refused('NotAFile'));
    });
  });
}
