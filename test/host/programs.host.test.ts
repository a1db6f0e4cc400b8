import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openHostFiles } from '../../src/host/files.ts';
import { connectPrograms } from '../../src/host/programs.ts';
import type { SystemdBus } from '../../src/host/systemd-bus.ts';
import type { HostPrograms } from '../../src/node/ports/programs.ts';
import { type Guest, startGuest } from '../guest.ts';
import { connectSystemdBus } from './connect.ts';

const inTime = { timeoutMilliseconds: 20_000 };
const outputs = '/var/lib/kubelet-config/run';
let guest: Guest;
let bus: SystemdBus;
let programs: HostPrograms;

beforeAll(async () => {
  guest = await startGuest();
  bus = await connectSystemdBus(guest.busSocket);
  programs = await connectPrograms(bus, openHostFiles(guest.root));
});
afterAll(async () => {
  bus?.close();
  await guest?.stop();
});

describe('a program of the host', () => {
  test('has its own exit status and streams', async () => {
    const result = await programs.run(['sh', '-c', 'echo one; echo two >&2; exit 3'], inTime);
    expect(result).toEqual({ exitCode: 3, stdout: 'one\n', stderr: 'two\n' });
  });

  test('that says nothing and succeeds is a success', async () => {
    expect(await programs.run(['true'], inTime)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  test.each([0, 1, 127, 199, 255])('may exit with %i', async (status) => {
    expect((await programs.run(['sh', '-c', `exit ${status}`], inTime)).exitCode).toBe(status);
  });

  test("may exit with one of systemd's own statuses once it has said something", async () => {
    expect(await programs.run(['sh', '-c', 'echo so; exit 203'], inTime)).toMatchObject({ exitCode: 203, stdout: 'so\n' });
  });

  test('has the variables that it is given, as they are', async () => {
    const environment = { HTTPS_PROXY: 'http://proxy:3128', NASTY: 'a "b" $HOME %n \\\nc', EMPTY: '' };
    const { stdout } = await programs.run(['env', '-0'], { ...inTime, environment });
    const found = stdout.split('\0').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
    expect(Object.fromEntries(found)).toMatchObject({ ...environment, LC_ALL: 'C.UTF-8' });
  });

  test('may write as much as it wants only where that is said', async () => {
    const write = ['sh', '-c', 'head -c 20000000 /dev/zero >/var/large'];
    await expect(programs.run(write, inTime).then(({ exitCode }) => exitCode)).resolves.not.toBe(0);
    expect((await programs.run(write, { ...inTime, mayWriteLargeFiles: true })).exitCode).toBe(0);
  });

  test('is killed, with all that it has started, when nobody wants to know any more', async () => {
    const stopping = new AbortController();
    const running = programs.run(['sh', '-c', 'trap "" TERM; sleep 4711 & sleep 4711'], { ...inTime, stop: stopping.signal });
    await expect.poll(() => guest.run(['pgrep', '-fc', '^sleep 4711']).then(({ stdout }) => stdout.trim())).toBe('2');
    stopping.abort();
    await expect(running).rejects.toMatchObject({ code: 'Killed' });
    expect((await guest.run(['pgrep', '-fc', '^sleep 4711'])).stdout.trim()).toBe('0');
    expect(existsSync(`${guest.root}${outputs}`) ? readdirSync(`${guest.root}${outputs}`) : []).toEqual([]);
    await expect(programs.run(['true'], { ...inTime, stop: stopping.signal })).rejects.toMatchObject({ code: 'Killed' });
  });

  const awkward = [
    ['nothing', ''],
    ['spaces', ' a  b '],
    ['a dollar', '$'],
    ['two dollars', '$$'],
    ['a variable', '$HOME'],
    ['a variable in braces', `\${HOME}`],
    ['a variable inside a word', `a$HOME-\${PATH}b$$c`],
    ['specifiers', '%n %% %i %H %'],
    ['quotes', `'single' "double"`],
    ['backslashes', '\\ \\\\ \\n \\x41'],
    ['a newline and a tab', 'a\nb\tc'],
    ['a semicolon', ';'],
    ['what looks like a prefix', '-@:+!!/bin/true'],
    ['non-ASCII', 'Grüße 北京 🚀'],
    ['a long one', 'x'.repeat(100_000)],
  ] as const;

  test.each(awkward)('gets %s as it is', async (_, argument) => {
    const result = await programs.run(['printf', '[%s]', argument, 'end'], inTime);
    expect(result).toEqual({ exitCode: 0, stdout: `[${argument}][end]`, stderr: '' });
  });

  test('gets all of them at once', async () => {
    const all = awkward.map(([, argument]) => argument);
    const result = await programs.run(['printf', '%s\\0', ...all], inTime);
    expect(result.stdout.split('\0').slice(0, -1)).toEqual(all);
  });

  test('reads its input, and nothing when there is none', async () => {
    const input = Buffer.from('echo "von außen" $((6 * 7))\n');
    expect((await programs.run(['bash'], { ...inTime, input })).stdout).toBe('von außen 42\n');
    expect((await programs.run(['cat'], inTime)).stdout).toBe('');
  });

  test('checks what it is asked to: bash -n, systemd-analyze verify', async () => {
    writeFileSync(`${guest.root}/root/bad.sh`, 'if true; then\n');
    writeFileSync(`${guest.root}/root/bad.service`, '[Service]\nExecStart=/bin/true\nNoSuchKey=1\n');
    expect(await programs.run(['bash', '-n', '/root/bad.sh'], inTime)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('/root/bad.sh: line'),
    });
    const verified = await programs.run(['systemd-analyze', 'verify', '/root/bad.service'], inTime);
    expect(verified.stderr).toMatch(/Unknown key.*'NoSuchKey'/);
  });

  test('is not disturbed by a reload', async () => {
    const running = programs.run(
      ['sh', '-c', 'until test -e /run/reloaded; do sleep 0.02; done; echo $0; exit 5', '$x %n "'],
      inTime,
    );
    await expect.poll(async () => (await guest.run(['pgrep', '--full', 'run/reloaded'])).exitCode).toBe(0);
    await guest.run(['systemctl', 'daemon-reload']);
    writeFileSync(`${guest.root}/run/reloaded`, '');
    expect(await running).toEqual({ exitCode: 5, stdout: '$x %n "\n', stderr: '' });
  });

  test('runs beside others', async () => {
    const words = Array.from({ length: 20 }, (_, index) => `word ${index}`);
    const results = await Promise.all(words.map((word) => programs.run(['echo', word], inTime)));
    expect(results.map(({ stdout }) => stdout)).toEqual(words.map((word) => `${word}\n`));
  });
});

describe('is an error of its own', () => {
  test('a program that the host does not have', async () => {
    await expect(programs.run(['no-such-program'], inTime)).rejects.toMatchObject({ code: 'NotFound' });
    await expect(programs.run(['/no/such/program'], inTime)).rejects.toMatchObject({ code: 'NotFound' });
  });

  test('a file that is no program, and is not taken for a shell script', async () => {
    writeFileSync(`${guest.root}/opt/wrong-machine`, '\x7fELF and then nothing\necho ran >/root/ran\n');
    chmodSync(`${guest.root}/opt/wrong-machine`, 0o755);
    await expect(programs.run(['/opt/wrong-machine'], inTime)).rejects.toMatchObject({ code: 'CannotRun' });
    expect(existsSync(`${guest.root}/root/ran`)).toBe(false);
  });

  test.each([[[]], [['']], [['bin/true']], [['echo', 'a\0b']]])('a command that cannot be one: %j', async (program) => {
    await expect(programs.run(program, inTime)).rejects.toMatchObject({ code: 'CannotRun' });
  });

  test('a program that was killed', async () => {
    await expect(programs.run(['sh', '-c', 'kill -SEGV $$'], inTime)).rejects.toMatchObject({ code: 'Killed' });
  });

  test('a program that would fill the disk', async () => {
    await expect(programs.run(['yes'], inTime)).rejects.toMatchObject({
      code: 'Killed',
      message: expect.stringContaining('signal 25'),
    });
  });

  test.each([
    ['goes when it is told to', 'exec sleep 1000'],
    ['does not want to go', 'trap "" TERM; while :; do sleep 1000; done'],
  ])('a program that takes too long and %s, which is dead afterwards', async (_, script) => {
    await expect(programs.run(['sh', '-c', `: too-long; ${script}`], { timeoutMilliseconds: 300 })).rejects.toMatchObject({
      name: 'HostProgramError',
      code: 'ProgramTimedOut',
    });
    expect((await guest.run(['pgrep', '--full', 'too-long|sleep 1000'])).stdout).toBe('');
  });
});

describe('leaves nothing behind', () => {
  afterEach(() => {
    expect(readdirSync(`${guest.root}${outputs}`)).toEqual([]);
  });

  test('neither units nor files, however it ended', async () => {
    await programs.run(['true'], inTime);
    await programs.run(['false'], inTime);
    await expect(programs.run(['sleep', '1000'], { timeoutMilliseconds: 100 })).rejects.toThrow();
    const units = await guest.run(['systemctl', 'list-units', '--all', '--plain', '--no-legend', 'kubelet-config-run-*']);
    expect(units.stdout).toBe('');
  });

  test('of a run whose agent was killed, when the next one connects; of a run that goes on, all', async () => {
    mkdirSync(`${guest.root}${outputs}/0123456789abcdef`, { recursive: true });
    writeFileSync(`${guest.root}${outputs}/0123456789abcdef/stdout`, 'nobody reads this');
    const running = programs.run(['sh', '-c', 'until test -e /run/go-on; do sleep 0.05; done; echo went on'], inTime);
    await expect.poll(() => readdirSync(`${guest.root}${outputs}`).length).toBe(2);
    await expect.poll(async () => (await guest.run(['pgrep', '--full', 'go-on'])).exitCode).toBe(0);
    await connectPrograms(bus, openHostFiles(guest.root));
    writeFileSync(`${guest.root}/run/go-on`, '');
    expect((await running).stdout).toBe('went on\n');
  });
});
