import { beforeEach, describe, expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../../src/api/types.ts';
import type { Authority } from '../../../src/node/model/permission.ts';
import { HostProgramError } from '../../../src/node/ports/programs.ts';
import { SystemdError } from '../../../src/node/ports/systemd.ts';
import { problemsOf } from '../../../src/node/report/describe-outcome.ts';
import { kubeletConfig } from '../../builders.ts';
import { failOn } from '../../fakes/files.ts';
import { type ScriptedPrograms, scriptedPrograms } from '../../fakes/programs.ts';
import { type MemoryMachine, memoryMachine, unitFile } from '../machine.ts';

const verify = 'systemd-analyze --man=no --recursive-errors=no verify /var/lib/kubelet-config/verify/kubelet.service';
const parse = 'bash -n';
const fetch = (version = 'v1.5.4_coreos.0', policy = ' --pull-policy=new') =>
  `/usr/bin/rkt fetch --insecure-options=image${policy} docker://quay.io/coreos/hyperkube:${version}`;
const wrapper = '/opt/bin/kubelet-wrapper';

const hostKubelet = (spec: Partial<KubeletConfigSpec> = {}) => kubeletConfig('workers', { launcher: { host: {} }, ...spec });
const rktKubelet = (spec: Partial<KubeletConfigSpec> = {}) =>
  kubeletConfig('workers', { kubelet: { version: 'v1.5.4_coreos.0' }, launcher: { rkt: {} }, ...spec });
const withType = (type: string) => hostKubelet({ unit: { options: { Service: { Type: [type] } } } });

let programs: ScriptedPrograms;
let machine: MemoryMachine;

beforeEach(async () => {
  programs = scriptedPrograms();
  programs.answer('systemd-analyze', () => ({}));
  programs.answer('bash', () => ({}));
  programs.answer('/usr/bin/rkt', () => ({}));
  machine = await memoryMachine({}, programs);
});

/** What lies in the directory of the staged unit. */
function staged(): Record<string, string> {
  const all = Object.entries(machine.files.contents());
  return Object.fromEntries(all.filter(([path]) => path.startsWith('/var/lib/kubelet-config/verify/')));
}

/** systemd finds something wrong with the line of the staged unit that begins like this. */
function complain(begin: string, words: string, name = 'kubelet.service'): void {
  programs.answer('systemd-analyze', () => {
    const path = `/var/lib/kubelet-config/verify/${name}`;
    const line =
      staged()
        [path]?.split('\n')
        .findIndex((text) => text.startsWith(begin)) ?? -1;
    return { stderr: `${path}:${line + 1}: ${words}\n` };
  });
}

describe('what systemd would ignore', () => {
  beforeEach(() => complain('Type=', 'Failed to parse service type, ignoring: nonsense'));

  test('is an obstacle: nothing is touched, and the object that says it is named', async () => {
    const outcome = await machine.apply([withType('nonsense')]);
    expect(outcome).toMatchObject({
      kind: 'Kept',
      problems: [
        {
          code: 'UnitInvalid',
          severity: 'error',
          object: 'workers',
          path: ['spec', 'unit', 'options', 'Service', 'Type'],
          reason: 'systemd says about Type= in [Service]: Failed to parse service type, ignoring: nonsense',
        },
      ],
    });
    expect(machine.host()).toEqual({});
    expect(machine.systemd.changes()).toEqual([]);
    expect(staged()).toEqual({});
  });

  test('is looked at again each time: it may have been put right on the host', async () => {
    await machine.apply([withType('nonsense')]);
    programs.answer('systemd-analyze', () => ({}));
    expect(await machine.apply([withType('nonsense')])).toMatchObject({ kind: 'Changed', result: { kind: 'Committed' } });
  });

  test('is not asked about by whoever only looks', async () => {
    await machine.preview([withType('nonsense')]);
    expect(programs.calls).toEqual([]);
  });
});

test('a warning goes along with the change', async () => {
  complain('OOMPolicy=', "Unknown key 'OOMPolicy' in section [Service], ignoring.");
  const outcome = await machine.apply([hostKubelet({ unit: { options: { Service: { OOMPolicy: ['stop'] } } } })]);
  expect(outcome).toMatchObject({
    kind: 'Changed',
    result: { kind: 'Committed' },
    warnings: [{ severity: 'warning', path: ['spec', 'unit', 'options', 'Service', 'OOMPolicy'] }],
  });
});

test('an option that systemd does not know is told once, also of a drop-in', async () => {
  complain('Foo=', "Unknown key 'Foo' in section [Service], ignoring.");
  const own = await machine.apply([hostKubelet({ unit: { options: { Service: { Foo: ['stop'] } } } })]);
  const path = ['spec', 'unit', 'options', 'Service', 'Foo'];
  expect(own).toMatchObject({ result: { kind: 'Committed' }, warnings: [{ code: 'UnitInvalid', path }] });
  expect(own).toHaveProperty('warnings.length', 1);
  const dropIn = { path: '/etc/systemd/system/kubelet.service.d/10-a.conf', content: '[Service]\nFoo=stop\nBar=1\n' };
  complain('Foo=', "Unknown key 'Foo' in section [Service], ignoring.", 'kubelet.service.d/10-a.conf');
  const inFile = await machine.apply([hostKubelet({ files: [dropIn] })]);
  const told = problemsOf(inFile).filter(({ reason }) => reason.includes('Foo'));
  expect(told).toMatchObject([{ path: ['spec', 'files', dropIn.path] }]);
});

describe('what is looked at', () => {
  test('our wrapper too, and only what differs from the committed revision', async () => {
    await machine.apply([rktKubelet()]);
    expect(programs.calls).toEqual([verify, parse, fetch()]);
    await machine.apply([rktKubelet({ kubelet: { version: 'v1.5.4_coreos.0', configuration: { maxPods: 64 } } })]);
    expect(programs.calls).toEqual([verify, parse, fetch()]);
    await machine.apply([rktKubelet({ kubelet: { version: 'v1.5.4_coreos.0', flags: { v: 2 } } })]);
    expect(programs.calls).toEqual([verify, parse, fetch(), verify]);
  });

  test('nothing when objects are withdrawn: what was there before has run', async () => {
    await machine.apply([hostKubelet()]);
    await machine.apply([]);
    expect(programs.calls).toEqual([verify]);
  });

  test("the host's own unit with our drop-in, and one of ours that goes does not count any more", async () => {
    const own = '[Service]\nExecStart=/usr/bin/kubelet\n';
    machine = await memoryMachine({ [unitFile]: own }, programs);
    const extra = { path: `${unitFile}.d/60-x.conf`, mode: '0644', content: '[Service]\nRestart=no\n' };
    const seen: Record<string, string>[] = [];
    programs.answer('systemd-analyze', () => {
      seen.push(staged());
      return {};
    });
    await machine.apply([hostKubelet({ unit: { mode: 'DropIn' }, files: [extra] })]);
    await machine.apply([hostKubelet({ unit: { mode: 'DropIn' }, kubelet: { flags: { v: 2 } } })]);
    const directory = '/var/lib/kubelet-config/verify/kubelet.service';
    expect(seen).toEqual([
      {
        [directory]: own,
        [`${directory}.d/50-kubelet-config.conf`]: expect.stringContaining('ExecStart=/usr/bin/kubelet'),
        [`${directory}.d/60-x.conf`]: extra.content,
      },
      {
        [directory]: own,
        [`${directory}.d/50-kubelet-config.conf`]: expect.stringContaining('--v=2'),
        [`${directory}.d/60-x.conf`]: '',
      },
    ]);
  });
});

test('while a change waits for its approval it is looked at once', async () => {
  const asked = { request: undefined, claimed: undefined, approval: undefined, isUnregistered: false, newId: 'one' };
  const authority: Authority = {
    permission: { kind: 'Controller', ...asked },
    claim: () => Promise.resolve({ kind: 'Claimed' }),
  };
  expect(await machine.apply([hostKubelet()], { authority })).toMatchObject({ kind: 'Waiting' });
  expect(await machine.apply([hostKubelet()], { authority })).toMatchObject({ kind: 'Waiting' });
  expect(programs.calls).toEqual([verify]);
  await machine.apply([hostKubelet({ kubelet: { flags: { v: 2 } } })], { authority });
  expect(programs.calls).toEqual([verify, verify]);
});

test('a systemd that is too old to leave other units out is asked again', async () => {
  programs.answer('systemd-analyze', () =>
    programs.calls.at(-1)?.includes('--recursive-errors')
      ? { exitCode: 1, stderr: "systemd-analyze: unrecognized option '--recursive-errors=no'\n" }
      : { exitCode: 1, stderr: 'kubelet.service: Service has no ExecStart=, ExecStop=, or SuccessAction=. Refusing.\n' },
  );
  expect(await machine.apply([hostKubelet()])).toMatchObject({ kind: 'Kept', problems: [{ code: 'UnitInvalid' }] });
  expect(programs.calls).toEqual([verify, verify.replace(' --recursive-errors=no', '')]);
});

describe('what cannot be asked is no obstacle, and not called fine', () => {
  test.each([
    [
      'it is not there',
      () => Promise.reject(new HostProgramError('NotFound', ['systemd-analyze'], 'the host has none')),
      /has none/,
    ],
    [
      'it takes too long',
      () => Promise.reject(new HostProgramError('ProgramTimedOut', ['systemd-analyze'], 'it took longer than 15000 ms')),
      /15000 ms/,
    ],
    ['systemd does not run it', () => Promise.reject(new SystemdError('Refused', 'x', 'systemd refused it')), /refused it/],
    ['it does not get as far as the unit', () => ({ exitCode: 1, stderr: "unrecognized option '--man=no'\n" }), /unrecognized/],
  ])('%s', async (_, answer, reason) => {
    programs.answer('systemd-analyze', answer);
    expect(await machine.apply([hostKubelet()])).toMatchObject({ kind: 'Changed', result: { kind: 'Committed' } });
    expect(machine.events).toContainEqual({
      kind: 'Unverified',
      what: 'kubelet.service',
      reason: expect.stringMatching(reason),
    });
    expect(staged()).toEqual({});
  });

  test('but a systemd that is out of reach ends the pass', async () => {
    programs.answer('systemd-analyze', () => Promise.reject(new SystemdError('Disconnected', 'EPIPE', 'gone')));
    expect(await machine.apply([hostKubelet()])).toMatchObject({ kind: 'Unreadable', error: { code: 'Disconnected' } });
    expect(staged()).toEqual({});
  });
});

test('a script that bash does not understand is an obstacle', async () => {
  programs.answer('bash', ({ input }) => ({
    exitCode: 2,
    stderr: `bash: line 7: syntax error near ${input?.toString().split('\n')[0]}\n`,
  }));
  expect(await machine.apply([rktKubelet()])).toMatchObject({
    kind: 'Kept',
    problems: [
      {
        code: 'UnitInvalid',
        path: ['spec', 'launcher', 'rkt', 'wrapper'],
        reason: expect.stringContaining(`${wrapper}: bash: line 7: syntax error near #!/bin/bash`),
      },
    ],
  });
  expect(machine.host()).toEqual({});
});

test('the host has no room for the staged unit: it says so', async () => {
  machine.files.failWhen(failOn('/var/lib/kubelet-config/verify', 'ENOSPC', 'makeTree'));
  expect(await machine.apply([hostKubelet()])).toMatchObject({ kind: 'Unreadable', error: { code: 'NoSpace' } });
  expect(machine.host()).toEqual({});
});

describe('what an agent that was killed left', () => {
  const leftover = '/var/lib/kubelet-config/verify/kubelet.service';

  test('is swept by the next pass, whatever that does', async () => {
    machine.files.put(leftover, 'x');
    await machine.apply([]);
    expect(staged()).toEqual({});
  });

  test('does not end a pass when it cannot be removed', async () => {
    machine.files.put(leftover, 'x');
    machine.files.failWhen(failOn('/var/lib/kubelet-config/verify', 'EROFS'));
    expect(await machine.apply([])).toMatchObject({ kind: 'Unchanged' });
  });
});
