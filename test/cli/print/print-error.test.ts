import colours from 'picocolors';
import { expect, test } from 'vitest';
import { CommandFailure } from '../../../src/cli/failure.ts';
import { printError } from '../../../src/cli/print/print-error.ts';
import { LockHeldError } from '../../../src/host/lock.ts';
import { ListenError } from '../../../src/metrics/listen-error.ts';
import { HostFileError } from '../../../src/node/ports/files.ts';
import { SystemdError } from '../../../src/node/ports/systemd.ts';

async function printed(error: unknown): Promise<{ exitCode: number; lines: readonly string[] }> {
  const lines: string[] = [];
  const terminal = {
    out: () => undefined,
    err: (line: string) => void lines.push(line),
    width: 100,
    reported: [],
    given: {},
    colours: colours.createColors(false),
  };
  return { exitCode: await printError(error, terminal), lines };
}

test.each<[Error, number, string]>([
  [new CommandFailure(2, 'it went wrong', 'do this'), 2, '[WrongUsage]'],
  [new CommandFailure(3, 'it went wrong', 'do this'), 3, '[InputInvalid]'],
  [new CommandFailure(2, 'it went wrong', 'do this', { code: 'Exists' }), 2, '[Exists]'],
  [new HostFileError('NoSpace', '/etc/x', 'it went wrong', 'do this'), 6, '[NoSpace]'],
  [new ListenError('Malformed', 'it went wrong', 'do this'), 2, '[WrongUsage]'],
  [new ListenError('Unavailable', 'it went wrong', 'do this'), 6, '[AddressUnusable]'],
])('%s: what is wrong, and what to do', async (error, exitCode, code) => {
  expect(await printed(error)).toEqual({ exitCode, lines: [`error${code}: ${error.message}`, '    → do this'] });
});

test('the program that holds the lock is named', async () => {
  const since = '2026-01-31T09:00:00Z';
  const agent = { socket: '0a1b2c', pid: 4711, command: 'node kubelet-config agent', since };
  expect(await printed(new LockHeldError('/host', agent))).toEqual({
    exitCode: 6,
    lines: [
      `error[LockHeld]: another kubelet-config is changing the host at /host: process 4711 (node kubelet-config agent), since ${since}`,
      '    → Wait until it is done, or stop it: `systemctl status 4711` shows what it belongs to',
    ],
  });
  expect(await printed(new LockHeldError('/host', { socket: '0a1b2c', pid: undefined, since }))).toEqual({
    exitCode: 6,
    lines: [
      `error[LockHeld]: another kubelet-config is changing the host at /host: its process cannot be seen from here, since ${since}`,
      '    → Wait until it is done, or stop it: `ss -xlp | grep 0a1b2c` on the host shows its process',
    ],
  });
});

test('systemd that cannot be asked changes nothing', async () => {
  expect(await printed(new SystemdError('Disconnected', 'kubelet.service', 'the bus is gone'))).toMatchObject({
    exitCode: 6,
    lines: ['error[Disconnected]: the bus is gone', expect.stringContaining('nothing was changed')],
  });
});

test('everything else is a bug, printed with its stack', async () => {
  const { exitCode, lines } = await printed(new RangeError('off by one'));
  expect(exitCode).toBe(70);
  expect(lines).toEqual([
    expect.stringMatching(/RangeError: off by one\n +at /),
    'error[InternalError]: this is a bug in kubelet-config',
    '    → please report it with the lines above',
  ]);
});
