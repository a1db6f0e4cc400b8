/** A host that cannot take the change says so before anything is touched: exit 6, with the place and a remedy. */

import { existsSync, mkdirSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeletConfig } from '../../src/api/types.ts';
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
    prepare: 'mkdir -p /var/lib/kubelet-config; mount -t tmpfs -o size=64k,mode=700 tmpfs /var/lib/kubelet-config',
    object: configured,
    message: 'error[NoSpace]: cannot write /var/lib/kubelet-config/staging/record.json: its file system is full',
    remedy: 'Free space or inodes there',
  },
  {
    what: 'a directory of ours that is read-only',
    prepare: 'mkdir -p /var/lib/kubelet-config; mount -t tmpfs -o ro,mode=700 tmpfs /var/lib/kubelet-config',
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
    await expect.poll(() => agent.log.map(({ msg }) => msg)).toContainEqual(expect.stringMatching(/^committed: /));
    before = await host.unit();
  });
  afterEach(async () => {
    agent.stop();
    await agent.ended;
  });

  test('apply is refused and says who holds the lock', async () => {
    expect(await apply([hostKubelet({ flags: { v: 5 } })])).toMatchObject({
      exitCode: 6,
      stderr: expect.stringMatching(
        new RegExp(
          `error\\[LockHeld\\]: another kubelet-config is changing the host at \\S+: process ${process.pid} \\(.+\\), since \\S+Z\n`,
        ),
      ),
    });
    expect(await shared.host.unit()).toEqual(before);
  });

  test('so is a second agent, under whatever path it sees the same root', async () => {
    const { host } = shared;
    const [journal] = (await host.shell('pidof systemd-journald')).split(' ');
    const alias = host.at(`/proc/${Number(journal)}/root`);
    expect(await run(['agent', '--approve=self', '--root', alias])).toMatchObject({ exitCode: 6 });
  });

  const status = () => run(['status', '--root', shared.host.root]);
  const save = (object: KubeletConfig) => shared.host.put('/etc/kubelet-config.d/workers.yaml', JSON.stringify(object));

  test('status says that everything is as wanted, what waits behind a hold, and that the hold is over', async () => {
    await expect.poll(status).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^source: .* answers since /m) });
    expect(await run(['hold', '--root', shared.host.root, '--reason', 'disk'])).toMatchObject({ exitCode: 0 });
    save(hostKubelet({ flags: { v: 5 } }));
    const waits = /^waiting\[Held\]: .*: disk .*hold .*--release/m;
    await expect.poll(status).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(waits) });
    expect(await shared.host.unit()).toEqual(before);
    expect(await run(['hold', '--root', shared.host.root, '--release'])).toMatchObject({ exitCode: 0 });
    await expect.poll(status).toMatchObject({ exitCode: 0, stdout: expect.not.stringContaining('Held') });
    expect((await shared.host.unit()).invocation).not.toBe(before.invocation);
  });

  test('status says that the source is lost, and that it is back', async () => {
    const { host } = shared;
    await expect.poll(status).toMatchObject({ exitCode: 0 });
    await host.shell('mv /etc/kubelet-config.d /etc/elsewhere');
    const lost = expect.stringMatching(/^source: .* is lost since \S+Z.*^error\[SourceLost\]: /ms);
    await expect.poll(status).toMatchObject({ exitCode: 1, stdout: lost });
    expect(await host.unit()).toEqual(before);
    await host.shell('mv /etc/elsewhere /etc/kubelet-config.d');
    await expect.poll(status).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^source: .* answers since /m) });
    expect(await host.unit()).toEqual(before);
  });

  test('status names the condition for which systemd did not start the kubelet, and accuses no person', async () => {
    const { host } = shared;
    const unitOptions = { Unit: { ConditionPathExists: ['/srv/ready'] } };
    await host.shell('touch /srv/ready');
    save(hostKubelet({ flags: { v: 5 } }, { unit: { options: unitOptions } }));
    await expect.poll(async () => (await host.unit()).invocation).not.toBe(before.invocation);
    await expect.poll(status).toMatchObject({ exitCode: 0 });
    await host.shell('rm /srv/ready; systemctl restart kubelet.service');
    const named = (what: string) =>
      expect.stringMatching(new RegExp(`^error\\[KubeletDown\\]: .* a condition of the unit is not met${what}$`, 'm'));
    const stdout = expect.not.stringContaining('UnitHeld');
    await expect.poll(status).toMatchObject({ exitCode: 1, stdout: named(': ConditionPathExists=/srv/ready') });
    await host.shell('systemctl daemon-reload');
    await expect.poll(status).toMatchObject({ exitCode: 1, stdout: named('.*') });
    expect(await status()).toMatchObject({ stdout });
    await host.shell('touch /srv/ready; systemctl start kubelet.service');
    await expect.poll(status).toMatchObject({ exitCode: 0, stdout: expect.not.stringContaining('KubeletDown') });
    await host.shell('rm /srv/ready; systemctl stop kubelet.service');
    await expect.poll(status).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('a person has stopped') });
  });

  test('diff is not: it changes nothing', async () => {
    expect(await shared.diff([configured])).toMatchObject({ exitCode: 0 });
    expect(await shared.diff([hostKubelet({ flags: { v: 5 } })])).toMatchObject({ exitCode: 1 });
  });
});

