import { describe, expect, test } from 'vitest';
import { readHostFacts } from '../../src/host/facts.ts';
import type { HostPrograms, ProgramResult } from '../../src/node/ports/programs.ts';
import { SystemdError } from '../../src/node/ports/systemd.ts';
import { memoryFiles } from '../fakes/files.ts';

const rktVersion =
  'rkt Version: 1.30.0\nappc Version: 0.8.11\nGo Version: go1.8.3\nGo OS/Arch: linux/amd64\nFeatures: -TPM +SDJOURNAL\n';
const systemdVersion = 'systemd 252 (252.39-1~deb12u1)\n+PAM +AUDIT +SELINUX\n';

/** Programs of a host by their paths, and which of them were run. */
function programsOf(answers: Record<string, string | Error | Partial<ProgramResult>>) {
  const runs: string[] = [];
  const programs: HostPrograms = {
    run: async (program) => {
      runs.push(program.join(' '));
      const answer = answers[program[0] ?? ''] ?? new Error('no such program');
      if (answer instanceof Error) throw answer;
      return { exitCode: 0, stdout: '', stderr: '', ...(typeof answer === 'string' ? { stdout: answer } : answer) };
    },
  };
  return { programs, runs };
}

describe('files', () => {
  test('os-release is read through its symlink, whatever directories it passes', async () => {
    const files = memoryFiles({ '/usr/lib/os-release': 'ID=coreos\nVERSION_ID="1068.8.0"\n' });
    files.putSymlink('/etc', 'usr/etc');
    files.putSymlink('/usr/etc/os-release', '../lib/os-release');
    files.putDirectory('/usr/etc');
    expect(await readHostFacts(files)).toEqual({ osRelease: { ID: 'coreos', VERSION_ID: '1068.8.0' } });
  });

  test('os-release of /usr/lib counts where /etc has none', async () => {
    const files = memoryFiles({ '/usr/lib/os-release': 'ID=debian\n' });
    files.putSymlink('/etc/os-release', '/run/not-yet');
    expect((await readHostFacts(files)).osRelease).toEqual({ ID: 'debian' });
  });

  test('a machine that runs has a boot id, an image has none', async () => {
    const image = memoryFiles();
    expect(await readHostFacts(image)).toEqual({ osRelease: {} });
    image.put('/proc/sys/kernel/random/boot_id', '9a8b7c6d-0000-4000-8000-000000000000\n');
    expect(await readHostFacts(image)).toEqual({ osRelease: {}, bootId: '9a8b7c6d-0000-4000-8000-000000000000' });
  });
});

