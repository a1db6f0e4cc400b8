/** What the kubelet's rules ask of a machine, read from files in memory as a real machine has them. */

import { describe, expect, test } from 'vitest';
import { askingFiles, readMachineSize } from '../../../src/node/ports/machine-for-rules.ts';
import { failAt, memoryFiles } from '../../fakes/files.ts';

const delay = (seconds: string) => `[Login]\nInhibitDelayMaxSec=${seconds}\n`;
const titles = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n';

describe('the size of a machine', () => {
  test('as the kernel tells it', async () => {
    const files = memoryFiles({
      '/sys/devices/system/cpu/online': '0-2,8\n',
      '/proc/meminfo': 'MemTotal:       16303428 kB\nMemFree:  1 kB\n',
      '/proc/swaps': titles,
      '/sys/devices/system/node/online': '0-1\n',
      '/sys/devices/system/node/node0/meminfo': '',
      '/sys/devices/system/node/node1/meminfo': '',
      '/sys/fs/cgroup/cgroup.controllers': 'cpu memory\n',
    });
    expect(await readMachineSize(files)).toEqual({
      capacity: { cpu: 4, memory: 16_303_428 * 1024 },
      onlineCpus: [0, 1, 2, 8],
      numaNodes: [0, 1],
      cgroupVersion: 2,
      hasSwap: false,
      lateInhibitDelay: null,
    });
  });

  test('with swap, and control groups of the first version', async () => {
    const files = memoryFiles({
      '/proc/swaps': `${titles}/swapfile                               file\t\t2097148\t\t0\t\t-2\n`,
      '/sys/fs/cgroup/memory/tasks': '',
      '/sys/fs/cgroup/systemd/tasks': '',
    });
    expect(await readMachineSize(files)).toMatchObject({ hasSwap: true, cgroupVersion: 1 });
  });

  test('nothing is guessed of a root that has none of it', async () => {
    expect(await readMachineSize(memoryFiles({}))).toEqual({ capacity: {}, lateInhibitDelay: null });
  });
});

describe('a drop-in of systemd-logind counts that is read after the one of the kubelet', () => {
  const of = async (files: Record<string, string>) => (await readMachineSize(memoryFiles(files))).lateInhibitDelay;
  const late = '/usr/lib/systemd/logind.conf.d/unattended-upgrades-logind-maxdelay.conf';

  test('the last one that says anything', async () => {
    expect(await of({ [late]: delay('30'), '/etc/systemd/logind.conf.d/zz.conf': '[Login]\n' })).toEqual({
      path: late,
      nanoseconds: 30e9,
    });
  });

  test('not one that is read before it', async () => {
    expect(
      await of({ '/etc/systemd/logind.conf.d/10-short.conf': delay('1'), '/etc/systemd/logind.conf': delay('1') }),
    ).toBeNull();
  });

  test('not one that another of its name hides', async () => {
    const hiding = '/etc/systemd/logind.conf.d/unattended-upgrades-logind-maxdelay.conf';
    expect(await of({ [late]: delay('30'), [hiding]: delay('10min') })).toEqual({ path: hiding, nanoseconds: 600e9 });
  });
});

describe('a check is told of every file that it asks for', () => {
  const files = () => {
    const made = memoryFiles({ '/etc/a': '/etc/b', '/etc/b': 'text', '/var/lib/kubelet/cpu_manager_state': '{}' });
    made.putDirectory('/etc/directory');
    made.putSymlink('/etc/link', 'b');
    made.putSymlink('/etc/dangling', 'nowhere');
    return made;
  };

  test('also of one that it finds out about from another', async () => {
    expect(await askingFiles(files(), ({ text }) => text(text('/etc/a') ?? ''))).toBe('text');
  });

  test.each([
    ['/etc/b', 'File'],
    ['/etc/directory', 'Directory'],
    ['/etc/link', 'File'],
    ['/etc/dangling', 'Absent'],
    ['/etc/b/below', 'Absent'],
    ['/nowhere/at/all', 'Absent'],
    ['relative', undefined],
  ])('%s is %s', async (path, kind) => {
    expect(await askingFiles(files(), ({ kindOf }) => kindOf(path))).toBe(kind);
  });

  test('not of the state of a manager, which we move away', async () => {
    expect(await askingFiles(files(), ({ text }) => text('/var/lib/kubelet/cpu_manager_state'))).toBeUndefined();
  });

  test('a file that cannot be read is not known', async () => {
    const failing = files();
    failing.failWhen(failAt(1, 'EACCES'));
    expect(await askingFiles(failing, ({ kindOf }) => kindOf('/etc/b'))).toBeUndefined();
  });
});
