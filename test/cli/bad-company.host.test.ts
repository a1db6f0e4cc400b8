/** A good change in bad company: systemd, its bus, the disk's mounts, or a person do something of their own in the middle of it. */

import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeletConfig } from '../../src/api/types.ts';
import { kubeletConfig } from '../builders.ts';
import { type BuiltProgram, buildProgram, type RunningProgram } from '../built-program.ts';
import { unitFile } from '../kubelet-host.ts';
import { hostKubelet, sharedHost } from './shared-host.ts';

const shared = sharedHost();

let built: BuiltProgram;
beforeAll(() => {
  built = buildProgram();
});
afterAll(() => built?.remove());

const old = hostKubelet({ flags: { v: 2 }, configuration: { maxPods: 64 } });
const oldWords = ['--config=/etc/kubernetes/kubelet-config.yaml', '--v=2'];
const changed = (health: object, options: Record<string, string[]> = {}) =>
  hostKubelet({ flags: { v: 3 } }, { health, unit: { options: { Service: options } } });
const quick = { minReadySeconds: 0, timeoutSeconds: 20 };
const slow = { minReadySeconds: 3, timeoutSeconds: 20 };
const endless = { minReadySeconds: 60, timeoutSeconds: 100 };

function apply(object: KubeletConfig): RunningProgram {
  return built.start(['apply', '--root', shared.host.root, '-f', ...shared.write([object])]);
}

/** Under way, up to where the program has said `when`. */
async function begun(object: KubeletConfig, when: string): Promise<RunningProgram> {
  const program = apply(object);
  await expect.poll(program.said, { interval: 1 }).toContain(when);
  return program;
}

const isOpen = () => ['armed', 'undoing'].some((name) => existsSync(shared.host.at(`/var/lib/kubelet-config/${name}`)));
const words = async () => (await shared.host.process('/usr/bin/kubelet')).words;

async function isAt(expected: readonly string[]): Promise<void> {
  expect(isOpen()).toBe(false);
  expect(await words()).toEqual(expected);
  expect(await shared.host.unit()).toMatchObject({ active: 'active', enabled: 'enabled', restarts: 0 });
}

describe('systemd', () => {
  test('is executed anew in the proof: the change is taken, with one restart', async () => {
    const { host } = shared;
    expect(await apply(old).ended).toBe(0);
    const starts = (await host.starts()).length;
    const program = await begun(changed(slow), 'prove ');
    await host.shell('systemctl daemon-reexec');
    expect(await program.ended).toBe(0);
    await isAt(['--v=3']);
    expect((await host.starts()).length - starts).toBe(1);
  });

  test('is executed anew just when it is told to restart the kubelet: should the result be lost, it is an interruption', async () => {
    const { host } = shared;
    expect(await apply(old).ended).toBe(0);
    const starts = (await host.starts()).length;
    const program = await begun(changed(slow), 'reload ');
    await host.shell('systemctl daemon-reexec');
    const code = await program.ended;
    expect([0, 4]).toContain(code);
    if (code === 4) expect(program.said()).toContain('interrupted: ');
    await isAt(code === 0 ? ['--v=3'] : oldWords);
    expect((await host.starts()).length - starts).toBeLessThanOrEqual(2);
    expect(await apply(changed(slow)).ended).toBe(0);
    await isAt(['--v=3']);
  });

  test('is executed anew while it starts the kubelet: the change is taken, with one restart', async () => {
    const { host } = shared;
    expect(await apply(old).ended).toBe(0);
    const starts = (await host.starts()).length;
    const program = await begun(changed(quick, { ExecStartPre: ['/bin/sleep 2'] }), 'reload ');
    await host.shell('sleep 0.5; systemctl daemon-reexec');
    expect(await program.ended).toBe(0);
    await isAt(['--v=3']);
    expect((await host.starts()).length - starts).toBe(1);
  });

  test('loses its bus in the proof: it is asked again when the bus is back, and the change is taken', async () => {
    const { host } = shared;
    expect(await apply(old).ended).toBe(0);
    const starts = (await host.starts()).length;
    const program = await begun(changed(slow), 'prove ');
    await host.shell('systemctl kill --signal=KILL dbus.service');
    expect(await program.ended).toBe(0);
    await isAt(['--v=3']);
    expect((await host.starts()).length - starts).toBe(1);
  });

  test('never ends its job: the switch brings the old kubelet back, and it is no failure', { timeout: 120_000 }, async () => {
    const { host } = shared;
    expect(await apply(old).ended).toBe(0);
    const files = host.files();
    const hanging = { ExecStartPre: ['/bin/sleep 1000'], TimeoutStartSec: ['infinity'] };
    const program = apply(changed({ minReadySeconds: 0, timeoutSeconds: 10 }, hanging));
    expect(await program.ended).toBe(4);
    expect(program.said()).toContain('interrupted: ');
    expect(host.files()).toEqual(files);
    await isAt(oldWords);
  });
});

