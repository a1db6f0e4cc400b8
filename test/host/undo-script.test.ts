/** The undo script, run by every shell of this machine: to its end, and killed at each of its steps. */

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backupPathOf } from '../../src/node/model/policy-state.ts';
import { absent, recordedState } from '../../src/node/model/record.ts';
import type { HostFiles } from '../../src/node/ports/files.ts';
import { readOpen } from '../../src/node/transaction/journal.ts';
import { arm } from '../../src/node/transaction/open-transaction.ts';
import { undoScript } from '../../src/node/transaction/undo/script.ts';
import { transactionRecord } from '../builders.ts';
import { sampleOf, strideOf } from '../runs.ts';
import type { Scratch } from './scratch.ts';
import {
  configuration,
  cpuState,
  file,
  isThere,
  shellOfStandIns,
  shells,
  state,
  type UndoHost,
  undoHost,
  unitFile,
  wanted,
} from './undo-host.ts';

let world: Scratch;
let files: HostFiles;
let armed: UndoHost['armed'];
let changed: UndoHost['changed'];
let swapped: UndoHost['swapped'];
let host: UndoHost['host'];
let run: UndoHost['run'];
beforeEach(() => {
  ({ world, files, armed, changed, swapped, host, run } = undoHost());
});
afterEach(() => world.end());

test('passes shellcheck', (context) => {
  if (!isThere('shellcheck')) context.skip('shellcheck is not installed');
  execFileSync('shellcheck', ['--shell=sh', '-'], { input: undoScript });
});

test('there is a shell to try it with', () => {
  expect(shells.length).toBeGreaterThan(0);
});

const named = shells.map((shell) => ({ shell, name: shell.join(' ') }));

describe.each(named)('under $name', ({ shell }) => {
  test('everything is as it was, links and modes and directories too', async () => {
    const before = await changed();
    expect(host()).not.toEqual(before);
    expect(run(shell)).toEqual({ exitCode: 0, stderr: '' });
    expect(host()).toEqual({ ...before });
    expect(readdirSync(world.at(state)).sort()).toEqual(['undone']);
    expect(await readOpen(files)).toBeUndefined();
  });

  test('a file and a directory that took the place of each other are as they were, also if it runs once more', async () => {
    const { before } = await swapped();
    expect(run(shell)).toEqual({ exitCode: 0, stderr: '' });
    expect(host()).toEqual(before);
    renameSync(world.at(`${state}/undone`), world.at(`${state}/undoing`));
    expect(run(shell)).toEqual({ exitCode: 0, stderr: '' });
    expect(host()).toEqual(before);
  });
});

