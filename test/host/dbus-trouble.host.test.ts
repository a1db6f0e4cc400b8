import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ConnectedSystemd } from '../../src/host/dbus-systemd.ts';
import { type Guest, startGuest } from '../guest.ts';
import { connectSystemd } from './connect.ts';

const go = '/run/go-on';
let guest: Guest;
let systemd: ConnectedSystemd;

beforeAll(async () => {
  guest = await startGuest();
  // Its start job runs until the test ends it.
  writeFileSync(
    `${guest.root}/etc/systemd/system/slow.service`,
    `[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'until test -e ${go}; do sleep 0.02; done'\n`,
  );
});
afterAll(async () => {
  await guest?.stop();
});
beforeEach(async () => {
  systemd = await connectSystemd(guest.busSocket, { callTimeoutMilliseconds: 5_000 });
});
afterEach(async () => {
  systemd.close();
  await guest.run(['rm', '--force', go]);
  await guest.run(['systemctl', 'stop', 'slow.service']);
});

async function startSlow(): Promise<{ readonly result: Promise<void> }> {
  const result = systemd.restart('slow.service');
  result.catch(() => undefined);
  await expect.poll(async () => (await systemd.status('slow.service')).activeState).toBe('activating');
  return { result };
}

async function mainPid(unit: string): Promise<number> {
  return (await systemd.status(unit)).mainPid;
}

describe('when the bus is killed', () => {
  test('the result of a job is unknown, and the next call connects and subscribes again', async () => {
    const { result } = await startSlow();
    const daemon = await mainPid('dbus.service');
    await guest.run(['kill', '-KILL', String(daemon)]);
    await expect(result).rejects.toMatchObject({ name: 'SystemdError', code: 'JobUnknown', unit: 'slow.service' });

    await expect.poll(() => mainPid('dbus.service').catch(() => 0)).not.toBeOneOf([0, daemon]);
    await guest.run(['touch', go]);
    await systemd.restart('slow.service');
    expect(await systemd.status('slow.service')).toMatchObject({ activeState: 'active' });
  });

  test('a request without an answer yet may have been carried out: unknown for a job, disconnected for the rest', async () => {
    const daemon = await mainPid('dbus.service');
    process.kill(guest.pid, 'SIGSTOP');
    try {
      const results = Promise.allSettled([systemd.restart('slow.service'), systemd.reload(), systemd.status('slow.service')]);
      await guest.run(['kill', '-KILL', String(daemon)]);
      expect(await results).toMatchObject([
        { status: 'rejected', reason: { code: 'JobUnknown' } },
        { status: 'rejected', reason: { code: 'Disconnected' } },
        { status: 'rejected', reason: { code: 'Disconnected' } },
      ]);
    } finally {
      process.kill(guest.pid, 'SIGCONT');
    }
    await expect.poll(() => mainPid('dbus.service').catch(() => 0)).toBeGreaterThan(0);
  });
});

describe('when systemd re-executes itself', () => {
  test('a job goes on, and its result arrives', async () => {
    const { result } = await startSlow();
    expect((await guest.run(['systemctl', 'daemon-reexec'])).exitCode).toBe(0);
    await expect.poll(async () => (await systemd.status('slow.service').catch(() => undefined))?.activeState).toBe('activating');
    await guest.run(['touch', go]);
    await expect(result).resolves.toBeUndefined();
  });

  test('a job that ended meanwhile is never a success that nobody saw', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { result } = await startSlow();
      await Promise.all([guest.run(['systemctl', 'daemon-reexec']), guest.run(['touch', go])]);
      const [ending] = await Promise.allSettled([result]);
      if (ending.status === 'rejected') expect(ending.reason).toMatchObject({ code: 'JobUnknown' });
      await expect.poll(async () => (await systemd.status('slow.service').catch(() => undefined))?.activeState).toBe('active');
      await systemd.restart('slow.service');
      await guest.run(['rm', go]);
      await systemd.stop('slow.service');
    }
  });
});

describe('when systemd does not answer', () => {
  test('a call ends at its time-out, and a later one works', async () => {
    const impatient = await connectSystemd(guest.busSocket, { callTimeoutMilliseconds: 200, reloadTimeoutMilliseconds: 400 });
    process.kill(guest.pid, 'SIGSTOP');
    try {
      const calls = [impatient.status('slow.service'), impatient.restart('slow.service'), impatient.reload()];
      const reason = { name: 'SystemdError', code: 'TimedOut' };
      expect(await Promise.allSettled(calls)).toMatchObject(calls.map(() => ({ status: 'rejected', reason })));
    } finally {
      process.kill(guest.pid, 'SIGCONT');
    }
    await expect
      .poll(() => impatient.status('slow.service').catch((error: unknown) => error), { timeout: 60_000 })
      .toMatchObject({ loadState: 'loaded' });
    impatient.close();
  });

  test('nor does the bus, connecting ends at the same time-out', async () => {
    const daemon = await mainPid('dbus.service');
    await guest.run(['kill', '-STOP', String(daemon)]);
    try {
      const connecting = connectSystemd(guest.busSocket, { callTimeoutMilliseconds: 200 });
      await expect(connecting).rejects.toMatchObject({ code: 'TimedOut' });
    } finally {
      await guest.run(['kill', '-CONT', String(daemon)]);
    }
  });
});

describe('cannot connect', () => {
  test.each([
    ['where there is no socket', () => `${guest.root}/run/no-such-socket`, 'ENOENT'],
    ['to a file that is no socket', () => `${guest.root}/etc/hostname`, 'ECONNREFUSED'],
    ['to a path that the address syntax cannot hold', () => '/srv/host:1/run/dbus/system_bus_socket', 'EINVAL'],
  ])('%s', async (_, path, detail) => {
    await expect(connectSystemd(path())).rejects.toMatchObject({ name: 'SystemdError', code: 'Disconnected', detail });
  });
});

test('a signal that somebody else sends in the name of systemd ends no job', async () => {
  const { result } = await startSlow();
  let ended = false;
  const noticed = result.then(() => {
    ended = true;
  });
  const jobs = await guest.run(['busctl', '--list', 'tree', 'org.freedesktop.systemd1']);
  const job = /^\/org\/freedesktop\/systemd1\/job\/\d+$/m.exec(jobs.stdout)?.[0] ?? '';
  const unique = (await guest.run(['busctl', 'list', '--unique', '--no-legend'])).stdout.matchAll(/^(:\S+)/gm);
  for (const [, name = ''] of unique) {
    const forged = ['uint32:1', `objpath:${job}`, 'string:slow.service', 'string:done'];
    const signal = ['/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager.JobRemoved'];
    expect(await guest.run(['dbus-send', '--system', `--dest=${name}`, '--type=signal', ...signal, ...forged])).toMatchObject({
      exitCode: 0,
    });
  }
  // Signals keep their order: the forged ones have arrived before this answer.
  expect(await systemd.status('slow.service')).toMatchObject({ activeState: 'activating' });
  expect(ended).toBe(false);
  await guest.run(['touch', go]);
  await noticed;
});

test('closing fails what is pending, and every later call', async () => {
  const { result } = await startSlow();
  systemd.close();
  await expect(result).rejects.toMatchObject({ code: 'JobUnknown' });
  await expect(systemd.status('slow.service')).rejects.toMatchObject({ code: 'Disconnected' });
});