describe('a person', () => {
  test.each([
    ['restarts', 'restart', 'restarted'],
    ['stops', 'stop', 'stopped'],
  ])('%s the kubelet in the middle of the proof: undone, and taken the next time', async (_, verb, done) => {
    const { host } = shared;
    expect(await apply(old).ended).toBe(0);
    const program = await begun(changed(endless), 'prove ');
    await expect.poll(async () => (await host.unit()).active).toBe('active');
    // Seen by the proof once, or it would take the second run for its own, and the stop for an end of its own.
    await host.shell(`sleep 1; systemctl ${verb} kubelet.service`);
    expect(await program.ended).toBe(4);
    expect(program.said()).toContain(`interrupted: kubelet.service was ${done} by a person or another program`);
    await isAt(oldWords);
    expect(await apply(changed(quick)).ended).toBe(0);
    await isAt(['--v=3']);
  });

  test('removes our records in the proof: nothing can be undone, and nothing is said to be', async () => {
    const { host } = shared;
    expect(await apply(old).ended).toBe(0);
    const program = await begun(changed(endless), 'prove ');
    await host.shell('rm -rf /var/lib/kubelet-config');
    expect(await program.ended).toBe(5);
    expect(program.said()).toMatch(/error\[NotUndone\].*these are not as they were before: .*kubelet\.service \(changed\)/s);
    expect(program.said()).not.toContain('the host is as it was before');
    expect(await words()).toEqual(['--v=3']);
  });

  test('changes a file while the switch brings the old ones back: it is named, and not called undone', async () => {
    const { host } = shared;
    expect(await apply(old).ended).toBe(0);
    host.put(
      '/opt/bin/mv',
      `#!/bin/sh\n/bin/mv "$@"\nfor to; do :; done\ncase $to in ${unitFile}) chmod 600 "$to" ;; esac\n`,
      0o755,
    );
    host.put(
      '/etc/systemd/system/kubelet-config-undo.service.d/path.conf',
      '[Service]\nEnvironment=PATH=/opt/bin:/usr/bin:/bin\n',
    );
    await host.shell('systemctl daemon-reload');
    try {
      const program = await begun(changed({ ...endless, minReadySeconds: 9, timeoutSeconds: 10 }), 'prove ');
      await host.shell('sleep 1; systemctl restart kubelet.service');
      expect(await program.ended).toBe(5);
      expect(program.said()).toContain('error[NotUndone]');
      expect(await host.shell('journalctl --unit=kubelet-config-undo.service --output=cat')).toContain(
        `${unitFile} is not as it was before`,
      );
      await host.shell('rm /opt/bin/mv');
      expect(await apply(old).ended).toBe(0);
      await isAt(oldWords);
    } finally {
      await host.shell('rm -rf /etc/systemd/system/kubelet-config-undo.service.d');
    }
  });

  const theirs = `${unitFile}.d/99-theirs.conf`;
  test.each([
    [
      'adds a drop-in with another command',
      `mkdir -p ${unitFile}.d; printf '[Service]\\nExecStart=\\nExecStart=/usr/bin/kubelet --v=9\\n' >${theirs}`,
      `${theirs} sets ExecStart`,
    ],
    ['overwrites the unit', `printf '[Service]\\nExecStart=/bin/false\\n' >${unitFile}`, `${unitFile} (changed)`],
    ['masks the unit', `ln -sf /dev/null ${unitFile}; systemctl daemon-reload`, `${unitFile} (replaced by a link)`],
    ['disables the unit', 'systemctl disable kubelet.service', 'kubelet.service was disabled'],
    [
      'lets others write a file',
      'chmod 666 /etc/kubernetes/kubelet-config.yaml',
      '/etc/kubernetes/kubelet-config.yaml (another mode)',
    ],
  ])('%s in the middle of the change: it is not committed, and the old one is back', async (_, script, reason) => {
    const { host } = shared;
    expect(await shared.apply([old])).toMatchObject({ exitCode: 0 });
    const files = host.files();
    // While systemd starts the new kubelet, however busy this machine is.
    host.put('/srv/meanwhile', `#!/bin/bash\n${script}\n`, 0o755);
    const options = { Service: { ExecStartPost: ['/srv/meanwhile'] } };
    const next = hostKubelet({ flags: { v: 3 }, configuration: { maxPods: 65 } }, { health: quick, unit: { options } });
    const ended = await shared.apply([next]);
    expect(ended).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('interrupted: ') });
    expect(ended.stderr).toContain(reason);
    await host.shell(`rm -f ${theirs}; systemctl daemon-reload; systemctl restart kubelet.service`);
    expect(host.files()).toEqual(files);
    await isAt(oldWords);
    host.put('/srv/meanwhile', '#!/bin/bash\n', 0o755);
    expect(await shared.apply([next])).toMatchObject({ exitCode: 0 });
  });

  test('adds a drop-in after the commit: apply, diff and what runs say so, and nothing is restarted', async () => {
    const { host, diff } = shared;
    expect(await apply(old).ended).toBe(0);
    const starts = (await host.starts()).length;
    const drop = '/usr/lib/systemd/system/kubelet.service.d/10-theirs.conf';
    host.put(drop, '[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --v=9\n');
    const told = `${drop} sets ExecStart after our unit does`;
    expect(await shared.apply([old])).toMatchObject({ exitCode: 3, stderr: expect.stringContaining(told) });
    expect(await diff([old])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(told) });
    expect((await host.starts()).length).toBe(starts);
    // Loaded, and gone from the disk; then started with, and gone for systemd too.
    await host.shell(`systemctl daemon-reload; rm ${drop}`);
    expect(await shared.apply([old])).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('systemd has loaded another command'),
    });
    expect(await diff([old])).toMatchObject({ exitCode: 1 });
    await host.shell('systemctl restart kubelet.service');
    expect(await words()).toEqual(['--v=9']);
    await host.shell('systemctl daemon-reload');
    expect(await shared.apply([old])).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('runs with other arguments'),
    });
    expect(await diff([old])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('--v=9') });
    await host.shell('systemctl restart kubelet.service');
    expect(await shared.apply([old])).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^unchanged/) });
    await isAt(oldWords);
  });

  test('gives the kubelet another version by the environment: refused before anything is touched', async () => {
    const { host, diff } = shared;
    const rkt = kubeletConfig('workers', { kubelet: { version: 'v1.7.6_coreos.0' }, launcher: { rkt: {} }, health: quick });
    host.put('/etc/kubernetes/kubelet.env', 'KUBELET_IMAGE_TAG=v1.6.4_coreos.0\n');
    host.put(theirs, '[Service]\nEnvironmentFile=-/etc/kubernetes/kubelet.env\n');
    const files = host.files();
    const told = '/etc/kubernetes/kubelet.env sets KUBELET_IMAGE_TAG to "v1.6.4_coreos.0"';
    expect(await shared.apply([rkt])).toMatchObject({ exitCode: 3, stderr: expect.stringContaining(told) });
    expect(host.files()).toEqual(files);
    await host.shell('rm /etc/kubernetes/kubelet.env');
    expect(await shared.apply([rkt])).toMatchObject({ exitCode: 0 });
    host.put('/etc/kubernetes/kubelet.env', 'KUBELET_IMAGE=example.com/other:v1\n');
    expect(await diff([rkt])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('sets KUBELET_IMAGE to') });
  });

  test('has masked the unit for now: refused before anything is touched', async () => {
    const { host } = shared;
    expect(await apply(old).ended).toBe(0);
    await host.shell(`rm ${unitFile}; systemctl mask kubelet.service`);
    const files = host.files();
    const program = apply(changed(quick));
    expect(await program.ended).toBe(6);
    expect(program.said()).toContain('masked');
    expect(host.files()).toEqual(files);
    expect(isOpen()).toBe(false);
  });
});