// All of the script's commands have run under each shell by now.
describe.each(sampleOf(named, 1))('with more in its way, under $name', ({ shell }) => {
  test('without an open transaction it does nothing', async () => {
    await changed();
    const after = host();
    const script = join(world.root, 'undo.sh');
    writeFileSync(script, undoScript);
    rmSync(world.at(`${state}/armed`), { recursive: true });
    const [program = '', ...words] = shell;
    const ran = spawnSync(program, [...words, script], { env: { PATH: process.env['PATH'], KUBELET_CONFIG_ROOT: world.root } });
    expect(ran.status).toBe(0);
    rmSync(script);
    expect(host()).toEqual(after);
  });

  test('what cannot be brought back is named, the rest is done, and the next run finishes', async () => {
    const before = await changed();
    rmSync(world.at('/opt/bin/hook'));
    mkdirSync(world.at('/opt/bin/hook/inside'), { recursive: true });
    expect(run(shell)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('cannot remove /opt/bin/hook') });
    expect(readFileSync(world.at(unitFile), 'utf8')).toContain('/old');
    expect(await readOpen(files)).toBeDefined();
    rmSync(world.at('/opt/bin/hook'), { recursive: true });
    expect(run(shell)).toEqual({ exitCode: 0, stderr: '' });
    expect(host()).toEqual(before);
  });

  describe('what another program changes behind its back is seen, and nothing is called undone', () => {
    /** What is done once the script has moved something to a place, and what is then not as it was. */
    type Act = readonly [target: string, command: string, ...changed: string[]];
    test.each<readonly [string, ...Act[]]>([
      [
        'bytes, a mode, enablement, a file that was not there',
        [unitFile, 'echo more >>"$target"', unitFile],
        [configuration, 'chmod 644 "$target"', configuration],
        [
          wanted,
          'rm "$target"; mkdir -p "$KUBELET_CONFIG_ROOT/opt/bin"; echo >"$KUBELET_CONFIG_ROOT/opt/bin/hook"',
          wanted,
          '/opt/bin/hook',
        ],
      ],
      [
        'a link in its place, a file that is gone',
        [unitFile, 'cp "$target" "$target.real" && ln -sf "$target.real" "$target"', unitFile],
        [configuration, 'rm "$target"', configuration],
      ],
      ['a directory', ['/opt/bin/hooks/f', 'rmdir "$(dirname "$target")/empty"', '/opt/bin/hooks/empty']],
    ])('%s', async (what, ...acts) => {
      const before = what === 'a directory' ? (await swapped()).before : await changed();
      const programs = await mkdtemp(join(tmpdir(), 'kubelet-config-test-'));
      const real = execFileSync('sh', ['-c', 'command -v mv'], { encoding: 'utf8' }).trim();
      const cases = acts.map(([target, command]) => `*"${target}") ${command} ;;\n`).join('');
      const mv = `#!/bin/sh\n${real} "$@"\nfor target; do :; done\ncase $target in\n${cases}esac\n`;
      writeFileSync(join(programs, 'mv'), mv, { mode: 0o755 });
      try {
        const { exitCode, stderr } = run(shell, { PATH: `${programs}${delimiter}${process.env['PATH']}` });
        expect(exitCode).toBe(1);
        const named = stderr.split('\n').filter((line) => line.endsWith(' is not as it was before'));
        const expected = acts.flatMap(([, , ...paths]) => paths.map((path) => `kubelet-config: ${path} is not as it was before`));
        expect(named.sort()).toEqual(expected.sort());
        expect(await readOpen(files)).toBeDefined();
      } finally {
        rmSync(programs, { recursive: true });
      }
      rmSync(join(world.root, `${unitFile}.real`), { force: true });
      expect(run(shell)).toEqual({ exitCode: 0, stderr: '' });
      expect(host()).toEqual(before);
    });
  });

  test.each(sampleOf([0, 1, 2, 3, 4, 5, 6, 7], 4))(
    'a file and a directory are as they were after %i of 8 steps',
    async (made) => {
      const { before, steps } = await swapped(made);
      expect(steps).toBe(8);
      expect(run(shell)).toEqual({ exitCode: 0, stderr: '' });
      expect(host()).toEqual(before);
    },
  );

  test('what another program has put into a directory that is to be a file again is named, and not removed', async () => {
    const { before } = await swapped();
    const theirs = world.at('/etc/kubernetes/was a file/theirs');
    writeFileSync(theirs, 'x');
    expect(run(shell)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('cannot bring back /etc/kubernetes/was a file'),
    });
    expect(readFileSync(theirs, 'utf8')).toBe('x');
    rmSync(theirs);
    expect(run(shell)).toEqual({ exitCode: 0, stderr: '' });
    expect(host()).toEqual(before);
  });

  describe('while a restart is pending, what the kubelet was started with comes back', () => {
    const [outer, inner] = ['/etc/kubernetes/hooks', '/etc/kubernetes/hooks/inner/run'];
    test.each([
      { what: 'a file, where a directory is now', had: outer, has: inner, removedDirectories: [] },
      { what: 'a file, where a directory is that goes', had: outer, has: inner, removedDirectories: [`${outer}/inner`, outer] },
      { what: 'a directory, where a file is now', had: inner, has: outer, removedDirectories: [`${outer}/inner`, outer] },
    ])('$what', async ({ had, has, removedDirectories }) => {
      await files.write(had, file('old', 0o640));
      const [before, image] = [host(), await files.read(had)];
      await files.remove(had);
      for (const directory of removedDirectories) await files.removeDirectory(directory);
      await files.write(has, file('new'));
      const recorded = [
        { path: has, before: absent, after: absent },
        { path: had, before: recordedState(image), after: absent },
      ];
      await arm(files, transactionRecord({ files: recorded, removedDirectories }), new Map([[had, image]]), new Map());
      expect(run(shell)).toEqual({ exitCode: 0, stderr: '' });
      expect(host()).toEqual(before);
    });
  });

  test('a file below a symlink that gave way to a directory comes back there', async () => {
    await files.link('/etc/kubernetes', '/data/kubernetes');
    mkdirSync(world.at('/data/kubernetes'), { recursive: true });
    const { before } = await swapped();
    expect(host()).toMatchObject({ 'data/kubernetes/was a file/a/b': '644 new' });
    expect(run(shell)).toEqual({ exitCode: 0, stderr: '' });
    expect(host()).toEqual(before);
  });

  test('symlinks on the way stay inside the root', async () => {
    await files.link('/etc/kubernetes', '/data/kubernetes');
    mkdirSync(world.at('/data/kubernetes'), { recursive: true });
    await files.write('/etc/kubernetes/f', file('old'));
    await armed(['/etc/kubernetes/f', '/etc/kubernetes/new/g']);
    await files.write('/etc/kubernetes/f', file('new'));
    await files.write('/etc/kubernetes/new/g', file('new'));
    expect(run(shell)).toEqual({ exitCode: 0, stderr: '' });
    expect(host()).toMatchObject({ 'data/kubernetes/f': '644 old', 'etc/kubernetes': '-> /data/kubernetes' });
    expect(host()).not.toHaveProperty('data/kubernetes/new');
  });

  test('a state of the kubelet that was not moved yet is left alone', async () => {
    await files.write(cpuState, file('{"policyName":"none"}', 0o600));
    const before = host();
    await armed([], [{ path: cpuState, before: 'Aside' }]);
    expect(run(shell)).toEqual({ exitCode: 0, stderr: '' });
    expect(host()).toEqual(before);
  });

  test('a state of the kubelet comes back where its directory leads to, inside the root', async () => {
    mkdirSync(world.at('/data/kubelet'), { recursive: true });
    await files.link('/var/lib/kubelet', '/data/kubelet');
    await files.write(cpuState, file('old'));
    await armed([], [{ path: cpuState, before: 'Aside' }]);
    await files.rename(cpuState, backupPathOf(cpuState));
    expect(run(shell)).toEqual({ exitCode: 0, stderr: '' });
    expect(host()).toMatchObject({ 'data/kubelet/cpu_manager_state': '644 old' });
    expect(Object.keys(host()).filter((path) => path.endsWith('-aside'))).toEqual([]);
  });

  test('a state of the kubelet on a file system that is not mounted yet is waited for', async () => {
    await files.write(cpuState, file('old'));
    await armed([], [{ path: cpuState, before: 'Aside' }]);
    await files.rename(cpuState, backupPathOf(cpuState));
    const [directory, elsewhere] = [world.at('/var/lib/kubelet'), world.at('/var/lib/elsewhere')];
    renameSync(directory, elsewhere);
    mkdirSync(directory);
    expect(run(shell)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(`cannot bring back ${cpuState}`) });
    rmSync(directory, { recursive: true });
    renameSync(elsewhere, directory);
    expect(run(shell)).toEqual({ exitCode: 0, stderr: '' });
    expect(readFileSync(world.at(cpuState), 'utf8')).toBe('old');
  });

  test('a state of the kubelet that cannot come back is named, and its copy is kept', async () => {
    await files.write(cpuState, file('old'));
    await armed([], [{ path: cpuState, before: 'Aside' }]);
    await files.rename(cpuState, backupPathOf(cpuState));
    mkdirSync(world.at(cpuState));
    expect(run(shell)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(`cannot bring back ${cpuState}`) });
    expect(await readOpen(files)).toBeDefined();
    rmSync(world.at(cpuState), { recursive: true });
    expect(run(shell)).toEqual({ exitCode: 0, stderr: '' });
    expect(readFileSync(world.at(cpuState), 'utf8')).toBe('old');
  });
});

