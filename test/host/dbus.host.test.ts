import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ConnectedSystemd } from '../../src/host/dbus-systemd.ts';
import { type Guest, startGuest } from '../guest.ts';
import { connectSystemd } from './connect.ts';
import { systemdContract } from './systemd.contract.ts';

let guest: Guest;
let systemd: ConnectedSystemd;

beforeAll(async () => {
  guest = await startGuest();
});
afterAll(async () => {
  await guest?.stop();
});
beforeEach(async () => {
  systemd = await connectSystemd(guest.busSocket);
});
afterEach(() => systemd.close());

const unitDirectory = () => `${guest.root}/etc/systemd/system`;

function define(unit: string, ...lines: string[]): void {
  writeFileSync(`${unitDirectory()}/${unit}`, `${lines.join('\n')}\n`);
}

async function activeState(unit: string): Promise<string> {
  return (await systemd.status(unit)).activeState;
}

systemdContract('over D-Bus', async () => {
  const defined: string[] = [];
  return {
    systemd,
    async define(unit, text) {
      defined.push(unit);
      define(unit, text);
    },
    async mask(unit) {
      defined.push(unit);
      symlinkSync('/dev/null', `${unitDirectory()}/${unit}`);
    },
    async end() {
      for (const unit of defined) rmSync(`${unitDirectory()}/${unit}`);
      await guest.run(['systemctl', 'stop', ...defined]);
      await guest.run(['systemctl', 'daemon-reload']);
    },
  };
});

describe('a restart', () => {
  test('and a stop are done when systemd says so, forty times in a row', async () => {
    // To stop a stopped unit: in most calls the result comes before the reply that names the job.
    const attentive = await connectSystemd(guest.busSocket, { jobTimeoutMilliseconds: 10_000 });
    define('often.service', '[Unit]', 'StartLimitIntervalSec=0', '[Service]', 'ExecStart=/bin/sleep infinity');
    const invocations = new Set<string>();
    for (let count = 0; count < 40; count += 1) {
      await attentive.restart('often.service');
      const status = await attentive.status('often.service');
      expect(status).toMatchObject({ activeState: 'active', subState: 'running' });
      invocations.add(status.invocationId);
      if (count % 2 === 0) continue;
      await attentive.stop('often.service');
      await attentive.stop('often.service');
      expect(await attentive.status('often.service')).toMatchObject({ activeState: 'inactive', mainPid: 0 });
    }
    expect(invocations.size).toBe(40);
    attentive.close();
  });

  test('of a program that is not there fails, and says with what status', async () => {
    define('absent.service', '[Service]', 'Type=exec', 'ExecStart=/no/such/program');
    await expect(systemd.restart('absent.service')).rejects.toMatchObject({
      code: 'JobFailed',
      detail: 'failed',
      message: expect.stringContaining('its main process exited with status 203 (EXEC): the program is missing'),
    });
  });

  test.each([
    ['canceled', ['[Service]', 'Type=oneshot', 'ExecStart=/bin/sleep infinity']],
    ['timeout', ['[Unit]', 'JobRunningTimeoutSec=200ms', '[Service]', 'Type=oneshot', 'ExecStart=/bin/sleep infinity']],
    ['dependency', ['[Unit]', 'Requires=fails.service', 'After=fails.service', '[Service]', 'ExecStart=/bin/sleep infinity']],
  ])('whose job ends as %s is an error', async (result, lines) => {
    define('fails.service', '[Service]', 'Type=oneshot', 'ExecStart=/bin/false');
    define(`${result}.service`, ...lines);
    const refused = expect(systemd.restart(`${result}.service`)).rejects.toMatchObject({ code: 'JobFailed', detail: result });
    if (result === 'canceled') {
      await expect.poll(() => activeState('canceled.service')).toBe('activating');
      await guest.run(['systemctl', 'stop', 'canceled.service']);
    }
    await refused;
  });

  test('of a unit that systemd cannot read is refused by name', async () => {
    define('unreadable.service', '[Service]', 'Restart=always');
    await expect(systemd.restart('unreadable.service')).rejects.toMatchObject({
      code: 'Refused',
      detail: 'org.freedesktop.systemd1.BadUnitSetting',
      unit: 'unreadable.service',
    });
    expect(await systemd.status('unreadable.service')).toMatchObject({ loadState: 'bad-setting' });
  });

  test('too many in ten seconds are refused until the failure is reset', async () => {
    define('limited.service', '[Service]', 'ExecStart=/bin/sleep infinity');
    for (let count = 0; count < 5; count += 1) await systemd.restart('limited.service');
    await expect(systemd.restart('limited.service')).rejects.toMatchObject({ code: 'JobFailed', detail: 'failed' });
    expect(await systemd.status('limited.service')).toMatchObject({ activeState: 'failed', result: 'start-limit-hit' });
    await systemd.resetFailed('limited.service');
    await systemd.restart('limited.service');
    expect(await activeState('limited.service')).toBe('active');
  });

  test('takes as long as the job, but not longer than allowed', async () => {
    const impatient = await connectSystemd(guest.busSocket, { jobTimeoutMilliseconds: 200 });
    define('slow.service', '[Service]', 'Type=oneshot', 'ExecStart=/bin/sleep infinity');
    await expect(impatient.restart('slow.service')).rejects.toMatchObject({ code: 'TimedOut', unit: 'slow.service' });
    await systemd.stop('slow.service');
    impatient.close();
  });
});

