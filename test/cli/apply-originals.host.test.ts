/** A machine that had a kubelet before us gets it back, as it was, when no object wants another. */

import { mkdirSync, symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { kubeletConfig } from '../builders.ts';
import { bootLink, configurationFile, unit, unitFile, wrapperFile } from '../kubelet-host.ts';
import { hostKubelet, sharedHost } from './shared-host.ts';

const shared = sharedHost();
const { apply, withdraw } = shared;

const theirs = (wantedBy: string) => `# by hand
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=${wantedBy}
`;
const ours = hostKubelet({ flags: { v: 2 }, configuration: { maxPods: 64 } });

async function mainProgram(): Promise<string> {
  return (await shared.host.shell(`ps --format=args= --pid "$(systemctl show ${unit} --property=MainPID --value)"`)).trim();
}

describe('an original unit comes back with its bytes and mode', () => {
  test.each([
    { what: 'enabled and running', prepare: `systemctl enable --now ${unit}`, active: 'active', enabled: 'enabled' },
    { what: 'running but not enabled', prepare: `systemctl start ${unit}`, active: 'active', enabled: 'disabled' },
    { what: 'enabled but not running', prepare: `systemctl enable ${unit}`, active: 'inactive', enabled: 'enabled' },
    { what: 'neither', prepare: 'true', active: 'inactive', enabled: 'disabled' },
  ])('$what', async ({ prepare, active, enabled }) => {
    const { host } = shared;
    host.put(unitFile, theirs('basic.target'), 0o600);
    host.put(configurationFile, 'maxPods: 7\n', 0o640);
    await host.shell(`chown 0:7 ${configurationFile}; systemctl daemon-reload; ${prepare}`);
    const before = host.files();

    expect(await apply([ours])).toMatchObject({ exitCode: 0 });
    expect(await host.unit()).toMatchObject({ active: 'active', enabled: 'enabled' });
    expect((await host.process('/usr/bin/kubelet')).words).toEqual([`--config=${configurationFile}`, '--v=2']);
    expect(Object.keys(host.files())).toContain(bootLink);
    expect(Object.keys(host.files())).not.toContain('/etc/systemd/system/basic.target.wants/kubelet.service');

    expect(await withdraw()).toMatchObject({ exitCode: 0 });
    expect(host.files()).toEqual(before);
    expect(await host.shell(`stat --format=%u:%g ${configurationFile}`)).toBe('0:7\n');
    expect(await host.unit()).toMatchObject({ active, enabled });
    if (active === 'active') expect(await mainProgram()).toBe('/bin/sleep infinity');
  });
});

test("a distribution's unit in /usr is covered, and uncovered", async () => {
  const { host } = shared;
  host.put(`/usr/lib/systemd/system/${unit}`, theirs('multi-user.target'));
  await host.shell(`systemctl daemon-reload; systemctl enable --now ${unit}`);
  const before = host.files();
  expect(await apply([ours])).toMatchObject({ exitCode: 0 });
  expect(await host.unit()).toMatchObject({ active: 'active', enabled: 'enabled' });
  expect((await host.process('/usr/bin/kubelet')).words).toContain('--v=2');
  expect(await withdraw()).toMatchObject({ exitCode: 0 });
  expect(host.files()).toEqual(before);
  expect(await host.unit()).toMatchObject({ active: 'active', enabled: 'enabled' });
  expect(await mainProgram()).toBe('/bin/sleep infinity');
});

test("a drop-in to a distribution's unit changes what it starts, may become a whole unit and back, and goes", async () => {
  const { host } = shared;
  host.put(`/usr/lib/systemd/system/${unit}`, theirs('multi-user.target'));
  await host.shell(`systemctl daemon-reload; systemctl start ${unit}`);
  const before = host.files();
  const dropIn = hostKubelet({ flags: { v: 3 } }, { unit: { mode: 'DropIn' } });
  for (const [object, argument] of [
    [dropIn, '--v=3'],
    [ours, '--v=2'],
    [dropIn, '--v=3'],
  ] as const) {
    expect(await apply([object])).toMatchObject({ exitCode: 0 });
    expect((await host.process('/usr/bin/kubelet')).words).toContain(argument);
  }
  expect(await withdraw()).toMatchObject({ exitCode: 0 });
  expect(host.files()).toEqual(before);
  expect(await host.unit()).toMatchObject({ active: 'active', enabled: 'disabled' });
  expect(await mainProgram()).toBe('/bin/sleep infinity');
});

test('what an object no longer mentions goes back at once, what it still does stays', async () => {
  const { host } = shared;
  host.put(configurationFile, 'maxPods: 7\n');
  await apply([ours]);
  const fewer = hostKubelet({ flags: { v: 2 } });
  expect(await apply([fewer])).toMatchObject({ exitCode: 0 });
  expect(host.files()[configurationFile]).toBe('644 maxPods: 7\n');
  expect((await host.process('/usr/bin/kubelet')).words).toEqual(['--v=2']);
});

test('from one launcher to the other the wrapper goes with the launcher that needed it', async () => {
  const { host } = shared;
  const rkt = kubeletConfig('workers', {
    kubelet: { version: 'v1.5.4_coreos.0' },
    launcher: { rkt: {} },
    health: { minReadySeconds: 0 },
  });
  await apply([rkt]);
  expect(Object.keys(host.files())).toContain(wrapperFile);
  expect(await apply([ours])).toMatchObject({ exitCode: 0 });
  expect(Object.keys(host.files())).not.toContain(wrapperFile);
});

test('a file that somebody else changed since is left to them, and they are told', async () => {
  const { host } = shared;
  await apply([ours]);
  host.put(configurationFile, 'maxPods: 1\n');
  expect(await withdraw()).toMatchObject({
    exitCode: 0,
    stdout: `left alone: ${configurationFile} was changed after kubelet-config wrote it\nrestored what was there before\n`,
  });
  expect(host.files()[configurationFile]).toBe('644 maxPods: 1\n');
  expect(Object.keys(host.files())).not.toContain(unitFile);
});

test("an administrator's drop-in goes on working and is not touched", async () => {
  const { host } = shared;
  const dropIn = `/etc/systemd/system/${unit}.d/10-mine.conf`;
  host.put(dropIn, '[Service]\nEnvironment="RKT_OPTS=--debug --hostname=mine"\nEnvironment=RKT_GLOBAL_ARGS=--dir=/data\n', 0o600);
  const rkt = kubeletConfig('workers', {
    kubelet: { version: 'v1.5.4_coreos.0' },
    launcher: { rkt: { options: ['--dns=10.0.0.10'] } },
    health: { minReadySeconds: 0 },
  });
  expect(await apply([rkt])).toMatchObject({ exitCode: 0 });
  const { words } = await host.process();
  expect(words.slice(0, 2)).toEqual(['--dir=/data', 'run']);
  expect(words.join(' ')).toContain('--dns=10.0.0.10 --debug --hostname=mine ');
  const before = host.stamps()[dropIn];
  expect(await withdraw()).toMatchObject({ exitCode: 0 });
  expect(host.stamps()[dropIn]).toBe(before);
});

test('links on the way to a place of ours are followed and stay', async () => {
  const { host } = shared;
  mkdirSync(host.at('/data/kubernetes'), { recursive: true });
  symlinkSync('/data/kubernetes', host.at('/etc/kubernetes'));
  expect(await apply([ours])).toMatchObject({ exitCode: 0 });
  expect(await host.shell('cat /data/kubernetes/kubelet-config.yaml')).toContain('maxPods: 64');
  expect(await withdraw()).toMatchObject({ exitCode: 0 });
  expect(await host.shell('ls /data/kubernetes; readlink /etc/kubernetes')).toBe('/data/kubernetes\n');
});

describe('withdrawn, nothing of us is left, no empty directory either', () => {
  const wants = '/etc/systemd/system/sysinit.target.wants';
  /** All but what systemd and we keep for ourselves. */
  const everything = () =>
    shared.host.shell(`find /etc /opt /usr/lib/systemd /srv ! -path '${wants}/*' -printf '%p %y %m %l\n' | sort`);
  const extra = '/etc/kubernetes/made/by/us.conf';
  const object = hostKubelet(
    { flags: { v: 2 }, configuration: { maxPods: 64 } },
    {
      files: [
        { path: extra, mode: '0644', content: 'x' },
        { path: '/opt/bin/tool', mode: '0755', content: 'x' },
      ],
    },
  );

  test('where a directory of links was not there either', async () => {
    const { host } = shared;
    await host.shell(`mkdir -p /opt/empty; mv ${wants} /root/wants`);
    try {
      const before = await everything();
      expect(await apply([object])).toMatchObject({ exitCode: 0 });
      expect(await everything()).toContain('/etc/kubernetes/made/by d');
      expect(await withdraw()).toMatchObject({ exitCode: 0 });
      expect(await everything()).toBe(before);
    } finally {
      await host.shell(`rm -rf ${wants}; mv /root/wants ${wants}`);
    }
  });

  test('where they were there and empty', async () => {
    const { host } = shared;
    await host.shell('mkdir -p /opt/bin /etc/kubernetes');
    const before = await everything();
    expect(before).toContain('/etc/kubernetes d');
    expect(await apply([object])).toMatchObject({ exitCode: 0 });
    expect(await withdraw()).toMatchObject({ exitCode: 0 });
    expect(await everything()).toBe(before);
  });

  test('when the very first change was undone', async () => {
    const before = await everything();
    const failing = { ...object, spec: { ...object.spec, kubelet: { ...object.spec.kubelet, flags: { v: 99 } } } };
    expect(await apply([failing])).toMatchObject({ exitCode: 4 });
    expect(await everything()).toBe(before);
  });
});
