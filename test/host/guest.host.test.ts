/**
 * Throwaway machines: what a test may rely on, and that nothing is left of one, however what started it ends.
 */

import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Guest, startGuest } from '../guest.ts';

const hackGuest = fileURLToPath(new URL('../../hack/guest', import.meta.url));
/** Where hack/guest keeps what it knows of each machine. */
const state = '/run/kubelet-config-guest';
const patience = { timeout: 60_000 };

let guest: Guest;
let scratch: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'kubelet-config-guest-'));
  guest = await startGuest();
});
afterAll(async () => {
  await guest?.stop();
  rmSync(scratch, { recursive: true });
});

const aName = () => `test-${randomBytes(4).toString('hex')}`;

/** In a process group of its own. Standard input stays open, so that only a death tells hack/guest to end. */
const start = (program: string, words: readonly string[]) => spawn(program, words, { detached: true, stdio: 'pipe' });

async function firstLine(child: ChildProcessWithoutNullStreams): Promise<string> {
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return line;
}

/** The PIDs of the processes, other than zombies, that `isOne` picks by their `/proc` directory. */
function processes(isOne: (directory: string) => boolean): number[] {
  const running = (directory: string) => !/^State:\s+Z/m.test(readFileSync(`${directory}/status`, 'utf8'));
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return isOne(`/proc/${pid}`) && running(`/proc/${pid}`);
      } catch {
        // It has ended meanwhile.
        return false;
      }
    })
    .map(Number);
}

const commandLine = (directory: string) => readFileSync(`${directory}/cmdline`, 'utf8').replaceAll('\0', ' ');
const isOf = (name: string) => (directory: string) => commandLine(directory).includes(name);
const isInside = (name: string) => (directory: string) =>
  readFileSync(`${directory}/cgroup`, 'utf8').includes(`kubelet-config-guest-${name}`);

const nothing = { files: [], disks: [], cgroups: [], processes: [] };

/**
 * What there is of a machine at each call. Its mounts are in the mount namespaces that its processes have at
 * the first call, and are gone when no process is in those. They are kept open, lest another namespace gets
 * the number of one.
 */
function tracesOf(name: string): () => Record<keyof typeof nothing, readonly unknown[]> {
  const own = readlinkSync('/proc/self/ns/mnt');
  const opened: number[] = [];
  processes((directory) => isOf(name)(directory) && opened.push(openSync(`${directory}/ns/mnt`, 'r')) > 0);
  onTestFinished(() => opened.forEach(closeSync));
  const namespaces = new Set(opened.map((descriptor) => readlinkSync(`/proc/self/fd/${descriptor}`)));
  namespaces.delete(own);
  const isBehind = (directory: string) => namespaces.has(readlinkSync(`${directory}/ns/mnt`));
  return () => ({
    files: readdirSync(state).filter((file) => [name, `${name}.lock`].includes(file)),
    disks: readdirSync(scratch),
    cgroups: ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].filter((at) => existsSync(`${at}/kubelet-config-guest-${name}`)),
    processes: processes((directory) => isOf(name)(directory) || isInside(name)(directory) || isBehind(directory)),
  });
}

test('systemd is PID 1, is up, and has no failed unit', async () => {
  expect(await guest.run(['systemctl', 'is-system-running'])).toEqual({ exitCode: 0, stdout: 'running\n', stderr: '' });
  expect((await guest.run(['ps', '--pid=1', '--format=comm='])).stdout).toBe('systemd\n');
});

test('a command has its own exit status and streams', async () => {
  const result = await guest.run(['sh', '-c', 'echo "to one: $0"; echo to two >&2; exit 7', 'a "b"']);
  expect(result).toEqual({ exitCode: 7, stdout: 'to one: a "b"\n', stderr: 'to two\n' });
});

test('what is written in the guest is not written here', async () => {
  await guest.run(['touch', '/etc/only-in-the-guest']);
  expect(existsSync(`${guest.root}/etc/only-in-the-guest`)).toBe(true);
  expect(existsSync('/etc/only-in-the-guest')).toBe(false);
});

test('a second machine is another machine, and is gone after stop', async () => {
  const other = await startGuest();
  const [first, second] = await Promise.all([guest, other].map((machine) => machine.run(['cat', '/etc/machine-id'])));
  expect(second?.stdout).not.toBe(first?.stdout);
  await other.stop();
  expect(existsSync(other.root)).toBe(false);
  await expect(other.run(['true'])).resolves.toMatchObject({ exitCode: 1, stderr: expect.stringContaining('no machine') });
});

