/** What only the machine tells (its size, its control groups, the files that settings name) is judged while the old kubelet still runs. */

import { beforeEach, describe, expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../../src/api/types.ts';
import { kubeletConfig } from '../../builders.ts';
import { type ScriptedPrograms, scriptedPrograms } from '../../fakes/programs.ts';
import { type MemoryMachine, memoryMachine, unitFile } from '../machine.ts';

const ca = '/etc/kubernetes/pki/ca.crt';
const certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const withCa = { configuration: { authentication: { x509: { clientCAFile: ca } } } };
const done = { kind: 'Changed', result: { kind: 'Committed' } };
const swaps = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/swapfile file 2097148 0 -2\n';

let programs: ScriptedPrograms;

const host = (kubelet: KubeletConfigSpec['kubelet'], spec: Partial<KubeletConfigSpec> = {}) =>
  kubeletConfig('workers', { ...(kubelet && { kubelet }), launcher: { host: {} }, ...spec });

function machineWith(initial: Record<string, string> = {}, version = 'v1.36.2'): Promise<MemoryMachine> {
  return memoryMachine(initial, programs, { kubeletVersion: () => version });
}

function field(...names: string[]): string[] {
  return ['spec', 'kubelet', 'configuration', ...names];
}

beforeEach(() => {
  programs = scriptedPrograms();
  for (const program of ['systemd-analyze', 'bash', '/usr/bin/rkt']) programs.answer(program, () => ({}));
});

describe('what the kubelet of this machine refuses stops the change before anything is touched', () => {
  test.each<[string, Record<string, string>, KubeletConfigSpec['kubelet'], object]>([
    [
      'a client CA that is not there',
      {},
      withCa,
      { path: field('authentication', 'x509', 'clientCAFile'), reason: expect.stringContaining(`open ${ca}: no such file`) },
    ],
    [
      'a client CA that is none',
      { [ca]: 'to do\n' },
      withCa,
      { reason: expect.stringContaining('does not contain any valid RSA or ECDSA certificates') },
    ],
    [
      'a kubeconfig that is not there',
      {},
      { flags: { kubeconfig: '/etc/kubernetes/kubelet.conf' } },
      { path: ['spec', 'kubelet', 'flags', 'kubeconfig'], reason: expect.stringContaining('no such file or directory') },
    ],
    [
      'a CPU that is not there',
      { '/sys/devices/system/cpu/online': '0-3\n' },
      { configuration: { reservedSystemCPUs: '0,7' } },
      { path: field('reservedSystemCPUs'), reason: expect.stringContaining('this machine has no CPU 7') },
    ],
    [
      'more memory reserved than there is',
      { '/proc/meminfo': 'MemTotal: 1048576 kB\n' },
      { configuration: { systemReserved: { memory: '2Gi' } } },
      { path: field('systemReserved'), reason: expect.stringContaining('the reservations of memory') },
    ],
    [
      'swap',
      { '/proc/swaps': swaps },
      { flags: { v: 2 } },
      { reason: expect.stringContaining('running with swap on is not supported') },
    ],
    [
      'control groups of the first version',
      { '/sys/fs/cgroup/memory/tasks': '' },
      { flags: { v: 2 } },
      { reason: expect.stringContaining('not run on a host using cgroup v1') },
    ],
  ])('%s', async (_, files, kubelet, problem) => {
    const machine = await machineWith(files);
    const before = machine.host();
    expect(await machine.apply([host(kubelet)])).toMatchObject({
      kind: 'Kept',
      problems: [{ severity: 'error', object: 'workers', ...problem }],
    });
    expect(machine.host()).toEqual(before);
    expect(machine.systemd.changes()).toEqual([]);
  });

  test('also by the version that the object names', async () => {
    const machine = await machineWith({ '/sys/fs/cgroup/memory/tasks': '' });
    const problem = { severity: 'error', reason: expect.stringContaining('cgroup v1') };
    expect(await machine.apply([host({ version: 'v1.36.2' })])).toMatchObject({ kind: 'Kept', problems: [problem] });
    const older = await machineWith({ '/sys/fs/cgroup/memory/tasks': '' }, 'v1.34.1');
    expect(await older.apply([host({ version: 'v1.34.1' })])).toMatchObject(done);
  });
});

describe('no false alarm', () => {
  test('a file that the object brings along is there', async () => {
    const path = '/etc/kubernetes/own-ca.crt';
    const files = [{ path, mode: '0644', content: certificate }];
    const kubelet = { configuration: { authentication: { x509: { clientCAFile: path } } } };
    expect(await (await machineWith()).apply([host(kubelet, { files })])).toMatchObject(done);
  });

  test('a file that a command of the unit may make is a warning where it is missing', async () => {
    const unit = { options: { Service: { ExecStartPre: ['/opt/bin/get-ca'] } } };
    expect(await (await machineWith()).apply([host(withCa, { unit })])).toMatchObject({
      ...done,
      warnings: expect.arrayContaining([
        expect.objectContaining({ severity: 'warning', path: field('authentication', 'x509', 'clientCAFile') }),
      ]),
    });
  });

  test('a kubelet in a container sees other files, and the same machine', async () => {
    const rkt = (configuration: object) =>
      kubeletConfig('workers', {
        kubelet: { version: 'v1.8.15_coreos.0', flags: { 'require-kubeconfig': true, ...configuration } },
        launcher: { rkt: {} },
      });
    expect(await (await machineWith()).apply([rkt({ 'client-ca-file': ca })])).toMatchObject(done);
  });

  test('the repair of a committed revision asks for nothing of the machine', async () => {
    const machine = await machineWith({ [ca]: certificate });
    const object = host(withCa, { files: [{ path: '/etc/kubernetes/note', mode: '0644', content: 'one\n' }] });
    expect(await machine.apply([object])).toMatchObject(done);
    await machine.files.past.remove(ca);
    machine.files.put('/etc/kubernetes/note', 'other\n');
    expect(await machine.apply([object])).toMatchObject(done);
    expect(machine.host()['/etc/kubernetes/note']).toContain('one');
  });
});

test("a drop-in of somebody else that cuts the kubelet's time for a shutdown is a warning", async () => {
  const late = '/usr/lib/systemd/logind.conf.d/unattended-upgrades-logind-maxdelay.conf';
  const machine = await machineWith({
    [late]: '[Login]\nInhibitDelayMaxSec=30\n',
    [unitFile]: '[Service]\nExecStart=/usr/bin/kubelet\n',
  });
  const outcome = await machine.apply([
    host({ configuration: { shutdownGracePeriod: '5m', shutdownGracePeriodCriticalPods: '1m' } }),
  ]);
  expect(outcome).toMatchObject({
    ...done,
    warnings: expect.arrayContaining([
      expect.objectContaining({
        path: field('shutdownGracePeriod'),
        reason: expect.stringContaining(`${late} sets InhibitDelayMaxSec`),
      }),
    ]),
  });
  const short = { shutdownGracePeriod: '20s', shutdownGracePeriodCriticalPods: '10s' };
  expect(await machine.apply([host({ configuration: short })])).toMatchObject({ warnings: [] });
});
