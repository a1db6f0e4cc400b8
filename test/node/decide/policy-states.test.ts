import { describe, expect, test } from 'vitest';
import type { PolicyState } from '../../../src/kubelet/policy-states.ts';
import { plan } from '../../../src/node/decide/plan.ts';
import { originalStates, stateFiles, statesInTheWay } from '../../../src/node/decide/policy-states.ts';
import { backupPathOf, type FoundState } from '../../../src/node/model/policy-state.ts';
import type { Step } from '../../../src/node/model/step.ts';
import { readPolicyState } from '../../../src/node/pass/policy-states.ts';
import { memoryFiles } from '../../fakes/files.ts';
import { bare, changedUnit, installed, observed, running, target, unitFile, type World, words } from '../world.ts';

const path = '/var/lib/kubelet/cpu_manager_state';
const none: PolicyState = { path, policy: 'none', settings: 'none' };
const pinned: PolicyState = { path, policy: 'static', settings: 'static 0' };
const pinnedElsewhere: PolicyState = { path, policy: 'static', settings: 'static 1' };
const unsure: PolicyState = { path, policy: 'static' };
const unknown: PolicyState = { path };
const nothing: PolicyState = { path, policy: null };

const file = (policy?: string): FoundState => ({ kind: 'File', ...(policy === undefined ? {} : { policy }) });
const absent: FoundState = { kind: 'Absent' };
const other: FoundState = { kind: 'Other' };

describe('what becomes of a state file', () => {
  test.each<[string, PolicyState, PolicyState | undefined, FoundState, 'Aside' | 'Absent' | undefined]>([
    ['of another policy', pinned, none, file('none'), 'Aside'],
    ['of another policy, of a kubelet that was not ours', pinned, undefined, file('none'), 'Aside'],
    ['of another policy, though we had this one: somebody changed it', pinned, pinned, file('none'), 'Aside'],
    ['of the same policy with other CPUs', pinned, pinnedElsewhere, file('static'), 'Aside'],
    ['of the same settings', pinned, pinned, file('static'), undefined],
    ['of no policy before and after', none, none, file('none'), undefined],
    ['of the same policy, of a kubelet that was not ours', pinned, undefined, file('static'), undefined],
    ['of the same policy, where the settings cannot be known', unsure, pinned, file('static'), undefined],
    ['of another policy, where the settings cannot be known', unsure, none, file('none'), 'Aside'],
    ['where the policy cannot be known', unknown, pinned, file('static'), undefined],
    ['that names no policy, with other settings', pinned, none, file(), 'Aside'],
    ['that names no policy, with the same settings', pinned, pinned, file(), undefined],
    ['that names no policy, of a kubelet that was not ours', pinned, undefined, file(), undefined],
    ['that is no file, with other settings', pinned, none, other, 'Aside'],
    ['that is no file, with the same settings', pinned, pinned, other, undefined],
    ['going back to where there was none', nothing, pinned, file('static'), 'Aside'],
    ['that is not there, for other settings', pinned, none, absent, 'Absent'],
    ['that is not there, for the same settings', pinned, pinned, absent, undefined],
    ['that is not there, of a kubelet that was not ours', none, undefined, absent, 'Absent'],
    ['that is not there, where the policy cannot be known', unknown, undefined, absent, undefined],
  ])('%s', (_what, wanted, before, found, expected) => {
    const files = stateFiles([wanted], before ? [before] : [], new Map([[path, found]]));
    expect(files).toEqual(expected ? [{ path, before: expected }] : []);
  });

  test('in another directory is another file', () => {
    const moved = { ...pinned, path: '/data/kubelet/cpu_manager_state' };
    expect(stateFiles([moved], [pinnedElsewhere], new Map([[moved.path, file('static')]]))).toEqual([]);
  });
});

