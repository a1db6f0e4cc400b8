import { beforeEach, describe, expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../../src/api/types.ts';
import { kubeletConfig } from '../../builders.ts';
import { type ScriptedPrograms, scriptedPrograms } from '../../fakes/programs.ts';
import { type MemoryMachine, memoryMachine, unit, unitFile } from '../machine.ts';

const dropIn = `/etc/systemd/system/${unit}.d/10-theirs.conf`;
const onHost = { '/etc/there': 'X=1\n', '/etc/directory/file': '' };

let programs: ScriptedPrograms;
let machine: MemoryMachine;
beforeEach(async () => {
  programs = scriptedPrograms();
  programs.answer('systemd-analyze', () => ({}));
  machine = await memoryMachine(onHost, programs);
});

type Options = Record<string, Record<string, string[]>>;
const withOptions = (options: Options, spec: Partial<KubeletConfigSpec> = {}) =>
  kubeletConfig('workers', { launcher: { host: {} }, unit: { options }, ...spec });

const taken = { kind: 'Changed', result: { kind: 'Committed' }, warnings: [] };
const warned = { kind: 'Changed', result: { kind: 'Committed' }, warnings: [{ severity: 'warning', code: 'UnitInvalid' }] };

test.each<[string, Options, string, string]>([
  ['a file of variables', { Service: { EnvironmentFile: ['/etc/missing'] } }, 'EnvironmentFile', '/etc/missing is not there'],
  ['a path', { Unit: { ConditionPathExists: ['/etc/missing'] } }, 'ConditionPathExists', 'would report no failure'],
  ['a path that must be there', { Unit: { AssertPathExists: ['/etc/missing'] } }, 'AssertPathExists', 'is not there'],
  ['a path that must not be there', { Unit: { ConditionPathExists: ['!/etc/there'] } }, 'ConditionPathExists', 'is there'],
  ['a directory', { Service: { WorkingDirectory: ['/etc/missing'] } }, 'WorkingDirectory', 'is not there'],
  ['a path through a file', { Service: { EnvironmentFile: ['/etc/there/below'] } }, 'EnvironmentFile', 'is not there'],
  ['a directory that is a file', { Service: { WorkingDirectory: ['/etc/there'] } }, 'WorkingDirectory', 'is no directory'],
  ['a secret', { Service: { LoadCredential: ['token:/etc/missing'] } }, 'LoadCredential', '/etc/missing is not there'],
  ['a mount', { Service: { BindPaths: ['/etc/there:/mnt /etc/missing:/srv'] } }, 'BindPaths', '=/etc/missing:/srv in'],
  ['a root', { Service: { RootDirectory: ['/etc/missing'] } }, 'RootDirectory', '/etc/missing is not there'],
  ['a path that may be written', { Service: { ReadWritePaths: ['/etc/missing'] } }, 'ReadWritePaths', 'is not there'],
  ['a path that is hidden', { Service: { InaccessiblePaths: ['/etc/missing'] } }, 'InaccessiblePaths', 'is not there'],
  ['a log', { Service: { StandardOutput: ['append:/etc/missing/log'] } }, 'StandardOutput', '/etc/missing is not there'],
  ['a percent sign', { Service: { EnvironmentFile: ['/etc/100%%'] } }, 'EnvironmentFile', '/etc/100% is not there'],
])('what the unit asks for in vain is found before the kubelet is stopped: %s', async (_what, options, key, reason) => {
  const [section = ''] = Object.keys(options);
  expect(await machine.apply([withOptions(options)])).toMatchObject({
    kind: 'Kept',
    problems: [
      {
        severity: 'error',
        code: 'UnitInvalid',
        path: ['spec', 'unit', 'options', section, key],
        reason: expect.stringContaining(reason),
      },
    ],
  });
  expect(machine.systemd.changes()).toEqual([]);
});

test.each<[string, Options]>([
  [
    'what is there',
    {
      Service: { EnvironmentFile: ['/etc/there'], WorkingDirectory: ['/etc/directory'] },
      Unit: { ConditionPathExists: ['/etc/directory', '!/etc/missing'] },
    },
  ],
  ['a file that may be missing', { Service: { EnvironmentFile: ['-/etc/missing'] } }],
  ['what only systemd can expand', { Service: { EnvironmentFile: ['/etc/%H', '/etc/kubelet.d/*'] } }],
  ['a mount that may be missing', { Service: { BindPaths: ['-/etc/missing:/mnt'], ReadWritePaths: ['-/etc/missing'] } }],
  ['a directory that systemd makes', { Service: { WorkingDirectory: ['/var/lib/kubelet'], StateDirectory: ['kubelet'] } }],
  [
    'what is taken back',
    { Service: { EnvironmentFile: ['/etc/missing', ''] }, Unit: { ConditionPathExists: ['/etc/missing', ''] } },
  ],
])('nothing is in the way of %s', async (_what, options) => {
  expect(await machine.apply([withOptions(options)])).toMatchObject(taken);
});

test('a file that the change itself writes is there, and its directory is', async () => {
  const files = [{ path: '/etc/kubernetes/own/kubelet.env', mode: '0644', content: 'X=1\n' }];
  const options = { EnvironmentFile: ['/etc/kubernetes/own/kubelet.env'], WorkingDirectory: ['/etc/kubernetes/own'] };
  expect(await machine.apply([withOptions({ Service: options }, { files })])).toMatchObject(taken);
});

test('the end of a link counts', async () => {
  machine = await memoryMachine(onHost, programs);
  await machine.files.link('/etc/to-directory', 'directory');
  await machine.files.link('/etc/to-nothing', 'nothing');
  expect(await machine.apply([withOptions({ Unit: { ConditionPathExists: ['/etc/to-directory'] } })])).toMatchObject(taken);
  expect(await machine.apply([withOptions({ Unit: { ConditionPathExists: ['/etc/to-nothing'] } })])).toMatchObject({
    kind: 'Kept',
  });
});

test.each<[string, Options]>([
  ['in /run', { Service: { EnvironmentFile: ['/run/metadata/coreos'] } }],
  ['in a list that systemd may shorten', { Service: { ReadWritePaths: ['/etc /etc/missing'] } }],
  ['by a service that it pulls in', { Service: { EnvironmentFile: ['/etc/made'] }, Unit: { Wants: ['maker.service'] } }],
])('what may be made before the unit starts is warned of: %s', async (_where, options) => {
  expect(await machine.apply([withOptions(options)])).toMatchObject(warned);
});

describe('users and groups', () => {
  const missing = ({ exitCode = 2 } = {}) => programs.answer('getent', () => ({ exitCode, stderr: 'getent: no such database' }));
  const object = withOptions({ Service: { User: ['kube'], Group: ['0'], SupplementaryGroups: ['adm wheel'] } });

  test('that the node does not know are found before the kubelet is stopped', async () => {
    missing();
    expect(await machine.apply([object])).toMatchObject({
      kind: 'Kept',
      problems: [
        { reason: expect.stringContaining('SupplementaryGroups=adm in [Service] of the unit: this node has no group adm') },
        { reason: expect.stringContaining('no group wheel'), remedy: expect.stringContaining('`groupadd --system wheel`') },
        {
          severity: 'error',
          code: 'UnitInvalid',
          path: ['spec', 'unit', 'options', 'Service', 'User'],
          reason: 'User=kube in [Service] of the unit: this node has no user kube, so systemd would not start the unit',
          remedy: expect.stringContaining('`useradd --system kube`'),
        },
      ],
    });
    expect(programs.calls.filter((call) => call.startsWith('getent'))).toEqual([
      'getent group -- adm',
      'getent group -- wheel',
      'getent passwd -- kube',
    ]);
    expect(machine.systemd.changes()).toEqual([]);
  });

  test('that the node knows are no obstacle', async () => {
    missing({ exitCode: 0 });
    expect(await machine.apply([object])).toMatchObject(taken);
  });

  test.each([
    ['a service that the unit pulls in', { Unit: { Requires: ['systemd-sysusers.service'] } }, {}],
    ['somebody, before the next boot', {}, { restart: false }],
  ])('that may be made by %s are warned of', async (_by, options, how) => {
    missing();
    expect(await machine.apply([withOptions({ Service: { User: ['kube'] }, ...options })], how)).toMatchObject(warned);
  });

  test('are not known without getent, and that is said', async () => {
    expect(await machine.apply([object])).toMatchObject(taken);
    missing({ exitCode: 1 });
    expect(await machine.apply([withOptions({ Service: { User: ['other'] } })])).toMatchObject(taken);
    for (const what of ['User=kube', 'SupplementaryGroups=wheel', 'User=other'])
      expect(machine.events).toContainEqual(expect.objectContaining({ kind: 'Unverified', what }));
  });
});

test('what counts only from the next boot on is warned of', async () => {
  const missing = withOptions({ Service: { EnvironmentFile: ['/etc/missing'] } });
  expect(await machine.apply([missing], { restart: false })).toMatchObject(warned);
});

describe('on a host that has changed since the last commit', () => {
  const needing = (maxPods: number) =>
    withOptions({ Service: { EnvironmentFile: ['/etc/there'] } }, { kubelet: { configuration: { maxPods } } });

  test('a change that leaves the unit as it is asks for its files once more', async () => {
    expect(await machine.apply([needing(10)])).toMatchObject(taken);
    await machine.files.remove('/etc/there');
    expect(await machine.apply([needing(11)])).toMatchObject({ kind: 'Kept', problems: [{ code: 'UnitInvalid' }] });
  });

  test('a repair that restarts nothing asks for none', async () => {
    const agent = { retry: false, agentState: { provenInvocations: [], flapping: new Map() } };
    expect(await machine.apply([needing(10)], agent)).toMatchObject(taken);
    await machine.files.remove('/etc/there');
    await machine.files.write(unitFile, { mode: 0o600, uid: 0, gid: 0, content: Buffer.from('changed') });
    expect(await machine.apply([needing(10)], agent)).toMatchObject({ kind: 'Changed', isUnnoticed: true });
  });
});

test("a drop-in of others counts, and is named as the unit's", async () => {
  machine = await memoryMachine({ [dropIn]: '[Service]\nEnvironmentFile=/etc/missing\n' }, programs);
  expect(await machine.apply([withOptions({})])).toMatchObject({ kind: 'Kept', problems: [{ path: ['spec', 'unit'] }] });
  const hiding = [{ path: dropIn, mode: '0644', content: '[Service]\n' }];
  expect(await machine.apply([withOptions({}, { files: hiding })])).toMatchObject({ kind: 'Changed' });
});

describe('conditions that only systemd can judge', () => {
  const object = withOptions({ Unit: { ConditionHost: ['other'], ConditionPathExists: ['|/etc/a', '|/etc/b'] } });
  const judge = (stderr: string) => programs.answer('systemd-analyze', () => ({ exitCode: 1, stderr }));

  test('are asked of it, and what is not met is an obstacle', async () => {
    judge(
      'x.service: ConditionHost=other failed.\nx.service: ConditionPathExists=|/etc/a failed.\nx.service: ConditionPathExists=|/etc/b succeeded.\nConditions failed.\n',
    );
    expect(await machine.apply([object])).toMatchObject({
      kind: 'Kept',
      problems: [
        {
          severity: 'error',
          path: ['spec', 'unit', 'options', 'Unit', 'ConditionHost'],
          reason: expect.stringContaining('ConditionHost=other in [Unit] of the unit is not met'),
        },
      ],
    });
    expect(programs.calls).toContain(
      'systemd-analyze condition ConditionHost=other ConditionPathExists=|/etc/a ConditionPathExists=|/etc/b',
    );
    expect(machine.systemd.changes()).toEqual([]);
  });

  test('are met, also if one of several is', async () => {
    judge('x.service: ConditionPathExists=|/etc/a failed.\nConditions succeeded.\n');
    expect(await machine.apply([object])).toMatchObject(taken);
  });

  test('are not known to an older one, and that is said', async () => {
    judge('Unknown operation condition.\n');
    expect(await machine.apply([object])).toMatchObject(taken);
    expect(machine.events).toContainEqual(
      expect.objectContaining({ kind: 'Unverified', reason: 'Unknown operation condition.' }),
    );
  });

  test('are not asked about what the change brings', async () => {
    const path = '/etc/kubernetes/own';
    const both = withOptions(
      { Unit: { ConditionPathExists: ['|/etc/missing', `|${path}`], ConditionFileNotEmpty: [path] } },
      { files: [{ path, mode: '0644', content: 'x' }] },
    );
    expect(await machine.apply([both])).toMatchObject(taken);
    expect(programs.calls.filter((call) => call.includes('condition'))).toEqual([]);
  });
});