describe('nothing is left of a machine when kill -9 ends', () => {
  test('the shell that started it', async () => {
    const name = aName();
    // Two commands: otherwise the shell becomes hack/guest, and is not its caller.
    const shell = start('bash', ['-c', `${hackGuest} start ${name} --foreground --disk ${scratch}; exit $?`]);
    await firstLine(shell);
    const traces = tracesOf(name);
    expect(traces()).toMatchObject({ files: [name, `${name}.lock`], disks: [`kubelet-config-guest-${name}`] });
    shell.kill('SIGKILL');
    await expect.poll(traces, patience).toEqual(nothing);
  });

  test('the process that called startGuest', async () => {
    const child = start(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('./guest.child.ts', import.meta.url))]);
    const traces = tracesOf(await firstLine(child));
    child.kill('SIGKILL');
    await expect.poll(traces, patience).toEqual(nothing);
  });

  test('hack/guest, and all of its process group', async () => {
    const name = aName();
    const starter = start(hackGuest, ['start', name, '--foreground', '--disk', scratch]);
    await firstLine(starter);
    const traces = tracesOf(name);
    process.kill(-(starter.pid ?? Number.NaN), 'SIGKILL');
    await expect.poll(traces, patience).toEqual(nothing);
  });

  test.each<[string, string[], (name: string) => boolean]>([
    ['before anything is made', [], (name) => existsSync(`${state}/${name}.lock`)],
    ['when it has made a directory', [], (name) => existsSync(`${state}/${name}`)],
    ['when systemd boots', [], (name) => processes(isInside(name)).length > 1],
    ['when systemd boots, started to stay', ['by hand'], (name) => processes(isInside(name)).length > 1],
  ])('hack/guest while it starts, %s', async (_when, byHand, isReached) => {
    const name = aName();
    const tied = byHand.length > 0 ? [] : ['--foreground'];
    const starter = start(hackGuest, ['start', name, ...tied, '--disk', scratch]);
    await expect.poll(() => isReached(name), { ...patience, interval: 1 }).toBe(true);
    const traces = tracesOf(name);
    starter.kill('SIGKILL');
    await expect.poll(traces, patience).toEqual(nothing);
  });

  test('hack/bench', async () => {
    const bench = start(fileURLToPath(new URL('../../hack/bench', import.meta.url)), ['--scratch', scratch]);
    const isItsChild = (directory: string) => readFileSync(`${directory}/status`, 'utf8').includes(`\nPPid:\t${bench.pid}\n`);
    const started = () =>
      processes((directory) => isOf('hack/guest start ')(directory) && isItsChild(directory))
        .map((pid) => / start (\S+) /.exec(commandLine(`/proc/${pid}`))?.[1])
        .at(0);
    await expect.poll(started, patience).toBeDefined();
    const name = started() ?? '';
    await expect.poll(() => existsSync(`${state}/${name}/leader`), patience).toBe(true);
    const traces = tracesOf(name);
    bench.kill('SIGKILL');
    await expect.poll(traces, patience).toEqual(nothing);
  });
});

describe('a machine that is started to stay', () => {
  const name = aName();
  afterAll(() => {
    execFileSync(hackGuest, ['stop', name]);
  });

  test('outlives its caller', async () => {
    const shell = start('bash', ['-c', `${hackGuest} start ${name}; read`]);
    await firstLine(shell);
    shell.kill('SIGKILL');
    await once(shell, 'close');
    // What would remove it has ended.
    await expect.poll(() => processes(isOf(`guard ${name}`)), patience).toEqual([]);
    expect(execFileSync(hackGuest, ['run', name, '--', 'echo', 'here'], { encoding: 'utf8' })).toBe('here\n');
  });

  test('cannot be started twice, and is gone after stop', async () => {
    expect(() => execFileSync(hackGuest, ['start', name], { stdio: 'pipe' })).toThrow(/is running already/);
    const traces = tracesOf(name);
    execFileSync(hackGuest, ['stop', name]);
    expect(traces()).toEqual(nothing);
  });
});

test('stop ends the process that holds a machine in the foreground', async () => {
  const name = aName();
  const starter = start(hackGuest, ['start', name, '--foreground']);
  const ended = once(starter, 'close');
  await firstLine(starter);
  const traces = tracesOf(name);
  execFileSync(hackGuest, ['stop', name]);
  expect(await ended).toEqual([143, null]);
  await expect.poll(traces, patience).toEqual(nothing);
});

test('a machine on a bridge has one interface, and takes it along, also when it is killed', async () => {
  const bridge = `b${randomBytes(4).toString('hex')}`;
  const ip = (...words: string[]) => execFileSync('ip', words, { encoding: 'utf8' });
  ip('link', 'add', bridge, 'type', 'bridge');
  onTestFinished(() => void ip('link', 'delete', bridge));
  const name = aName();
  const starter = start(hackGuest, ['start', name, '--foreground', '--bridge', bridge]);
  await firstLine(starter);
  const inside = execFileSync(hackGuest, ['run', name, '--', 'ip', '-brief', 'link'], { encoding: 'utf8' });
  expect(inside.replace(/[@ ].*/gm, '')).toBe('lo\nhost0\n');
  const ports = () => ip('-brief', 'link', 'show', 'master', bridge).split('\n').filter(Boolean);
  expect(ports()).toHaveLength(1);
  starter.kill('SIGKILL');
  await expect.poll(ports, patience).toEqual([]);
});