test('a reload brings what changed in a unit file, and enables nothing', async () => {
  // A simple service counts as started before it has become its program.
  const words = (pid: number) => readFileSync(`${guest.root}/proc/${pid}/cmdline`, 'utf8');
  define('changed.service', '[Service]', 'ExecStart=/bin/sleep 1001');
  await systemd.restart('changed.service');
  define('changed.service', '[Service]', 'ExecStart=/bin/sleep 1002');
  await systemd.restart('changed.service');
  const before = await systemd.status('changed.service');
  await expect.poll(() => words(before.mainPid)).toBe('/bin/sleep\x001001\x00');
  await systemd.reload();
  await systemd.restart('changed.service');
  const after = await systemd.status('changed.service');
  await expect.poll(() => words(after.mainPid)).toBe('/bin/sleep\x001002\x00');
});

describe('enabling', () => {
  const links = () => `${unitDirectory()}/multi-user.target.wants/linked.service`;

  test('makes the links and disabling removes them; the state is right without a reload', async () => {
    define('linked.service', '[Service]', 'ExecStart=/bin/true', '[Install]', 'WantedBy=multi-user.target');
    expect(await systemd.status('linked.service')).toMatchObject({ unitFileState: 'disabled' });
    await systemd.enable('linked.service');
    expect(readlinkSync(links())).toBe('/etc/systemd/system/linked.service');
    expect(await systemd.status('linked.service')).toMatchObject({ unitFileState: 'enabled' });
    await systemd.disable('linked.service');
    expect(existsSync(links())).toBe(false);
    expect(await systemd.status('linked.service')).toMatchObject({ unitFileState: 'disabled' });
  });

  test('leaves no link when the unit file is gone before it is disabled, and may be undone twice', async () => {
    define('linked.service', '[Service]', 'ExecStart=/bin/true', '[Install]', 'WantedBy=multi-user.target');
    await systemd.enable('linked.service');
    rmSync(`${unitDirectory()}/linked.service`);
    await systemd.disable('linked.service');
    expect(() => readlinkSync(links())).toThrow('ENOENT');
    await systemd.disable('linked.service');
  });

  test("replaces the link to the distribution's unit of the same name, and takes no alias from another unit", async () => {
    mkdirSync(`${unitDirectory()}/multi-user.target.wants`, { recursive: true });
    symlinkSync('/usr/lib/systemd/system/linked.service', links());
    define('linked.service', '[Service]', 'ExecStart=/bin/true', '[Install]', 'WantedBy=multi-user.target');
    await systemd.enable('linked.service');
    expect(await systemd.status('linked.service')).toMatchObject({ unitFileState: 'enabled' });

    define('other.service', '[Service]', 'ExecStart=/bin/true');
    symlinkSync('/etc/systemd/system/other.service', `${unitDirectory()}/taken.service`);
    define('taker.service', '[Service]', 'ExecStart=/bin/true', '[Install]', 'Alias=taken.service');
    await expect(systemd.enable('taker.service')).rejects.toMatchObject({ code: 'Refused' });
    expect(readlinkSync(`${unitDirectory()}/taken.service`)).toBe('/etc/systemd/system/other.service');
  });
});