describe.each(shellOfStandIns.map((shell) => ({ shell, name: shell.join(' ') })))('killed under $name', ({ shell }) => {
  test.each([
    ['before', 'a change of every kind'],
    ['after', 'a change of every kind'],
    ['before', 'a file and a directory in place of each other'],
    ['after', 'a file and a directory in place of each other'],
  ])('%s one of its steps after another, it ends at the same place: %s', async (when, what) => {
    const before = what === 'a change of every kind' ? await changed() : (await swapped()).before;
    const traps = trapsIn(world.at('/traps/directory'));
    const environment = { PATH: `${traps}${delimiter}${process.env['PATH']}`, TRAPS: traps, WHEN: when };
    let step = 1;
    for (; await readOpen(files); step += strideOf(19)) {
      writeFileSync(join(traps, 'count'), '0\n');
      const { exitCode, stderr } = run(shell, { ...environment, KILL_AT: String(step) });
      if (exitCode === 0) break;
      expect({ exitCode, stderr }).toEqual({ exitCode: 'SIGKILL', stderr: '' });
    }
    expect(step).toBeGreaterThan(15);
    rmSync(world.at('/traps'), { recursive: true });
    expect(host()).toEqual(before);
    expect(readdirSync(world.at(state))).toEqual(['undone']);
  });
});

/**
 * Programs that kill the shell that calls them, at the n-th call, before or after they have done their work.
 */
function trapsIn(directory: string): string {
  mkdirSync(directory, { recursive: true });
  for (const program of ['mv', 'cp', 'rm', 'ln', 'sync', 'mkdir', 'rmdir', 'grep', 'readlink']) {
    const real = execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
    const trap = `#!/bin/sh
read count <"$TRAPS/count"
count=$((count + 1))
echo "$count" >"$TRAPS/count"
[ "$count" -ge "$KILL_AT" ] || exec ${real} "$@"
[ "$WHEN" = before ] || ${real} "$@"
kill -9 "$PPID"
`;
    writeFileSync(join(directory, program), trap);
    chmodSync(join(directory, program), 0o755);
  }
  return directory;
}
