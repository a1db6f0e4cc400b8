/** The undo script, run by every shell of this machine: to its end, and killed at each of its steps. */

import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openHostFiles } from '../../src/host/files.ts';
import { backupPathOf } from '../../src/node/model/policy-state.ts';
import { absent, type RecordedStateFile, recordedState, type TransactionRecord } from '../../src/node/model/record.ts';
import type { FileState, HostFiles, NewFile } from '../../src/node/ports/files.ts';
import { readOpen } from '../../src/node/transaction/journal.ts';
import { arm } from '../../src/node/transaction/open-transaction.ts';
import { undoScript } from '../../src/node/transaction/undo/script.ts';
import { unmanaged } from '../../src/render/revision.ts';
import { sampleOf, strideOf } from '../runs.ts';
import { type Scratch, scratchRoot } from './scratch.ts';

const state = '/var/lib/kubelet-config';
const unit = 'kubelet.service';
const unitFile = `/etc/systemd/system/${unit}`;
const wanted = `/etc/systemd/system/multi-user.target.wants/${unit}`;
const [cpuState, memoryState] = ['/var/lib/kubelet/cpu_manager_state', '/var/lib/kubelet/memory_manager_state'];
const shells = [['dash'], ['bash', '--posix'], ['busybox', 'sh']].filter(([program = '']) => isThere(program));

function isThere(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => existsSync(join(directory, program)));
}

let world: Scratch;
let files: HostFiles;
beforeEach(() => {
  world = scratchRoot();
  files = openHostFiles(world.root, { ownership: process.getuid?.() === 0 ? 'Exact' : 'AsRoot' });
});
afterEach(() => world.end());

const file = (content: string, mode = 0o644): NewFile => ({ mode, uid: 0, gid: 0, content: Buffer.from(content) });

/** Arms the transaction, as an agent does before it changes anything. */
async function armed(paths: readonly string[], stateFiles: readonly RecordedStateFile[] = []): Promise<void> {
  const before = new Map<string, FileState>();
  for (const path of paths) before.set(path, await files.read(path));
  const record: TransactionRecord = {
    ...unmanaged,
    format: 1,
    sequence: 1,
    revision: 'r',
    inputs: null,
    files: paths.map((path) => ({ path, before: recordedState(before.get(path) ?? { kind: 'Absent' }), after: absent })),
    originals: { files: [], unit: { enabled: false, active: false } },
    orphans: [],
    unit: {
      name: unit,
      before: { enabled: true, active: true },
      invocationBefore: '',
      after: { enabled: true, active: true },
    },
    stateFiles,
  };
  await arm(files, record, before, new Map());
}

/** What stands at each path, except in our own state. */
function host(): Record<string, string> {
  const names = readdirSync(world.root, { recursive: true, encoding: 'utf8' }).sort();
  const shown = names.filter((name) => !`/${name}`.startsWith(state) && !state.startsWith(`/${name}`));
  return Object.fromEntries(shown.map((name) => [name, described(join(world.root, name))]));
}

function described(path: string): string {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
  const mode = (stats.mode & 0o7777).toString(8);
  return stats.isDirectory() ? `${mode} directory` : `${mode} ${readFileSync(path, 'utf8')}`;
}

function run([program = '', ...words]: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const directory = existsSync(join(world.root, `${state}/undoing/undo.sh`)) ? 'undoing' : 'armed';
  const ran = spawnSync(program, [...words, world.at(`${state}/${directory}/undo.sh`)], {
    env: { PATH: process.env['PATH'], KUBELET_CONFIG_ROOT: world.root, ...environment },
    encoding: 'utf8',
  });
  return { exitCode: ran.status ?? ran.signal, stderr: ran.stderr };
}

/** A host with a kubelet, and a change that contains every kind of step. */
async function changed(): Promise<Record<string, string>> {
  const [drop, configuration, hook] = [`${unitFile}.d/50-ours.conf`, '/etc/kubernetes/with a blank.yaml', '/opt/bin/hook'];
  await files.write(unitFile, file('[Service]\nExecStart=/old\n'));
  await files.write(configuration, file('maxPods: 1\n', 0o600));
  await files.link(wanted, unitFile);
  await files.write(cpuState, file('{"policyName":"none"}', 0o600));
  const before = host();
  await armed(
    [unitFile, drop, configuration, hook],
    [
      { path: cpuState, before: 'Aside' },
      { path: memoryState, before: 'Absent' },
    ],
  );
  await files.write(unitFile, file('[Service]\nExecStart=/new\n', 0o640));
  await files.write(drop, file('[Service]\n'));
  await files.remove(configuration);
  await files.write(hook, file('#!/bin/sh\n', 0o755));
  await files.remove(wanted);
  await files.link(`/etc/systemd/system/rescue.target.requires/${unit}`, unitFile);
  await files.link('/etc/systemd/system/node.service', unitFile);
  await files.rename(cpuState, backupPathOf(cpuState));
  await files.write(cpuState, file('{"policyName":"static"}', 0o600));
  await files.write(memoryState, file('{"policyName":"Static"}', 0o600));
  return before;
}

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
    test.each([
      ['bytes', unitFile, 'echo more >>"$target"', unitFile],
      ['a mode', unitFile, 'chmod 600 "$target"', unitFile],
      ['a link in its place', unitFile, 'cp "$target" "$target.real" && ln -sf "$target.real" "$target"', unitFile],
      ['a file', unitFile, 'rm "$target"', unitFile],
      ['enablement', wanted, 'rm "$target"', wanted],
      ['a file that was not there', wanted, 'echo >"$KUBELET_CONFIG_ROOT/opt/bin/hook"', '/opt/bin/hook'],
    ])('%s', async (_, path, act, named) => {
      const before = await changed();
      const programs = await mkdtemp(join(tmpdir(), 'kubelet-config-test-'));
      const real = execFileSync('sh', ['-c', 'command -v mv'], { encoding: 'utf8' }).trim();
      const mv = `#!/bin/sh\n${real} "$@"\nfor target; do :; done\ncase $target in *${path}) ${act} ;; esac\n`;
      writeFileSync(join(programs, 'mv'), mv, { mode: 0o755 });
      try {
        const environment = { PATH: `${programs}${delimiter}${process.env['PATH']}` };
        expect(run(shell, environment)).toMatchObject({
          exitCode: 1,
          stderr: expect.stringContaining(`${named} is not as it was before`),
        });
        expect(await readOpen(files)).toBeDefined();
      } finally {
        rmSync(programs, { recursive: true });
      }
      rmSync(world.at(`${unitFile}.real`), { force: true });
      expect(run(shell)).toEqual({ exitCode: 0, stderr: '' });
      expect(host()).toEqual(before);
    });
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

// busybox has these programs built in, so no program of ours could kill it. Of the other shells one is
// enough.
const killable = shells
  .filter(([program]) => program !== 'busybox')
  .slice(0, 1)
  .map((shell) => ({ shell, name: shell.join(' ') }));

describe.each(killable)('killed under $name', ({ shell }) => {
  test.each(['before', 'after'])('%s one of its steps after another, it ends at the same place', async (when) => {
    const before = await changed();
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
