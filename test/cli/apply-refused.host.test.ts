/** A host that cannot take the change says so before anything is touched: exit 6, with the place and a remedy. */

import { mkdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { kubeletConfig } from '../builders.ts';
import { configurationFile, type UnitState, unitFile } from '../kubelet-host.ts';
import { run, start } from './in-process.ts';
import { hostKubelet, sharedHost } from './shared-host.ts';

const shared = sharedHost();
const { apply } = shared;

const configured = hostKubelet({ flags: { v: 2 }, configuration: { maxPods: 64 } });
const wrapped = kubeletConfig('workers', {
  kubelet: { version: 'v1.5.4_coreos.0' },
  launcher: { rkt: {} },
  health: { minReadySeconds: 0 },
});
const withHook = hostKubelet(
  { flags: { v: 2 } },
  { files: [{ path: '/opt/bin/hook/run', mode: '0755', content: '#!/bin/sh\n' }] },
);

const troubles = [
  {
    what: 'a masked unit',
    prepare: `ln -s /dev/null ${unitFile}`,
    object: configured,
    message: 'error[SymlinkInTheWay]: kubelet.service is masked: /etc/systemd/system/kubelet.service is a symlink to /dev/null',
    remedy: 'systemctl unmask kubelet.service',
  },
  {
    what: 'a unit that is a link',
    prepare: `printf '[Service]\\nExecStart=/bin/true\\n' >/etc/theirs.service; ln -s /etc/theirs.service ${unitFile}`,
    object: configured,
    message: 'error[SymlinkInTheWay]: /etc/systemd/system/kubelet.service is a symlink to /etc/theirs.service',
    remedy: 'Replace the symlink by a file',
  },
  {
    what: 'a read-only /opt',
    prepare: 'mkdir -p /opt/bin; mount --bind /opt /opt; mount -o remount,bind,ro /opt',
    object: wrapped,
    message: 'error[ReadOnly]: cannot write /opt/bin/kubelet-wrapper: its file system is read-only',
    remedy: 'Remount it writable',
  },
  {
    what: 'a full file system',
    prepare: 'mkdir /etc/kubernetes; mount -t tmpfs -o size=64k tmpfs /etc/kubernetes; fallocate -l 60k /etc/kubernetes/filler',
    object: configured,
    message: `error[NoSpace]: cannot write ${configurationFile}: its file system is full`,
    remedy: 'Free space or inodes there',
  },
  {
    what: 'no room to write down what is done',
    prepare: 'mkdir -p /var/lib/kubelet-config; mount -t tmpfs -o size=64k tmpfs /var/lib/kubelet-config',
    object: configured,
    message: 'error[NoSpace]: cannot write /var/lib/kubelet-config/staging/record.json: its file system is full',
    remedy: 'Free space or inodes there',
  },
  {
    what: 'a directory of ours that is read-only',
    prepare: 'mkdir -p /var/lib/kubelet-config; mount -t tmpfs -o ro tmpfs /var/lib/kubelet-config',
    object: configured,
    message: 'error[ReadOnly]: cannot write /var/lib/kubelet-config/staging/record.json: its file system is read-only',
    remedy: 'Remount it writable',
  },
  {
    what: 'a directory where a file should be',
    prepare: `mkdir -p ${configurationFile}`,
    object: configured,
    message: `error[NotAFile]: ${configurationFile} is a directory, not a file`,
    remedy: 'Move it away',
  },
  {
    what: 'a path through a file',
    prepare: 'mkdir -p /opt/bin; echo >/opt/bin/hook',
    object: withHook,
    message: 'error[PathThroughFile]: /opt/bin/hook/run leads through hook, which is not a directory',
    remedy: 'Move hook away',
  },
  {
    what: 'a link that leaves the root',
    prepare: 'ln -s ../../outside /etc/kubernetes',
    object: configured,
    message: `error[LeavesRoot]: ${configurationFile} leads above the host's root`,
    remedy: "symlinks that stay inside the host's root",
  },
  {
    what: 'links in a circle',
    prepare: 'ln -s kubernetes /etc/kubernetes',
    object: configured,
    message: `error[SymlinkInTheWay]: ${configurationFile} leads through more than 40 symlinks`,
    remedy: 'Remove the loop',
  },
  {
    what: 'a file that is mounted',
    prepare: `mkdir /etc/kubernetes; echo >${configurationFile}; mount --bind ${configurationFile} ${configurationFile}`,
    object: configured,
    message: `error[Busy]: cannot replace ${configurationFile}: it is a mount point or in use`,
    remedy: 'Unmount it',
  },
];

describe.each(troubles)('$what', ({ prepare, object, message, remedy }) => {
  test('is refused, and nothing is changed', async () => {
    const { host } = shared;
    await host.shell(`${prepare}\nsystemctl daemon-reload`);
    const before = { entries: await entries(), unit: await host.unit(), loadedAt: await host.loadedAt() };
    const ended = await apply([object]);
    expect(ended.stdout).toContain(message);
    expect(ended.stdout).toMatch(/; nothing was changed$/m);
    expect(ended.stdout).toContain(remedy);
    expect(ended.exitCode).toBe(6);
    expect({ entries: await entries(), unit: await host.unit(), loadedAt: await host.loadedAt() }).toEqual(before);
  });
});

/** Everything there is where we might write, directories too, with when it was last changed. */
function entries(): Promise<string> {
  return shared.host.shell(
    `find /etc/systemd/system /etc/kubernetes /opt/bin /outside ! -type d -printf '%p %l %m %T@\\n' -o -print 2>/dev/null || true`,
  );
}

describe('of several troubles', () => {
  test('all are told at once', async () => {
    const { host } = shared;
    await host.shell(`mkdir -p /opt/bin; mount --bind /opt /opt; mount -o remount,bind,ro /opt; ln -s /dev/null ${unitFile}`);
    const { stdout, exitCode } = await apply([wrapped]);
    expect(stdout.match(/^error\[(ReadOnly|SymlinkInTheWay)\]: /gm)).toHaveLength(2);
    expect(exitCode).toBe(6);
  });
});

describe('beside an agent', () => {
  let agent: ReturnType<typeof start>;
  let before: UnitState;

  beforeEach(async () => {
    const { host } = shared;
    mkdirSync(host.at('/etc/kubelet-config.d'));
    host.put('/etc/kubelet-config.d/workers.yaml', JSON.stringify(configured));
    agent = start(['agent', '--approve=self', '--root', host.root]);
    await expect.poll(() => agent.log.length).toBe(2);
    before = await host.unit();
  });
  afterEach(async () => {
    agent.stop();
    await agent.ended;
  });

  test('apply is refused and says who holds the lock', async () => {
    const ended = await apply([hostKubelet({ flags: { v: 5 } })]);
    expect(ended).toMatchObject({
      exitCode: 6,
      stderr: expect.stringMatching(/error: another kubelet-config is changing the host/),
    });
    expect(ended.stderr).toContain('ss -xlp | grep @kubelet-config/');
    expect(await shared.host.unit()).toEqual(before);
  });

  test('so is a second agent, under whatever path it sees the same root', async () => {
    const { host } = shared;
    const [journal] = (await host.shell('pidof systemd-journald')).split(' ');
    const alias = host.at(`/proc/${Number(journal)}/root`);
    expect(await run(['agent', '--approve=self', '--root', alias])).toMatchObject({ exitCode: 6 });
  });

  test('diff is not: it changes nothing', async () => {
    expect(await shared.diff([configured])).toMatchObject({ exitCode: 0 });
    expect(await shared.diff([hostKubelet({ flags: { v: 5 } })])).toMatchObject({ exitCode: 1 });
  });
});

test('a machine whose bus is down is not taken for an image', async () => {
  const { host } = shared;
  const files = host.files();
  await host.shell('systemctl stop dbus.socket dbus.service');
  try {
    expect(await apply([configured])).toMatchObject({
      exitCode: 6,
      stdout: expect.stringMatching(
        /^error\[Disconnected\]: kubelet\.service: no connection to systemd.*\n {4}→ Start dbus on the node/,
      ),
    });
    expect(host.files()).toEqual(files);
  } finally {
    await host.shell('systemctl start dbus.socket');
  }
});
