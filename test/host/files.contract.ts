/** What every HostFiles must do, run against the real one and the one in memory. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HostFileErrorCode, HostFiles, NewFile } from '../../src/node/ports/files.ts';
import { writeContract } from './files-write.contract.ts';

/** Files, and what another program on the same host can do to them. */
export interface FilesWorld {
  readonly files: HostFiles;
  /** The user and group to which this process may give files. */
  readonly owner: { readonly uid: number; readonly gid: number };
  put(path: string, content: string): void;
  putSymlink(path: string, target: string): void;
  putPipe(path: string): void;
  putDirectory(path: string): void;
  end(): void;
}

export function filesContract(name: string, make: () => FilesWorld): void {
  describe(`HostFiles: ${name}`, () => {
    writeContract(make);

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

    describe('read', () => {
      test('shows a symlink as itself, with its target as it is written', async () => {
        world.putSymlink('/etc/os-release', '../usr/lib/os-release');
        expect(await files.read('/etc/os-release')).toEqual({ kind: 'Symlink', target: '../usr/lib/os-release' });
      });

      test('finds nothing where a name or a directory is missing', async () => {
        expect(await files.read('/etc')).toEqual({ kind: 'Absent' });
        expect(await files.read('/a/b/c')).toEqual({ kind: 'Absent' });
      });

      test('refuses what is no file', async () => {
        world.putDirectory('/directory');
        world.putPipe('/pipe');
        world.put('/f', '');
        await expect(files.read('/directory')).rejects.toEqual(refused('NotAFile'));
        await expect(files.read('/pipe')).rejects.toEqual(refused('NotAFile'));
        await expect(files.read('/f/g')).rejects.toEqual(refused('PathThroughFile'));
      });
    });

    describe('list', () => {
      test('is sorted, empty for what is missing, and follows symlinks inside the root', async () => {
        for (const name of ['b', 'B', 'a', '.c']) world.put(`/d/${name}`, '');
        world.putSymlink('/to', '/d');
        expect(await files.list('/d')).toEqual(['.c', 'B', 'a', 'b']);
        expect(await files.list('/to')).toEqual(['.c', 'B', 'a', 'b']);
        expect(await files.list('/missing/too')).toEqual([]);
      });

      test('of a file is refused', async () => {
        world.put('/f', '');
        await expect(files.list('/f')).rejects.toEqual(refused('PathThroughFile'));
      });
    });

    describe('resolve', () => {
      test('follows the symlinks on the way inside the root, and none at the end', async () => {
        world.put('/usr/lib/systemd/kubelet.service', '');
        world.putSymlink('/lib', 'usr/lib');
        world.putSymlink('/usr/lib/units', '/usr/../lib/systemd/');
        world.putSymlink('/usr/lib/systemd/alias.service', 'kubelet.service');
        const there = { path: '/usr/lib/systemd/kubelet.service', missing: [] };
        expect(await files.resolve('/usr/lib/systemd/kubelet.service')).toEqual(there);
        expect(await files.resolve('/lib/units/kubelet.service')).toEqual(there);
        expect(await files.resolve('/lib/units/alias.service')).toEqual({ ...there, path: '/usr/lib/systemd/alias.service' });
        expect(await files.resolve('/lib/systemd/../../new')).toEqual({ path: '/usr/new', missing: [] });
      });

      test('names the directories that are missing, the outermost first', async () => {
        world.putDirectory('/usr/etc');
        world.putSymlink('/etc', 'usr/etc');
        world.putSymlink('/opt', '/srv/opt');
        expect(await files.resolve('/etc/a/b/c')).toEqual({ path: '/usr/etc/a/b/c', missing: ['/usr/etc/a', '/usr/etc/a/b'] });
        expect(await files.resolve('/opt/c')).toEqual({ path: '/srv/opt/c', missing: ['/srv', '/srv/opt'] });
        expect(await files.resolve('/top')).toEqual({ path: '/top', missing: [] });
      });

      test('counts a file on the way as a missing directory', async () => {
        world.putSymlink('/etc', 'usr/etc');
        world.put('/usr/etc/f', '');
        world.putPipe('/usr/pipe');
        expect(await files.resolve('/etc/f/a/b')).toEqual({
          path: '/usr/etc/f/a/b',
          missing: ['/usr/etc/f', '/usr/etc/f/a'],
        });
        expect(await files.resolve('/usr/pipe/x')).toEqual({ path: '/usr/pipe/x', missing: ['/usr/pipe'] });
      });

      test('of a loop and of a way out of the root is refused', async () => {
        world.putSymlink('/loop', 'loop');
        world.putSymlink('/out', '../..');
        await expect(files.resolve('/loop/x')).rejects.toEqual(refused('SymlinkInTheWay'));
        await expect(files.resolve('/out/x')).rejects.toEqual(refused('LeavesRoot'));
      });
    });

    describe('identity', () => {
      test('stays while nothing changes, and changes with every write', async () => {
        await files.write('/kubelet', file('1'));
        const first = await files.identity('/kubelet');
        expect(first).toEqual(expect.any(String));
        expect(await files.identity('/kubelet')).toBe(first);
        await files.write('/kubelet', file('1'));
        expect(await files.identity('/kubelet')).not.toBe(first);
      });

      test('is that of the file at the end of symlinks, and of nothing else', async () => {
        world.put('/opt/kubelet-1.36/kubelet', 'x');
        world.putSymlink('/opt/kubelet', 'kubelet-1.36');
        world.putSymlink('/usr/bin/kubelet', '../../opt/kubelet/kubelet');
        expect(await files.identity('/usr/bin/kubelet')).toBe(await files.identity('/opt/kubelet-1.36/kubelet'));
        expect(await files.identity('/usr/bin/rkt')).toBeUndefined();
        expect(await files.identity('/opt')).toBeUndefined();
      });
    });

    test('changedAt is of the file at the end of symlinks, and of nothing else', async () => {
      world.put('/opt/kubelet', 'x');
      world.putSymlink('/usr/bin/kubelet', '../../opt/kubelet');
      world.putSymlink('/usr/bin/rkt', 'nowhere');
      expect(await files.changedAt?.('/usr/bin/kubelet')).toEqual(expect.any(Number));
      for (const path of ['/usr/bin/rkt', '/opt', '/none']) expect(await files.changedAt?.(path)).toBeUndefined();
    });

    describe('link', () => {
      test('makes and replaces a symlink, with directories', async () => {
        await files.link('/etc/multi-user.target.wants/kubelet.service', '/etc/kubelet.service');
        await files.link('/etc/multi-user.target.wants/kubelet.service', '../kubelet.service');
        expect(await files.read('/etc/multi-user.target.wants/kubelet.service')).toEqual({
          kind: 'Symlink',
          target: '../kubelet.service',
        });
        expect(await files.list('/etc/multi-user.target.wants')).toEqual(['kubelet.service']);
      });

      test('refuses to replace a file or a directory', async () => {
        world.put('/f', 'x');
        world.putDirectory('/directory');
        await expect(files.link('/f', '/g')).rejects.toEqual(refused('Exists'));
        await expect(files.link('/directory', '/g')).rejects.toEqual(refused('Exists'));
        expect(await contentOf('/f')).toBe('x');
      });
    });

    describe('remove', () => {
      test('removes files and symlinks, and nothing behind a symlink', async () => {
        world.put('/f', 'x');
        world.putSymlink('/link', '/f');
        await files.remove('/link');
        expect(await contentOf('/f')).toBe('x');
        await files.remove('/f');
        expect(await files.list('/')).toEqual([]);
      });

      test('is content with what is missing, and refuses a directory', async () => {
        await files.remove('/missing');
        await files.remove('/missing/too');
        world.putDirectory('/directory');
        await expect(files.remove('/directory')).rejects.toEqual(refused('NotAFile'));
      });
    });

    describe('rename', () => {
      test('moves directories and files, and replaces files', async () => {
        world.put('/state/armed/manifest', 'intent');
        await files.rename('/state/armed', '/state/committed');
        expect(await contentOf('/state/committed/manifest')).toBe('intent');
        world.put('/state/new', 'new');
        world.put('/state/old', 'old');
        await files.rename('/state/new', '/state/old');
        expect(await contentOf('/state/old')).toBe('new');
        expect(await files.list('/state')).toEqual(['committed', 'old']);
      });

      test('has one winner', async () => {
        world.put('/state/armed/manifest', 'intent');
        const outcomes = await Promise.allSettled([
          files.rename('/state/armed', '/state/committed'),
          files.rename('/state/armed', '/state/undoing'),
        ]);
        expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'Missing' } });
      });

      test('refuses to replace anything but a file by a file', async () => {
        world.put('/f', 'x');
        world.putDirectory('/directory');
        world.putDirectory('/empty');
        world.putSymlink('/link', '/f');
        for (const [from, to] of [
          ['/f', '/directory'],
          ['/directory', '/f'],
          ['/directory', '/empty'],
          ['/f', '/link'],
        ] as const) {
          await expect(files.rename(from, to)).rejects.toEqual(refused('Exists'));
        }
        expect(await files.list('/')).toEqual(['directory', 'empty', 'f', 'link']);
      });

      test('refuses a missing source, or a missing directory of the target', async () => {
        world.put('/f', 'x');
        await expect(files.rename('/missing', '/g')).rejects.toEqual(refused('Missing'));
        await expect(files.rename('/f', '/missing/g')).rejects.toEqual(refused('Missing'));
      });
    });

    describe('directories of our own', () => {
      test('are made, may be there already, and go with all in them', async () => {
        await files.makeDirectory('/var/lib/state', 0o700);
        await files.makeDirectory('/var/lib/state', 0o700);
        await files.write('/var/lib/state/a/b/c', file('x'));
        world.put('/outside', 'x');
        world.putSymlink('/var/lib/state/a/link', '/outside');
        world.putPipe('/var/lib/state/a/pipe');
        await files.removeTree('/var/lib/state');
        await files.removeTree('/var/lib/state');
        expect(await files.list('/var/lib')).toEqual([]);
        expect(await contentOf('/outside')).toBe('x');
      });

      test('are made with all in them, where nothing is yet', async () => {
        const tree = new Map([
          ['/record', file('r')],
          ['/pre/etc/a', file('a', 0o640)],
          ['/pre/etc/b', file('b')],
        ]);
        await files.makeTree('/var/lib/state/staging', tree);
        expect(await files.list('/var/lib/state/staging')).toEqual(['pre', 'record']);
        expect(await files.list('/var/lib/state/staging/pre/etc')).toEqual(['a', 'b']);
        expect(await files.read('/var/lib/state/staging/pre/etc/b')).toEqual({ kind: 'File', ...file('b') });
        await expect(files.makeTree('/var/lib/state/staging', tree)).rejects.toEqual(refused('Exists'));
        world.put('/keep/f', 'x');
        await expect(files.makeTree('/keep/f', tree)).rejects.toEqual(refused('Exists'));
        await expect(files.makeTree('/new', new Map([['/../f', file('x')]]))).rejects.toEqual(refused('InputOutput'));
      });

      test('that are empty are removed, and no others', async () => {
        world.put('/opt/bin/f', 'x');
        await files.makeDirectory('/opt/new/inner', 0o755);
        await files.removeDirectory('/opt/new');
        expect(await files.list('/opt')).toEqual(['bin', 'new']);
        await files.removeDirectory('/opt/new/inner');
        await files.removeDirectory('/opt/new');
        await files.removeDirectory('/opt/new');
        await files.removeDirectory('/opt/new/inner');
        await files.removeDirectory('/opt/bin');
        expect(await files.list('/opt')).toEqual(['bin']);
        expect(await contentOf('/opt/bin/f')).toBe('x');
      });

      test('that are symlinks or files are not removed as empty ones', async () => {
        world.put('/keep/f', 'x');
        await files.makeDirectory('/empty', 0o755);
        world.putSymlink('/link', '/empty');
        await expect(files.removeDirectory('/link')).rejects.toEqual(refused('PathThroughFile'));
        await expect(files.removeDirectory('/keep/f')).rejects.toEqual(refused('PathThroughFile'));
        await expect(files.removeDirectory('/')).rejects.toEqual(refused('LeavesRoot'));
        expect(await files.list('/')).toEqual(expect.arrayContaining(['empty', 'keep', 'link']));
      });

      test('are never removed through a symlink or instead of a file', async () => {
        world.put('/keep/f', 'x');
        world.putSymlink('/link', '/keep');
        await expect(files.removeTree('/link')).rejects.toEqual(refused('PathThroughFile'));
        await expect(files.removeTree('/keep/f')).rejects.toEqual(refused('PathThroughFile'));
        await expect(files.removeTree('/')).rejects.toEqual(refused('LeavesRoot'));
        expect(await contentOf('/keep/f')).toBe('x');
      });
    });
  });
}