test.each<[string, string[], RegExp]>([
  [
    'a condition',
    ['[Unit]', 'ConditionPathExists=/no/such', 'ConditionPathExists=/etc'],
    /not met: ConditionPathExists=\/no\/such$/,
  ],
  [
    'what must not be',
    ['[Unit]', 'ConditionPathExists=!/etc'],
    /a condition of the unit is not met: ConditionPathExists=!\/etc$/,
  ],
  ['none of several', ['[Unit]', 'ConditionHost=|a', 'ConditionHost=|b'], /not met: .*ConditionHost=\|b/],
  ['an assertion', ['[Unit]', 'AssertPathExists=/no/such'], /not met: AssertPathExists=\/no\/such/],
  ['a file of variables', ['[Service]', 'EnvironmentFile=/no/such'], /EnvironmentFile= is missing \(resources\)/],
  ['a command before it', ['[Service]', 'ExecStartPre=/bin/sh -c "exit 7"'], /command of ExecStartPre= exited with status 7/],
  ['a condition command', ['[Service]', 'ExecCondition=/bin/false'], /ExecCondition= said that it must not start/],
  ['a user', ['[Service]', 'User=nobody-at-all'], /status 217 \(USER\)/],
  ['a directory', ['[Service]', 'WorkingDirectory=/no/such'], /status 200 \(CHDIR\)/],
  ['mounts', ['[Service]', 'BindPaths=/no/such:/etc'], /status 226 \(NAMESPACE\)/],
  ['a signal', ['[Service]', 'ExecStartPre=-/bin/false', 'ExecStart=', 'ExecStart=/bin/sh -c "kill -9 $$$$"'], /SIGKILL/],
])('says why it does not run, for want of %s', async (what, lines, words) => {
  const name = `why-${what.replaceAll(' ', '-')}.service`;
  const ofService = lines[0] === '[Service]' ? lines.slice(1) : [];
  const ofUnit = lines[0] === '[Unit]' ? lines : [];
  define(name, ...ofUnit, '[Service]', 'ExecStart=/bin/sleep infinity', ...ofService);
  await systemd.restart(name).catch(({ message }) => expect(message).toMatch(words));
  await expect.poll(() => activeState(name)).toMatch(/^(inactive|failed)$/);
  expect(await systemd.explain(name)).toMatch(words);
});

test('a start that a condition prevented shows in the status, also after a reload; a stop by a person is none', async () => {
  const name = 'prevented.service';
  define(name, '[Unit]', 'ConditionPathExists=!/run/prevented', '[Service]', 'ExecStart=/bin/sleep infinity');
  await systemd.restart(name);
  await systemd.stop(name);
  expect(await systemd.status(name)).not.toHaveProperty('unmet');
  await systemd.restart(name);
  expect(await systemd.status(name)).not.toHaveProperty('unmet');
  await guest.run(['touch', '/run/prevented']);
  await systemd.restart(name);
  expect(await systemd.status(name)).toMatchObject({ activeState: 'inactive', unmet: ['ConditionPathExists=!/run/prevented'] });
  await systemd.reload();
  expect(await systemd.status(name)).toMatchObject({ activeState: 'inactive', unmet: [] });
  define('asserted.service', '[Unit]', 'AssertPathExists=/no/such', '[Service]', 'ExecStart=/bin/sleep infinity');
  await expect(systemd.restart('asserted.service')).rejects.toMatchObject({ code: 'JobFailed' });
  expect(await systemd.status('asserted.service')).toMatchObject({ unmet: ['AssertPathExists=/no/such'] });
});

test('a unit that is no service has a status, too', async () => {
  define('once.timer', '[Timer]', 'OnActiveSec=1h');
  define('once.service', '[Service]', 'ExecStart=/bin/true');
  await systemd.restart('once.timer');
  expect(await systemd.status('once.timer')).toMatchObject({
    activeState: 'active',
    subState: 'waiting',
    mainPid: 0,
    restarts: 0,
  });
  await systemd.stop('once.timer');
});

test('a name that is none is refused', async () => {
  await expect(systemd.status('no name')).rejects.toMatchObject({ code: 'Refused', unit: 'no name' });
  await expect(systemd.restart('a\0b.service')).rejects.toMatchObject({ code: 'Refused' });
});