describe('programs', () => {
  const binaries = { '/usr/bin/rkt': 'r', '/opt/bin/kubelet': 'k', '/usr/lib/systemd/systemd': 's' };

  test('are asked for their versions where they are', async () => {
    const { programs, runs } = programsOf({
      '/usr/bin/rkt': rktVersion,
      '/opt/bin/kubelet': 'Kubernetes v1.36.0\n',
      '/usr/lib/systemd/systemd': systemdVersion,
    });
    expect(await readHostFacts(memoryFiles(binaries), programs)).toEqual({
      osRelease: {},
      rktVersion: '1.30.0',
      kubeletVersion: 'v1.36.0',
      systemdVersion: 252,
    });
    expect(runs.sort()).toEqual(['/opt/bin/kubelet --version', '/usr/bin/rkt version', '/usr/lib/systemd/systemd --version']);
  });

  test('that are not there are not run', async () => {
    const { programs, runs } = programsOf({});
    expect(await readHostFacts(memoryFiles(), programs)).toEqual({ osRelease: {} });
    expect(runs).toEqual([]);
  });

  test('are looked for where the caller says', async () => {
    const files = memoryFiles({ ...binaries, '/srv/kubelet-1.35': 'k' });
    const { programs } = programsOf({ '/srv/kubelet-1.35': 'Kubernetes v1.35.1\n', '/opt/bin/kubelet': 'Kubernetes v1.36.0\n' });
    const options = { binaries: { kubelet: ['/srv/kubelet-1.35'] } };
    expect(await readHostFacts(files, programs, options)).toMatchObject({ kubeletVersion: 'v1.35.1' });
  });

  test('run again only when their binary changed', async () => {
    const files = memoryFiles({ '/opt/bin/kubelet': 'k' });
    const { programs, runs } = programsOf({ '/opt/bin/kubelet': 'Kubernetes v1.36.0\n' });
    const options = { answers: new Map<string, string>() };
    for (const _ of ['first', 'second']) {
      expect(await readHostFacts(files, programs, options)).toMatchObject({ kubeletVersion: 'v1.36.0' });
    }
    expect(runs).toHaveLength(1);
    files.put('/opt/bin/kubelet', 'k');
    await readHostFacts(files, programs, options);
    expect(runs).toHaveLength(2);
    expect(options.answers.size).toBe(1);
  });

  test.each([
    ['cannot be run', new SystemdError('TimedOut', 'timeout', 'it took too long')],
    ['fails', { exitCode: 1, stdout: 'Kubernetes v1.36.0\n' }],
    ['says something else', 'hello\n'],
  ])('whose run %s leave the version unknown', async (_, answer) => {
    const { programs } = programsOf({ '/opt/bin/kubelet': answer });
    expect(await readHostFacts(memoryFiles({ '/opt/bin/kubelet': 'k' }), programs)).toEqual({ osRelease: {} });
  });

  test('that could not be asked are asked again', async () => {
    const files = memoryFiles({ '/opt/bin/kubelet': 'k' });
    const options = { answers: new Map<string, string>() };
    await readHostFacts(files, programsOf({ '/opt/bin/kubelet': new Error('busy') }).programs, options);
    const { programs } = programsOf({ '/opt/bin/kubelet': 'Kubernetes v1.36.0\n' });
    expect(await readHostFacts(files, programs, options)).toMatchObject({ kubeletVersion: 'v1.36.0' });
  });
});

describe('whether /etc is there after a reboot', () => {
  const root = '/dev/sda9 / ext4 rw 0 0';
  const memory = 'tmpfs /run tmpfs rw 0 0';
  const overlayAt = (place: string, upper: string) =>
    `overlay ${place} overlay rw,lowerdir=/usr/share/etc,upperdir=${upper},workdir=/w 0 0`;
  const withMounts = async (...mounts: string[]) => {
    const files = memoryFiles({
      '/proc/1/mounts': mounts.map((line) => `${line}\n`).join(''),
      '/run/up/x': '',
      '/sysroot/etc/x': '',
    });
    return (await readHostFacts(files, undefined, { installed: { unit: 'kubelet.service', without: new Map() } })).etcPersists;
  };

  test.each([
    ['the root of a disk', [root, memory]],
    ['an overlay on a disk', [root, memory, overlayAt('/etc', '/sysroot/etc')]],
    ['a tmpfs elsewhere', [root, memory, 'tmpfs /etc2 tmpfs rw 0 0', 'tmpfs /etc/cni tmpfs rw 0 0']],
    ['the root of a container, whose layer is not its own', [overlayAt('/', '/run/elsewhere/up'), memory]],
    ['nothing to be seen', []],
  ])('%s: yes', async (_what, mounts) => {
    expect(await withMounts(...mounts)).toBe(true);
  });

  test.each([
    ['a tmpfs', [root, 'tmpfs /etc tmpfs rw 0 0']],
    ['a root that is unpacked at boot', ['rootfs / rootfs rw 0 0', memory]],
    ['an overlay in memory', [root, memory, overlayAt('/etc', '/run/up')]],
    ['a root with an overlay in memory', [overlayAt('/', '/run/up'), memory]],
    ['a tmpfs over a disk', [root, '/dev/sdb /etc ext4 rw 0 0', 'tmpfs /etc tmpfs rw 0 0']],
    ['a folder of ours in memory', [root, 'tmpfs /etc/kubernetes tmpfs rw 0 0']],
  ])('%s: no', async (_what, mounts) => {
    expect(await withMounts(...mounts)).toBe(false);
  });
});
