/** What a real systemd finds wrong with a unit is told before anything is touched. */

import { describe, expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../src/api/types.ts';
import { kubeletConfig } from '../builders.ts';
import { unit, unitFile, wrapperFile } from '../kubelet-host.ts';
import { hostKubelet, sharedHost } from './shared-host.ts';

const shared = sharedHost();
const { apply } = shared;

const good = hostKubelet({ flags: { v: 2 } });
const withUnit = (options: Record<string, Record<string, string[]>>) => hostKubelet({ flags: { v: 3 } }, { unit: { options } });
const withService = (options: Record<string, string[]>) => withUnit({ Service: options });
const withBinary = (binary: string, spec: Partial<KubeletConfigSpec> = {}) =>
  hostKubelet({ flags: { v: 3 } }, { launcher: { host: { binary } }, ...spec });
const ours = { path: `${unitFile}.d/60-limits.conf`, mode: '0644', content: '[Service]\nLimitNOFILE=many\n' };

describe('refused, and the kubelet goes on as it was', () => {
  test.each([
    ['a value', withService({ Type: ['nonsense'] }), /Service\.Type.*Failed to parse service type, ignoring: nonsense/s],
    ['a time', withService({ RestartSec: ['soon'] }), /Service\.RestartSec.*Failed to parse sec value, ignoring: soon/s],
    [
      'a long value, of which systemd says the end no more',
      withService({ StandardOutput: [`file:%Q${'x'.repeat(3000)}`] }),
      /Service\.StandardOutput.*Failed to resolve unit specifiers in %Qx+… \(systemd cuts long messages\)/s,
    ],
    [
      'a flag that this kubelet has no longer',
      hostKubelet({ flags: { v: 3, 'container-runtime': 'remote' } }),
      /flags\["container-runtime"\]: kubelet 1\.30 does not start with the flag --container-runtime, which was removed in 1\.27/,
    ],
    ['a section', withUnit({ Bogus: { A: ['b'] } }), /options\.Bogus.*Unknown section 'Bogus'\. Ignoring\./s],
    [
      'options that exclude each other',
      withService({ PAMName: ['login'], KillMode: ['process'] }),
      /Service has PAM enabled\..*Refusing\./,
    ],
    ['a path that is none', withService({ ExecStartPost: ['bin/x'] }), /Service\.ExecStartPost.*nor an absolute path: bin\/x/s],
    [
      'a kubelet that is not there',
      withBinary('/opt/bin/no-kubelet'),
      /host\.binary.*\/opt\/bin\/no-kubelet.*is missing or not executable/s,
    ],
    [
      'a file of variables',
      withService({ EnvironmentFile: ['/etc/profile.env'] }),
      /Service\.EnvironmentFile.*\/etc\/profile\.env is not there.*EnvironmentFile=-\/etc\/profile\.env/s,
    ],
    [
      'conditions that are not met',
      withUnit({ Unit: { ConditionHost: ['|other', '|%H-not'], AssertPathIsMountPoint: ['/etc'] } }),
      /ConditionHost=\|\S+-not in \[Unit\] of the unit is not met.*AssertPathIsMountPoint=\/etc in \[Unit\] of the unit is not met/s,
    ],
    [
      'an extra file',
      hostKubelet({ flags: { v: 3 } }, { files: [ours] }),
      /LimitNOFILE= in \[Service\]: Failed to parse resource value, ignoring: many/,
    ],
  ])('%s', async (_, object, reason) => {
    const { host } = shared;
    await apply([good]);
    const files = host.files();
    const { invocation } = await host.unit();
    const ended = await apply([object]);
    expect(ended).toMatchObject({ exitCode: 3, stdout: 'nothing was changed\n' });
    expect(ended.stderr).toMatch(reason);
    expect(host.files()).toEqual(files);
    expect(await host.unit()).toMatchObject({ active: 'active', invocation });
    expect(await host.shell('ls /var/lib/kubelet-config')).not.toContain('verify');
  });
});

describe('what systemd needs to start the unit', () => {
  const missing = '/srv/missing';
  /** By the status with which systemd 252 fails: systemd.exec(5), "Process Exit Codes". */
  const settings: readonly (readonly [key: string, value: string, status: number])[] = [
    ['User', 'nobody-there', 217],
    ['Group', 'nobody-there', 216],
    ['SupplementaryGroups', 'nobody-there', 216],
    ['WorkingDirectory', missing, 200],
    ['LoadCredential', `a:${missing}`, 243],
    ['LoadCredentialEncrypted', `b:${missing}`, 243],
    ['StandardInput', `file:${missing}`, 208],
    ['StandardOutput', `append:${missing}/log`, 209],
    ['StandardError', `append:${missing}/log`, 222],
    ['NetworkNamespacePath', missing, 225],
    ['BindPaths', `${missing}:/mnt`, 226],
    ['BindReadOnlyPaths', '/srv/absent', 226],
    ['ReadWritePaths', missing, 226],
    ['ReadOnlyPaths', missing, 226],
    ['InaccessiblePaths', `+${missing}`, 226],
    ['ExecPaths', missing, 226],
    ['NoExecPaths', missing, 226],
    ['ExtensionDirectories', missing, 226],
    ['RootDirectory', missing, 226],
    ['RootImage', missing, 226],
  ];
  /** Each in a change of its own would take a minute: of these, one hides what another one asks for. */
  const isAlone = (key: string) => ['WorkingDirectory', 'Root', 'Extension'].every((start) => !key.startsWith(start));

  test('is told before the stop, each of it', async () => {
    const { host } = shared;
    await apply([good]);
    const { invocation } = await host.unit();
    const told = async (some: typeof settings) => {
      const ended = await apply([withService(Object.fromEntries(some.map(([key, value]) => [key, [value]])))]);
      expect(ended).toMatchObject({ exitCode: 3, stdout: 'nothing was changed\n' });
      for (const [key, value] of some) expect(ended.stderr).toContain(`${key}=${value} in [Service] of the unit: `);
    };
    await told(settings.filter(([key]) => isAlone(key)));
    for (const setting of settings.filter(([key]) => !isAlone(key))) await told([setting]);
    expect(await host.unit()).toMatchObject({ active: 'active', invocation });
  });

  test('really keeps systemd from starting it', async () => {
    const { host } = shared;
    const script = settings.map(
      ([key, value]) => `
        printf '[Service]\\nType=exec\\nExecStart=/bin/true\\n%s\\n' '${key}=${value}' >/run/systemd/system/needing.service
        systemctl daemon-reload && systemctl start needing.service 2>/dev/null || true
        systemctl show needing.service --property=ExecMainStatus --value && systemctl reset-failed needing.service`,
    );
    const statuses = (await host.shell(script.join('\n'))).trim().split('\n').map(Number);
    expect(settings.map(([key], index) => [key, statuses[index]])).toEqual(settings.map(([key, , status]) => [key, status]));
  });
});

describe('taken', () => {
  test('a key that systemd does not know, with a warning', async () => {
    const ended = await apply([withService({ KubeletMagic: ['1'] })]);
    expect(ended).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('no option KubeletMagic in [Service]') });
  });

  test('our wrapper, which this very change writes', async () => {
    const { host } = shared;
    const workers = kubeletConfig('workers', {
      kubelet: { version: 'v1.5.4_coreos.0' },
      launcher: { rkt: {} },
      health: { minReadySeconds: 0 },
    });
    expect(await apply([workers])).toMatchObject({ exitCode: 0 });
    expect(host.files()[wrapperFile]).toContain('#!/bin/bash');
  });

  test('a drop-in to a unit of the host in which systemd ignores much, beside a drop-in of somebody else', async () => {
    const { host } = shared;
    host.put(
      `/usr/lib/systemd/system/${unit}`,
      '[Service]\nExecStart=/usr/bin/kubelet\nType=own\n[Install]\nWantedBy=multi-user.target\n',
    );
    host.put(`/etc/systemd/system/${unit}.d/10-foreign.conf`, '[Service]\nRestartSec=foreign\n');
    const dropIn = hostKubelet({ flags: { v: 2 } }, { unit: { mode: 'DropIn' } });
    expect(await apply([dropIn])).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('ignoring') });
    // From a drop-in to a unit of our own: the drop-in that goes says nothing any more, and Type= of the host is lost.
    expect(await apply([hostKubelet({ flags: { v: 2 } }, { takeover: 'Replace' })])).toMatchObject({ exitCode: 0 });
  });

  test('a kubelet that a command before it brings', async () => {
    const { host } = shared;
    const options = { Service: { ExecStartPre: ['/bin/cp /usr/bin/kubelet /srv/kubelet'] } };
    const ended = await apply([withBinary('/srv/kubelet', { unit: { options } })]);
    expect(ended).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('/srv/kubelet, which kubelet.service would start'),
    });
    expect(await host.unit()).toMatchObject({ active: 'active' });
  });
});

test('an rkt that is not there is told while the old kubelet still runs', async () => {
  const { host } = shared;
  await apply([good]);
  const files = host.files();
  const { invocation } = await host.unit();
  await host.shell('rm /usr/bin/rkt');
  const inRkt = kubeletConfig('workers', { kubelet: { version: 'v1.5.4_coreos.0' }, launcher: { rkt: {} } });
  const ended = await apply([inRkt]);
  expect(ended).toMatchObject({ exitCode: 3, stdout: 'nothing was changed\n' });
  expect(ended.stderr).toContain('/usr/bin/rkt, which the wrapper would start, is not on this node');
  expect(host.files()).toEqual(files);
  expect(await host.unit()).toMatchObject({ active: 'active', invocation });
});

test('a system without systemd-analyze is no obstacle, and is told', async () => {
  const { host } = shared;
  await host.shell('mv /usr/bin/systemd-analyze /usr/bin/no-systemd-analyze');
  try {
    const ended = await apply([withService({ Type: ['nonsense'] })]);
    expect(ended).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(`not verified: ${unit} (`) });
  } finally {
    await host.shell('mv /usr/bin/no-systemd-analyze /usr/bin/systemd-analyze');
  }
});