describe('read from a host', () => {
  test.each<[string, string, FoundState]>([
    ['of the CPU manager', '{"policyName":"static","defaultCpuSet":"0-3","checksum":14413152}', file('static')],
    ['torn', '{"policyName":"sta', file()],
    ['empty', '', file()],
    ['without a policy', '{"policyName":"","checksum":0}', file()],
    ['no map', 'null', file()],
  ])('%s', async (_what, content, expected) => {
    expect(await readPolicyState(memoryFiles({ [path]: content }), path)).toEqual(expected);
  });

  test('what is no file is of no interest yet', async () => {
    const files = memoryFiles();
    files.putDirectory(path);
    files.putSymlink('/link', path);
    expect(await readPolicyState(files, path)).toEqual(other);
    expect(await readPolicyState(files, '/link')).toEqual(other);
    expect(await readPolicyState(files, '/nowhere/at/all')).toEqual(absent);
  });
});

test('what was there before us is known by its policy', () => {
  const [cpu, memory, torn] = [path, '/var/lib/kubelet/memory_manager_state', '/torn'].map((one) => ({ path: one }));
  if (!cpu || !memory || !torn) throw new RangeError();
  const found = new Map([
    [cpu.path, file('none')],
    [memory.path, absent],
    [torn.path, file()],
  ]);
  expect(originalStates([cpu, memory, torn], found)).toEqual([{ ...cpu, policy: 'none' }, { ...memory, policy: null }, torn]);
});

describe('the plan', () => {
  const setAside = [path, '/var/lib/kubelet/memory_manager_state'];
  const steps = (world: World, files: Parameters<typeof target>[0], restart: 'WhenChanged' | 'Never' = 'WhenChanged') =>
    words(plan(observed(world), target(files), { restart, setAside }));

  test('one stop, one start, and the kubelet is down for no longer than the moves take', () => {
    expect(steps(running, { [unitFile]: changedUnit })).toEqual([
      `Write ${unitFile}`,
      'Reload',
      'Stop',
      ...setAside.map((one) => `SetAside ${one}`),
      'Restart',
    ]);
  });

  test('what is down is not stopped', () => {
    expect(steps({ ...bare, files: { [unitFile]: installed }, linked: true }, { [unitFile]: changedUnit })).not.toContain('Stop');
  });

  test('what waits to be started again is', () => {
    expect(steps({ ...running, activeState: 'activating' }, { [unitFile]: changedUnit })).toContain('Stop');
  });

  test('nothing is moved where nothing is started', () => {
    expect(steps(running, { [unitFile]: installed })).toEqual([]);
    expect(steps(running, { [unitFile]: changedUnit }, 'Never')).toEqual([`Write ${unitFile}`, 'Reload']);
    expect(steps({ ...running, systemdRuns: false }, { [unitFile]: changedUnit })).toEqual([`Write ${unitFile}`]);
  });
});

describe('refused before anything is touched', () => {
  const write: Step = { kind: 'Remove', path: '/a' };
  const restart: Step = { kind: 'Restart', unit: 'kubelet.service' };
  const aside = [{ path, before: 'Aside' as const }];
  const problems = (found: FoundState, steps: readonly Step[], states = aside) =>
    statesInTheWay(states, new Map([[path, found]]), steps).map(({ reason }) => reason);

  test('a kubelet that would be started later, by itself or by the next boot', () => {
    expect(problems(file('none'), [write])).toEqual([
      `the kubelet will not start with these settings while ${path} holds the state of the earlier ones`,
    ]);
  });

  test('what is no regular file', () => {
    expect(problems(other, [write, restart])).toEqual([
      `${path} must be moved away before the kubelet starts, but it is not a regular file`,
    ]);
  });

  test('nothing else', () => {
    expect(problems(file('none'), [write, restart])).toEqual([]);
    expect(problems(file('none'), [])).toEqual([]);
    expect(statesInTheWay([{ path, before: 'Absent' }], new Map([[path, absent]]), [write])).toEqual([]);
  });
});

test('the name aside is a dot name that no sweep takes for a left-over of ours', () => {
  expect(backupPathOf(path)).toBe('/var/lib/kubelet/.cpu_manager_state.kubelet-config-aside');
  expect(backupPathOf(path)).not.toMatch(/kubelet-config-.{12}$/);
});
