/** A host with an open transaction, for tests of the undo script. */

import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { openHostFiles } from '../../src/host/files.ts';
import { backupPathOf } from '../../src/node/model/policy-state.ts';
import { absent, type RecordedStateFile, recordedState } from '../../src/node/model/record.ts';
import type { FileState, HostFiles, NewFile } from '../../src/node/ports/files.ts';
import { arm } from '../../src/node/transaction/open-transaction.ts';
import { transactionRecord } from '../builders.ts';
import { type Scratch, scratchRoot } from './scratch.ts';

export const state = '/var/lib/kubelet-config';
export const unit = 'kubelet.service';
export const unitFile = `/etc/systemd/system/${unit}`;
export const wanted = `/etc/systemd/system/multi-user.target.wants/${unit}`;
export const configuration = '/etc/kubernetes/with a blank.yaml';
const memoryState = '/var/lib/kubelet/memory_manager_state';
export const cpuState = '/var/lib/kubelet/cpu_manager_state';

/** The shells of this machine that may run the script. */
export const shells = [['dash'], ['bash', '--posix'], ['busybox', 'sh']].filter(([program = '']) => isThere(program));

/** busybox has these programs built in and would not call our stand-in. Of the other shells one is enough. */
export const shellOfStandIns = shells.filter(([program]) => program !== 'busybox').slice(0, 1);

export function isThere(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => existsSync(join(directory, program)));
}

export const file = (content: string, mode = 0o644): NewFile => ({ mode, uid: 0, gid: 0, content: Buffer.from(content) });

/** What differs from a kubelet that is enabled and runs, and that the change does not stop first. */
export interface Before {
  readonly active?: boolean;
  readonly invocation?: string;
  readonly removedDirectories?: readonly string[];
}

export interface UndoHost {
  readonly world: Scratch;
  readonly files: HostFiles;
  /** Arms a transaction, as an agent does before it changes anything. */
  armed(paths: readonly string[], stateFiles?: readonly RecordedStateFile[], before?: Before): Promise<void>;
  /** A host with a kubelet, and a change that contains every kind of step. Returns the host from before. */
  changed(before?: Before): Promise<Record<string, string>>;
  /**
   * A change in which a file gives way to a directory, and a directory to a file; only its first steps are made.
   * Returns the host from before, and how many steps there are.
   */
  swapped(made?: number): Promise<{ readonly before: Record<string, string>; readonly steps: number }>;
  /** What stands at each path, except in our own state. */
  host(): Record<string, string>;
  /** Runs the script of the open transaction. */
  run(
    shell: readonly string[],
    environment?: NodeJS.ProcessEnv,
  ): { readonly exitCode: number | NodeJS.Signals | null; readonly stderr: string };
}

export function undoHost(): UndoHost {
  const world = scratchRoot();
  const files = openHostFiles(world.root, { ownership: process.getuid?.() === 0 ? 'Exact' : 'AsRoot' });

  async function armed(
    paths: readonly string[],
    stateFiles: readonly RecordedStateFile[] = [],
    { active = true, invocation = '', removedDirectories = [] }: Before = {},
  ): Promise<void> {
    const before = new Map<string, FileState>();
    for (const path of paths) before.set(path, await files.read(path).catch(() => ({ kind: 'Absent' })));
    const record = transactionRecord({
      files: paths.map((path) => ({ path, before: recordedState(before.get(path) ?? { kind: 'Absent' }), after: absent })),
      unit: {
        name: unit,
        before: { enabled: true, active },
        invocationBefore: invocation,
        after: { enabled: true, active: true },
      },
      stateFiles,
      removedDirectories,
    });
    await arm(files, record, before, new Map());
  }

  function host(): Record<string, string> {
    const names = readdirSync(world.root, { recursive: true, encoding: 'utf8' }).sort();
    const shown = names.filter((name) => !`/${name}`.startsWith(state) && !state.startsWith(`/${name}`));
    return Object.fromEntries(shown.map((name) => [name, described(join(world.root, name))]));
  }

  function run([program = '', ...words]: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    const directory = existsSync(join(world.root, `${state}/undoing/undo.sh`)) ? 'undoing' : 'armed';
    const ran = spawnSync(program, [...words, world.at(`${state}/${directory}/undo.sh`)], {
      env: { PATH: process.env['PATH'], KUBELET_CONFIG_ROOT: world.root, ...environment },
      encoding: 'utf8',
    });
    return { exitCode: ran.status ?? ran.signal, stderr: ran.stderr };
  }

  async function changed(from: Before = {}): Promise<Record<string, string>> {
    const [drop, hook] = [`${unitFile}.d/50-ours.conf`, '/opt/bin/hook'];
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
      from,
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

  async function swapped(made = Number.POSITIVE_INFINITY) {
    const [outer, inner] = ['/etc/kubernetes/was a file', '/etc/kubernetes/was a file/a/b'];
    const [directory, empty, deep] = ['/opt/bin/hooks', '/opt/bin/hooks/empty', '/opt/bin/hooks/deep'];
    await files.write(outer, file('old', 0o600));
    await files.write(`${deep}/f`, file('deep', 0o640));
    await files.write(`${directory}/f`, file('old', 0o755));
    await files.makeDirectory(empty, 0o755);
    const before = host();
    const removedDirectories = [deep, empty, directory];
    await armed([inner, directory, outer, `${deep}/f`, `${directory}/f`], [], { removedDirectories });
    const steps = [
      ...[outer, `${deep}/f`, `${directory}/f`].map((path) => () => files.remove(path)),
      ...removedDirectories.map((path) => () => files.removeDirectory(path)),
      () => files.write(inner, file('new')),
      () => files.write(directory, file('new', 0o755)),
    ];
    for (const step of steps.slice(0, made)) await step();
    return { before, steps: steps.length };
  }

  return { world, files, armed, changed, swapped, host, run };
}

function described(path: string): string {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
  const mode = (stats.mode & 0o7777).toString(8);
  return stats.isDirectory() ? `${mode} directory` : `${mode} ${readFileSync(path, 'utf8')}`;
}
