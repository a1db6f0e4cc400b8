/**
 * No host with SELinux can be run here, so files and programs are in memory: which program is run, and when.
 */

import { beforeEach, describe, expect, test } from 'vitest';
import { kubeletConfig } from '../builders.ts';
import { type ScriptedPrograms, scriptedPrograms } from '../fakes/programs.ts';
import { type MemoryMachine, memoryMachine, unitFile } from '../node/machine.ts';

const configuration = '/etc/kubernetes/kubelet-config.yaml';
const workers = kubeletConfig('workers', { kubelet: { configuration: { maxPods: 64 } }, launcher: { host: {} } });

let programs: ScriptedPrograms;
let machine: MemoryMachine;

const labelled = () => programs.calls.filter((call) => call.startsWith('restorecon'));

/** @param enforce as the kernel shows it; undefined if SELinux is off */
async function open(enforce: string | undefined): Promise<void> {
  programs = scriptedPrograms();
  programs.answer('systemd-analyze', () => ({}));
  machine = await memoryMachine(enforce === undefined ? {} : { '/sys/fs/selinux/enforce': enforce }, programs);
}

describe('where the host enforces', () => {
  beforeEach(() => open('1'));

  test('each written file is labelled by itself, and is there then', async () => {
    const seen: string[] = [];
    programs.answer('restorecon', () => {
      seen.push(...Object.keys(machine.host()).filter((path) => !path.startsWith('/sys/')));
      return {};
    });
    expect(await machine.apply([workers])).toMatchObject({ result: { kind: 'Committed' } });
    expect(labelled()).toEqual([`restorecon ${configuration}`, `restorecon ${unitFile}`]);
    expect(seen).toEqual([configuration, configuration, unitFile]);
  });

  test('before systemd is to read it', async () => {
    const told: string[] = [];
    programs.answer('restorecon', () => {
      told.push(...machine.systemd.changes());
      return {};
    });
    await machine.apply([workers]);
    expect(machine.systemd.changes()).not.toEqual([]);
    expect(told).toEqual([]);
  });

  test.each([
    ['fails', () => ({ exitCode: 255, stderr: 'no default label\n' }), `restorecon ${unitFile} ended with 255: no default label`],
    ['is not there', undefined, `NotFound: restorecon ${unitFile}: the host has none`],
  ])('restorecon %s: the change goes on, and it is told', async (_, answer, reason) => {
    if (answer) programs.answer('restorecon', answer);
    expect(await machine.apply([workers])).toMatchObject({ result: { kind: 'Committed' } });
    expect(machine.events).toContainEqual({ kind: 'NotLabelled', path: unitFile, reason });
  });
});

test.each([
  ['only warns', '0'],
  ['has no SELinux', undefined],
])('a host that %s is left alone', async (_, enforce) => {
  await open(enforce);
  expect(await machine.apply([workers])).toMatchObject({ result: { kind: 'Committed' } });
  expect(labelled()).toEqual([]);
});