describe('our records on a file system of their own', () => {
  const mountUnit = 'var-lib-kubelet\\x2dconfig.mount';

  test('which is mounted late: the boot waits for it, and goes back before the kubelet starts', async () => {
    const { host } = shared;
    host.put(
      `/etc/systemd/system/${mountUnit}`,
      '[Unit]\nDefaultDependencies=no\nAfter=late.service\nRequires=late.service\nBefore=local-fs.target\n[Mount]\nWhat=/srv/state\nWhere=/var/lib/kubelet-config\nOptions=bind\n[Install]\nWantedBy=local-fs.target\n',
    );
    host.put(
      '/etc/systemd/system/late.service',
      '[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sleep 1\n',
    );
    await host.shell(`mkdir -p /srv/state; systemctl daemon-reload; systemctl enable --now '${mountUnit}'`);
    try {
      expect(await apply(old).ended).toBe(0);
      const files = host.files();
      const program = await begun(changed(endless), 'prove ');
      program.child.kill('SIGKILL');
      await program.ended;
      expect(isOpen()).toBe(true);
      await host.guest.reboot();
      expect(host.files()).toEqual(files);
      await isAt(oldWords);
      expect(await host.starts()).toHaveLength(1);
      expect(await host.shell('findmnt --noheadings --output=TARGET /var/lib/kubelet-config')).toBe('/var/lib/kubelet-config\n');
    } finally {
      await host.shell(
        `systemctl disable '${mountUnit}'; umount /var/lib/kubelet-config; rm -rf /srv/state /etc/systemd/system/{late.service,*.mount}`,
      );
    }
  });
});

