/** The programs that the new unit would start are looked at while the old kubelet still runs. */

import { beforeEach, describe, expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../../src/api/types.ts';
import { kubeletConfig } from '../../builders.ts';
import { type ScriptedPrograms, scriptedPrograms } from '../../fakes/programs.ts';
import { type MemoryMachine, memoryMachine, unitFile } from '../machine.ts';

const host = (kubelet: KubeletConfigSpec['kubelet'], spec: Partial<KubeletConfigSpec> = {}) =>
  kubeletConfig('workers', { ...(kubelet && { kubelet }), launcher: { host: {} }, ...spec });
const rkt = (spec: Partial<KubeletConfigSpec> = {}) =>
  kubeletConfig('workers', { kubelet: { version: 'v1.5.4_coreos.0' }, launcher: { rkt: {} }, ...spec });
const done = { kind: 'Changed', result: { kind: 'Committed' } };
const flag = (name: string) => ['spec', 'kubelet', 'flags', name];

let programs: ScriptedPrograms;
let version: string | undefined;
let asked: number;

function machineWith(initial: Record<string, string> = {}): Promise<MemoryMachine> {
  const kubeletVersion = () => {
    asked += 1;
    return version;
  };
  return memoryMachine(initial, programs, { kubeletVersion });
}

beforeEach(() => {
  programs = scriptedPrograms();
  for (const program of ['systemd-analyze', 'bash', '/usr/bin/rkt']) programs.answer(program, () => ({}));
  version = 'v1.36.2';
  asked = 0;
});

describe('without a version in the object the kubelet of the host is asked', () => {
  test.each<[string, KubeletConfigSpec['kubelet'], object]>([
    [
      'a flag that it has no longer',
      { flags: { 'container-runtime': 'remote' } },
      { path: flag('container-runtime'), reason: expect.stringContaining('kubelet 1.36 does not start with the flag') },
    ],
    [
      'a value of a field that it does not take',
      { configuration: { registerWithTaints: 'x' } },
      { path: ['spec', 'kubelet', 'configuration', 'registerWithTaints'] },
    ],
    [
      'a gate that it has locked',
      { configuration: { featureGates: { NodeSwap: false } } },
      {
        path: ['spec', 'kubelet', 'configuration', 'featureGates', 'NodeSwap'],
        reason: expect.stringContaining('locked to true: kubelet 1.36 does not start with it'),
      },
    ],
  ])('%s is refused, and nothing is touched', async (_, kubelet, problem) => {
    const machine = await machineWith({ [unitFile]: '[Service]\nExecStart=/usr/bin/kubelet\n' });
    const before = machine.host();
    const outcome = await machine.apply([host(kubelet)]);
    expect(outcome).toMatchObject({ kind: 'Kept', problems: [{ severity: 'error', object: 'workers', ...problem }] });
    expect(machine.host()).toEqual(before);
    expect(machine.systemd.changes()).toEqual([]);
  });

  test('an older one takes the same flag', async () => {
    version = 'v1.26.9';
    const machine = await machineWith();
    expect(await machine.apply([host({ flags: { 'container-runtime': 'remote' } })])).toMatchObject(done);
  });

  test('an older one lets the same gate be set', async () => {
    version = 'v1.30.9';
    const machine = await machineWith();
    expect(await machine.apply([host({ configuration: { featureGates: { NodeSwap: false } } })])).toMatchObject(done);
  });

  test('an extra file that the flag config names is checked against it too', async () => {
    version = 'v1.10.1';
    const content = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nshutdownGracePeriod: 10s\n';
    const path = '/etc/kubernetes/kc.yaml';
    const machine = await machineWith();
    const spec = { files: [{ path, mode: '0644', content }] };
    expect(await machine.apply([host({ flags: { config: path } }, spec)])).toMatchObject({
      warnings: [{ severity: 'warning', path: ['spec', 'files', path, 'content'], reason: expect.stringContaining('1.10') }],
    });
  });

  test('of one that is newer than every known kubelet, nothing is refused; that is said once', async () => {
    version = 'v1.99.1';
    const machine = await machineWith();
    const outcome = await machine.apply([host({ flags: { v: 2 } })]);
    expect(outcome).toMatchObject(done);
    const warnings = outcome.kind === 'Changed' ? outcome.warnings : [];
    expect(warnings.filter(({ code }) => code === 'UnknownVersion')).toHaveLength(1);
    expect(warnings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('one that does not answer stops nothing, and that is said', async () => {
    version = undefined;
    const machine = await machineWith();
    expect(await machine.apply([host({ flags: { 'container-runtime': 'remote' } })])).toMatchObject(done);
    const reason = '/usr/bin/kubelet did not say which version it is';
    expect(machine.events).toContainEqual({ kind: 'Unverified', what: 'flags and fields', reason });
  });

  test('one that comes with the change is not asked: another one is there now', async () => {
    const binary = '/opt/bin/kubelet';
    const machine = await machineWith({ [binary]: 'old' });
    const spec = { launcher: { host: { binary } }, files: [{ path: binary, mode: '0755', content: '#!/bin/sh\n' }] };
    expect(await machine.apply([host({ flags: { 'container-runtime': 'remote' } }, spec)])).toMatchObject(done);
    expect(asked).toBe(0);
  });

  test('what rendering has said already is not said again', async () => {
    const machine = await machineWith();
    const outcome = await machine.apply([host({ flags: { 'max-pods': 64 }, configuration: { maxPods: 32 } })]);
    const said = outcome.kind === 'Changed' ? outcome.warnings.map(({ reason }) => reason) : [];
    expect(said).toContain('the flag --max-pods overrides kubelet.configuration.maxPods');
    expect(new Set(said).size).toBe(said.length);
  });
});

describe('with a version in the object', () => {
  test.each(['v1.36', '1.36', 'v1.36.2'])('%s is the kubelet 1.36.2', async (said) => {
    expect(await (await machineWith()).apply([host({ version: said })])).toMatchObject(done);
  });

  test.each(['v1.35', 'v1.36.1'])('%s is not', async (said) => {
    const outcome = await (await machineWith()).apply([host({ version: said })]);
    expect(outcome).toMatchObject({ kind: 'Kept', problems: [{ path: ['spec', 'kubelet', 'version'] }] });
  });
});

describe('an rkt that is not on the host', () => {
  async function withoutRkt(initial: Record<string, string> = {}): Promise<MemoryMachine> {
    const machine = await machineWith(initial);
    await machine.files.past.remove('/usr/bin/rkt');
    return machine;
  }
  const absent = (path: string) => ({
    code: 'UnitInvalid',
    object: 'workers',
    path: ['spec', 'launcher', 'rkt', 'binary'],
    reason: `${path}, which the wrapper would start, is not on this node`,
  });

  test('is an obstacle: the kubelet is not stopped for it, and nothing is fetched', async () => {
    const machine = await withoutRkt();
    expect(await machine.apply([rkt()])).toMatchObject({
      kind: 'Kept',
      problems: [{ severity: 'error', ...absent('/usr/bin/rkt') }],
    });
    expect(machine.systemd.changes()).toEqual([]);
    expect(programs.calls.filter((call) => call.includes('rkt fetch'))).toEqual([]);
  });

  test('is looked for where a variable of the unit says, also one in a file of the host', async () => {
    const machine = await withoutRkt({ '/etc/kubelet.env': 'RKT=/srv/rkt\n', '/usr/bin/rkt': '' });
    const options = { Service: { EnvironmentFile: ['-/etc/kubelet.env'] } };
    expect(await machine.apply([rkt({ unit: { options } })])).toMatchObject({ kind: 'Kept', problems: [absent('/srv/rkt')] });
    machine.files.put('/srv/rkt', '');
    expect(await machine.apply([rkt({ unit: { options } })])).toMatchObject(done);
  });

  test('is looked for as the first word of the variable, if that is a path', async () => {
    const machine = await withoutRkt({ '/usr/bin/env': '', '/usr/bin/rkt': '' });
    const withVariable = (value: string) => rkt({ unit: { environment: { RKT: value } } });
    expect(await machine.apply([withVariable('/usr/bin/env A=1 /usr/bin/rkt')])).toMatchObject(done);
    expect(await machine.apply([withVariable('/srv/env A=1 /usr/bin/rkt')])).toMatchObject({ problems: [absent('/srv/env')] });
    expect(await machine.apply([withVariable('rkt --debug')])).toMatchObject(done);
  });

  test.each<[string, Partial<KubeletConfigSpec>, object]>([
    ['if a command of the unit may install it', { unit: { options: { Service: { ExecStartPre: ['/opt/bin/get-rkt'] } } } }, {}],
    ['if the restart is left to a later boot', {}, { restart: false }],
  ])('is a warning %s', async (_, spec, request) => {
    programs.answer('/usr/bin/rkt', () => ({}));
    const outcome = await (await withoutRkt()).apply([rkt(spec)], request);
    expect(outcome).toMatchObject({
      ...done,
      warnings: expect.arrayContaining([expect.objectContaining({ severity: 'warning', ...absent('/usr/bin/rkt') })]),
    });
  });
});