/** Programs of a user without privileges, who would like to be asked, obeyed or waited for. */
describe('another user of the machine', () => {
  const nobody = (script: string) =>
    shared.host.shell(`systemd-run --quiet --collect --unit=nobody --uid=65534 ${process.execPath} -e ${JSON.stringify(script)}`);
  afterEach(async () => {
    await shared.host.shell('systemctl stop nobody 2>/dev/null || true');
  });
  const sayingOk = "require('node:http').createServer((_, answer) => answer.end('ok')).listen(10248, '127.0.0.1')";
  const answers = () =>
    expect.poll(() => fetch('http://127.0.0.1:10248/healthz').then((answer) => answer.text(), String)).toBe('ok');

  test('who answers in place of the kubelet is found before the kubelet is stopped', async () => {
    const { host } = shared;
    expect(await apply([hostKubelet({ flags: { v: 2 }, configuration: { healthzPort: 10249 } })])).toMatchObject({ exitCode: 0 });
    const before = await host.unit();
    await nobody(sayingOk);
    await answers();
    expect(await apply([hostKubelet({ flags: { v: 97 } })])).toMatchObject({
      exitCode: 6,
      stderr: expect.stringContaining(
        'error[PortTaken]: a program of user 65534, which cannot be the kubelet, listens at 127.0.0.1:10248',
      ),
    });
    expect(await host.unit()).toEqual(before);
  });

  test('who answers only once the kubelet has been restarted proves nothing', async () => {
    const { host } = shared;
    host.put('/usr/bin/kubelet', '#!/bin/bash\nexec 3<>/usr/lib/never-written\nread -r -u 3\n', 0o755);
    const health = { minReadySeconds: 0, timeoutSeconds: 10 };
    const ended = apply([hostKubelet({ flags: { v: 2 } }, { health })]);
    await expect.poll(async () => (await host.unit()).active).toBe('active');
    await nobody(sayingOk);
    expect(await ended).toMatchObject({ exitCode: 4, stdout: expect.stringContaining('PortTaken: a program of user 65534') });
  });

  test('cannot keep anybody from changing the machine', async () => {
    const { dev, ino } = statSync(shared.host.root, { bigint: true });
    const name = `\\0kubelet-config/${dev}:${ino}`;
    await nobody(`require('node:net').createServer().listen({ path: '${name}'.padEnd(108, '\\0') })`);
    expect(await apply([configured])).toMatchObject({ exitCode: 0 });
  });

  test('who has the state directory is not obeyed', async () => {
    const { host } = shared;
    const before = host.files();
    await host.shell(`mkdir -p /var/lib/kubelet-config/armed; cd /var/lib/kubelet-config/armed
      echo 'touch /run/obeyed' >undo.sh; touch manifest; chown -R 65534:65534 /var/lib/kubelet-config`);
    for (const words of [['apply', '-f', ...shared.write([configured])], ['agent', '--approve=self'], ['status'], ['history']]) {
      expect(await run([...words, '--root', host.root])).toMatchObject({
        exitCode: 6,
        stderr: expect.stringMatching(
          /error\[OthersMayWrite\]: \/var\/lib\/kubelet-config belongs to user 65534.*\n *→ move it away/,
        ),
      });
    }
    expect(existsSync(host.at('/run/obeyed'))).toBe(false);
    expect(host.files()).toEqual(before);
  });

  test('who may write the objects is not obeyed, and the agent says so', async () => {
    const { host } = shared;
    mkdirSync(host.at('/etc/kubelet-config.d'));
    host.put('/etc/kubelet-config.d/workers.yaml', JSON.stringify(configured));
    await host.shell('chmod 777 /etc/kubelet-config.d');
    const before = host.files();
    const agent = start(['agent', '--approve=self', '--root', host.root]);
    try {
      await expect.poll(() => JSON.stringify(agent.log)).toContain('SourceUntrusted');
      expect(host.files()).toEqual(before);
    } finally {
      agent.stop();
      await agent.ended;
    }
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
