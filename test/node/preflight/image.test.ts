import { beforeEach, describe, expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../../src/api/types.ts';
import { HostProgramError, type ProgramOptions } from '../../../src/node/ports/programs.ts';
import { SystemdError } from '../../../src/node/ports/systemd.ts';
import { kubeletConfig } from '../../builders.ts';
import { type ScriptedPrograms, scriptedPrograms } from '../../fakes/programs.ts';
import { type MemoryMachine, memoryMachine, unitFile } from '../machine.ts';

const image = 'docker://quay.io/coreos/hyperkube:v1.5.4_coreos.0';
const fetch = `/usr/bin/rkt fetch --insecure-options=image --pull-policy=new ${image}`;
const refusal = { exitCode: 254, stderr: 'fetch: trying\nfetch: no such tag\n' };
const workers = (spec: Partial<KubeletConfigSpec> = {}) =>
  kubeletConfig('workers', { kubelet: { version: 'v1.5.4_coreos.0' }, launcher: { rkt: {} }, ...spec });

let programs: ScriptedPrograms;
let machine: MemoryMachine;
let asked: ProgramOptions[];

/** rkt fetches like this from now on. */
function rkt(answer: Parameters<ScriptedPrograms['answer']>[1]): void {
  programs.answer('/usr/bin/rkt', (options) => {
    asked.push(options);
    return answer(options);
  });
}
const fetches = () => programs.calls.filter((call) => call.includes(' fetch '));

beforeEach(async () => {
  programs = scriptedPrograms();
  asked = [];
  for (const program of ['systemd-analyze', 'bash']) programs.answer(program, () => ({}));
  rkt(() => ({}));
  machine = await memoryMachine({}, programs);
});

test('is fetched before anything is touched, as the unit would fetch it', async () => {
  rkt(() => {
    expect(machine.host()).toEqual({});
    return {};
  });
  const outcome = await machine.apply([workers({ unit: { environment: { HTTPS_PROXY: 'http://proxy:3128' } } })]);
  expect(outcome).toMatchObject({ kind: 'Changed', result: { kind: 'Committed' } });
  expect(fetches()).toEqual([fetch]);
  expect(asked[0]?.environment).toMatchObject({ HTTPS_PROXY: 'http://proxy:3128' });
  // An image is larger than anything else that we let a program write.
  expect(asked[0]?.mayWriteLargeFiles).toBe(true);
  expect(machine.events[0]).toEqual({ kind: 'Fetching', image });
});

test('that cannot be had is an obstacle: the kubelet is not stopped for it', async () => {
  rkt(() => refusal);
  const problem = {
    severity: 'error',
    code: 'ImageUnavailable',
    object: 'workers',
    path: ['spec', 'kubelet', 'version'],
    reason: `rkt cannot fetch ${image}: fetch: no such tag`,
  };
  expect(await machine.apply([workers()])).toMatchObject({ kind: 'Kept', problems: [problem] });
  expect(machine.host()).toEqual({});
  expect(machine.systemd.changes()).toEqual([]);

  rkt(() => ({}));
  expect(await machine.apply([workers()])).toMatchObject({ kind: 'Changed', result: { kind: 'Committed' } });
});

test('that takes for ever is one too', async () => {
  rkt(() => Promise.reject(new HostProgramError('ProgramTimedOut', ['/usr/bin/rkt'], 'did not end within 600 s and was killed')));
  expect(await machine.apply([workers({ kubelet: { image: 'quay.io/own/kubelet:1' } })])).toMatchObject({
    kind: 'Kept',
    problems: [{ code: 'ImageUnavailable', path: ['spec', 'kubelet', 'image'], reason: expect.stringContaining('600 s') }],
  });
});

describe('where the unit has an environment that is not ours to know, it may be had all the same', () => {
  const dropIn = `${unitFile}.d/20-proxy.conf`;
  const content = '[Service]\nEnvironment=HTTPS_PROXY=http://proxy:3128\n';
  test.each<[string, Partial<KubeletConfigSpec>, Record<string, string>]>([
    ["somebody else's drop-in", {}, { [dropIn]: content }],
    ['a drop-in of the object', { files: [{ path: dropIn, mode: '0644', content }] }, {}],
    ['a file', { unit: { options: { Service: { EnvironmentFile: ['/etc/environment'] } } } }, { '/etc/environment': '' }],
    ["the host's own unit", { unit: { mode: 'DropIn' } }, { [unitFile]: '[Service]\nExecStart=/usr/bin/kubelet\n' }],
  ])('%s', async (_what, spec, initial) => {
    machine = await memoryMachine(initial, programs);
    rkt(() => refusal);
    expect(await machine.apply([workers(spec)])).toMatchObject({ kind: 'Changed', result: { kind: 'Committed' } });
    expect(machine.events).toContainEqual({ kind: 'Unverified', what: image, reason: expect.stringContaining('no such tag') });
  });

  test('but not in a drop-in that says something else', async () => {
    machine = await memoryMachine({ [dropIn]: '[Service]\nNice=1\n' }, programs);
    rkt(() => refusal);
    expect(await machine.apply([workers()])).toMatchObject({ kind: 'Kept', problems: [{ code: 'ImageUnavailable' }] });
  });
});

test('an rkt before 1.24 looks into its store first anyway', async () => {
  rkt(() =>
    programs.calls.at(-1)?.includes('--pull-policy') ? { exitCode: 1, stderr: 'Error: unknown flag: --pull-policy\n' } : {},
  );
  expect(await machine.apply([workers()])).toMatchObject({ result: { kind: 'Committed' } });
  expect(fetches()).toEqual([fetch, fetch.replace(' --pull-policy=new', '')]);
});

describe('what says nothing about the image is no obstacle', () => {
  test.each([
    new HostProgramError('NotFound', ['/usr/bin/rkt'], 'the host has none'),
    new SystemdError('Refused', 'x', 'systemd refused it'),
  ])('%s', async (error) => {
    rkt(() => Promise.reject(error));
    expect(await machine.apply([workers()])).toMatchObject({ result: { kind: 'Committed' } });
    expect(machine.events).toContainEqual({ kind: 'Unverified', what: image, reason: `${error.code}: ${error.message}` });
  });

  test('but a systemd that is out of reach ends the pass', async () => {
    rkt(() => Promise.reject(new SystemdError('Disconnected', 'EPIPE', 'gone')));
    expect(await machine.apply([workers()])).toMatchObject({ kind: 'Unreadable', error: { code: 'Disconnected' } });
  });
});

describe('podman', () => {
  const reference = 'registry.example.com/kubelet:v1.30.2';
  const spec = { kubelet: { image: 'registry.example.com/kubelet', version: 'v1.30.2' }, launcher: { podman: {} } };
  const asked = () => programs.calls.filter((call) => call.startsWith('/usr/bin/podman'));
  const inspect = `/usr/bin/podman image inspect --format={{.Id}} ${reference}`;
  const pull = `/usr/bin/podman pull --quiet ${reference}`;
  const podman = (isThere: boolean, pulled = {}) =>
    programs.answer('/usr/bin/podman', () =>
      programs.calls.at(-1)?.includes(' pull ') ? pulled : { exitCode: isThere ? 0 : 125 },
    );

  beforeEach(async () => {
    machine = await memoryMachine({ '/usr/bin/podman': '' }, programs);
  });

  test('is not asked for an image that is there: the registry may be down', async () => {
    podman(true);
    expect(await machine.apply([workers(spec)])).toMatchObject({ result: { kind: 'Committed' } });
    expect(asked()).toEqual([inspect]);
    expect(machine.events).not.toContainEqual({ kind: 'Fetching', image: reference });
  });

  test('fetches one that is not', async () => {
    podman(false);
    expect(await machine.apply([workers(spec)])).toMatchObject({ result: { kind: 'Committed' } });
    expect(asked()).toEqual([inspect, pull]);
    expect(machine.events[0]).toEqual({ kind: 'Fetching', image: reference });
  });

  test('that cannot fetch it leaves the kubelet alone', async () => {
    podman(false, { exitCode: 125, stderr: 'Trying to pull\nError: manifest unknown\n' });
    expect(await machine.apply([workers(spec)])).toMatchObject({
      kind: 'Kept',
      problems: [{ code: 'ImageUnavailable', reason: `podman cannot fetch ${reference}: Error: manifest unknown` }],
    });
    expect(machine.systemd.changes()).toEqual([]);
  });
});

test('told to stop meanwhile, it stops, and touches nothing', async () => {
  const stopping = new AbortController();
  rkt(({ stop }) => {
    stopping.abort();
    expect(stop?.aborted).toBe(true);
    return Promise.reject(new HostProgramError('Killed', ['/usr/bin/rkt'], 'was killed by signal 9'));
  });
  expect(await machine.apply([workers()], { stop: stopping.signal })).toMatchObject({
    kind: 'Changed',
    result: { kind: 'Undone', verdict: { kind: 'Interrupted', kubeletUntouched: true } },
  });
  expect(machine.host()).toEqual({});
});

test('is not fetched where something else is wrong already, nor by a kubelet without one', async () => {
  programs.answer('bash', () => ({ exitCode: 2, stderr: 'syntax error\n' }));
  await machine.apply([workers()]);
  await machine.apply([kubeletConfig('workers', { launcher: { host: {} } })]);
  expect(fetches()).toEqual([]);
});
