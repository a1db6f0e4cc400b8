/** The launcher podman with the real engine on a real systemd: what the container gets of the host, and how it starts, ends and is replaced. */

import { beforeAll, describe, expect, test } from 'vitest';
import type { KubeletConfigSpec, LauncherFields } from '../../src/api/types.ts';
import { kubeletConfig } from '../builders.ts';
import { eventually } from '../eventually.ts';
import { image, isMissing, preparePodman } from '../podman-machine.ts';
import { sharedHost } from './shared-host.ts';

describe.skipIf(isMissing)('a kubelet in the real Podman', () => {
  const shared = sharedHost();
  const { apply, withdraw } = shared;
  const shell = (script: string) => shared.host.shell(script).then((text) => text.trim());
  let digest = '';
  beforeAll(async () => {
    digest = await preparePodman(shared.host, 'v1.30.2');
  });

  const inPodman = (
    kubelet: NonNullable<KubeletConfigSpec['kubelet']> = {},
    podman: NonNullable<LauncherFields['podman']> = {},
    spec: Partial<KubeletConfigSpec> = {},
  ) => [
    kubeletConfig('workers', {
      kubelet: { image, version: 'v1.30.2', flags: { v: 2 }, ...kubelet },
      launcher: { podman },
      health: { minReadySeconds: 0, timeoutSeconds: 60 },
      ...spec,
    }),
  ];
  const committed = { exitCode: 0, stdout: expect.stringContaining('committed') };
  /** The process of the kubelet, as the machine counts. */
  const pid = () => shell("pgrep --full '^/bin/sh /usr/bin/kubelet'");
  const words = async () => (await shell(`tr '\\0' ' ' </proc/${await pid()}/cmdline`)).replace('/bin/sh /usr/bin/kubelet ', '');
  const containers = () =>
    shell("podman ps --all --quiet | xargs --no-run-if-empty podman inspect --format '{{.Name}} {{.State.Status}}'");
  const unit = (property: string) => shell(`systemctl show kubelet.service --property=${property} --value`);

  test('has the namespaces, the mounts and the rights that docs/podman.md says, and what the object adds', async () => {
    await shell('mkdir -p /srv/data /srv/plain /opt/config; mount -t tmpfs before /srv/data');
    const volumes = [
      { name: 'data', hostPath: '/srv', mountPath: '/srv', recursive: true },
      { name: 'config', hostPath: '/opt/config', mountPath: '/opt/config', readOnly: true },
      { name: 'scratch', empty: { mode: '0700' as const }, mountPath: '/scratch' },
    ];
    const options = ['--label', 'of=test', '--env=FURTHER=yes'];
    const environment = { HTTPS_PROXY: 'http://proxy:3128' };
    expect(await apply(inPodman({}, { volumes, options }, { unit: { environment } }))).toMatchObject(committed);

    const kubelet = await pid();
    const spaces = 'for name in net pid ipc uts cgroup user; do readlink';
    expect(await shell(`${spaces} /proc/${kubelet}/ns/$name; done`)).toBe(await shell(`${spaces} /proc/1/ns/$name; done`));
    expect(await shell(`grep ^CapEff: /proc/${kubelet}/status`)).toBe(await shell('grep ^CapEff: /proc/1/status'));
    const variables = (await shell(`tr '\\0' '\\n' </proc/${kubelet}/environ`)).split('\n');
    expect(variables).toEqual(expect.arrayContaining(['HTTPS_PROXY=http://proxy:3128', 'FURTHER=yes']));
    expect(await shell('podman inspect --format "{{.Config.Labels.of}} {{.HostConfig.Privileged}}" kubelet')).toBe('test true');
    expect(await unit('Type')).toBe('notify');
    expect(await shell(`cat /proc/${await unit('MainPID')}/comm`)).toBe('conmon');
    expect(await shell(`grep -c kubelet.service /proc/${kubelet}/cgroup`)).not.toBe('0');

    const mounts = new Map(
      (await shell(`cut -d' ' -f5- /proc/${kubelet}/mountinfo`)).split('\n').map((line) => {
        const [place = '', access = '', ...rest] = line.split(' ');
        const propagation = rest.slice(0, rest.indexOf('-')).map((word) => word.replace(/:.*/, ''));
        return [place, `${access.split(',')[0]} ${propagation.join('+') || 'private'}`];
      }),
    );
    const slaves = ['/dev', '/sys', '/run', '/var/lib/docker', '/var/lib/containerd', '/var/lib/containers', '/srv', '/srv/data'];
    for (const place of slaves) expect(`${place} ${mounts.get(place)}`).toBe(`${place} rw master`);
    expect(mounts.get('/var/lib/kubelet')).toMatch(/^rw shared/);
    for (const place of ['/etc/kubernetes', '/var/log']) expect(mounts.get(place)).toMatch(/^rw /);
    const readOnly = ['/etc/ssl/certs', '/usr/share/ca-certificates', '/lib/modules', '/etc/machine-id', '/etc/os-release'];
    for (const place of [...readOnly, '/opt/config']) expect(`${place} ${mounts.get(place)}`).toMatch(/ ro /);
    expect(await shell(`stat -c %a /proc/${kubelet}/root/scratch`)).toBe('700');

    // What the host mounts later is seen in the container, and what the kubelet mounts for pods is seen on the host.
    await shell('mkdir -p /run/later && mount -t tmpfs later /run/later && echo seen >/run/later/file');
    expect(await shell(`cat /proc/${kubelet}/root/run/later/file`)).toBe('seen');
    await shell(`mkdir -p /var/lib/kubelet/pod; nsenter --target ${kubelet} --mount mount -t tmpfs pod /var/lib/kubelet/pod`);
    expect(await shell('findmnt --noheadings --output SOURCE /var/lib/kubelet/pod')).toBe('pod');
    await shell('umount /var/lib/kubelet/pod /run/later /srv/data');
  });

  test('is changed with one restart, keeps its own after a bad change, and is gone when it is withdrawn', async () => {
    const files = shared.host.files();
    expect(await apply(inPodman())).toMatchObject(committed);
    const starts = (await shared.host.starts()).length;
    expect(await apply(inPodman({ flags: { v: 3 } }))).toMatchObject(committed);
    expect(await words()).toBe('--v=3');
    expect((await shared.host.starts()).length).toBe(starts + 1);

    const bad = await apply(inPodman({ flags: { v: 99 } }));
    expect(bad).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('cannot parse the certificate: no PEM') });
    expect(await words()).toBe('--v=3');
    expect(await containers()).toBe('kubelet running');

    expect(await withdraw()).toMatchObject({ exitCode: 0 });
    expect(await containers()).toBe('');
    expect(shared.host.files()).toEqual(files);
  });

  test('runs the image of a digest, whatever the tag is', async () => {
    const of = { image: `${image}:latest@${digest}`, version: 'v1.30.2' };
    expect(await apply(inPodman(of))).toMatchObject(committed);
    expect(await shell('podman inspect --format "{{.ImageDigest}}" kubelet')).toBe(digest);
  });

  test('with an image that cannot be had is refused before anything is touched, as the pull policy says', async () => {
    expect(await apply(inPodman())).toMatchObject(committed);
    const was = { files: shared.host.files(), unit: await shared.host.unit(), containers: await containers() };
    // Nothing listens there.
    const elsewhere = { image: '127.0.0.1:1/kubelet' };
    const missing = await apply(inPodman(elsewhere));
    expect(missing).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('podman cannot fetch 127.0.0.1:1/kubelet:v1.30.2'),
    });
    const never = await apply(inPodman(elsewhere, { options: ['--pull=never'] }));
    expect(never).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('ImageUnavailable') });
    // The image is there, but the registry is to be asked, and there is none.
    const always = await apply(inPodman({ flags: { v: 4 } }, { options: ['--pull=always'] }));
    expect(always).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('ImageUnavailable') });
    expect({ files: shared.host.files(), unit: await shared.host.unit(), containers: await containers() }).toEqual(was);
    const present = await apply(inPodman({ flags: { v: 4 } }, { options: ['--pull=never'] }));
    expect(present).toMatchObject(committed);
  });

  test.each([
    ['conmon, which holds the container', 'MainPID'],
    ['the kubelet', ''],
  ])('comes back alone after a kill of %s, and a stop leaves nothing', async (_, property) => {
    expect(await apply(inPodman({}, {}, { unit: { options: { Service: { RestartSec: ['1'] } } } }))).toMatchObject(committed);
    const first = await pid();
    await shell(`kill -KILL ${property === '' ? first : await unit(property)}`);
    await eventually(async () => {
      const now = await pid();
      if (now === first || (await containers()) !== 'kubelet running') throw new Error(`the old kubelet runs: ${now}`);
    });
    expect((await pid()).split('\n')).toHaveLength(1);

    await shell('systemctl stop kubelet.service');
    expect(await containers()).toBe('');
    expect(await shell('pgrep --exact conmon || true')).toBe('');
    expect(await shell("pgrep --full '^/bin/sh /usr/bin/kubelet' || true")).toBe('');
  });
});