test('a kubelet that a path unit starts: after a boot in the middle it is the old one', async () => {
  const { host } = shared;
  host.put(unitFile, '[Service]\nExecStart=/usr/bin/kubelet --v=7\n');
  host.put('/etc/systemd/system/kubelet.path', '[Path]\nPathExists=/etc/kubernetes\n[Install]\nWantedBy=multi-user.target\n');
  try {
    await host.shell('mkdir -p /etc/kubernetes; systemctl daemon-reload; systemctl enable --now kubelet.path');
    expect(await words()).toEqual(['--v=7']);
    const files = host.files();
    const program = await begun(changed(endless), 'prove ');
    program.child.kill('SIGKILL');
    await program.ended;
    await host.guest.reboot();
    expect(await words()).toEqual(['--v=7']);
    expect(await host.starts()).toHaveLength(1);
    const { [unitFile]: text } = host.files();
    expect(text).toBe(files[unitFile]);
  } finally {
    await host.shell('systemctl disable --now kubelet.path; rm /etc/systemd/system/kubelet.path');
  }
});

describe('no reason to restart (a person wrote none, and the kubelet could feel none):', () => {
  test('another version of this program, which would write other bytes', async () => {
    const { host } = shared;
    expect(await apply(old).ended).toBe(0);
    const [stamps, starts] = [host.stamps(), (await host.starts()).length];
    const place = mkdtempSync(join(tmpdir(), 'kubelet-config-test-'));
    try {
      cpSync(dirname(built.path), join(place, 'dist'), { recursive: true });
      writeFileSync(join(place, 'package.json'), '{"type": "module"}');
      const other = 'Another renderer';
      const files = readdirSync(join(place, 'dist'), { recursive: true, encoding: 'utf8' }).filter((name) =>
        name.endsWith('.js'),
      );
      for (const name of files) {
        const path = join(place, 'dist', name);
        writeFileSync(path, readFileSync(path, 'utf8').replaceAll('Kubernetes kubelet', other));
      }
      const path = join(place, 'dist/kubelet-config.js');
      const run = (object: KubeletConfig) =>
        built.start(['apply', '--root', host.root, '-f', ...shared.write([object])], process.env, path);
      const same = run(old);
      expect(await same.ended).toBe(0);
      expect(same.said()).toContain('unchanged');
      expect(host.stamps()).toEqual(stamps);
      expect((await host.starts()).length).toBe(starts);
      // It goes along with the next real change.
      expect(await run(changed(quick)).ended).toBe(0);
      expect(host.files()[unitFile]).toContain(other);
    } finally {
      rmSync(place, { recursive: true });
    }
  });

  test('an update of the operating system', async () => {
    const { host } = shared;
    expect(await apply(old).ended).toBe(0);
    const [stamps, starts] = [host.stamps(), (await host.starts()).length];
    host.put('/etc/os-release', 'ID=debian\nVERSION_ID="13"\n');
    expect(await apply(old).ended).toBe(0);
    expect(host.stamps()).toEqual(stamps);
    expect((await host.starts()).length).toBe(starts);
  });
});
