import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Guest, startGuest } from '../guest.ts';

let guest: Guest;

beforeAll(async () => {
  guest = await startGuest();
});
afterAll(async () => {
  await guest?.stop();
});

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
